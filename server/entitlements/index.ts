export { canBegin, drawOrder } from './draws.ts'
export type { Draw, Ledger, Reserve, Reserved, Settle, Settled } from './ledger.ts'
export { lifeOf, type Funds, type FundsMonth, type Life, type LifeDraw, type LifeSlice, type Talk } from './life.ts'
export { poolKey, poolKeyParts, type ExpectedPools, type ListedPool, type PoolFilter, type SeatCount } from './list.ts'
export {
  beginningOf,
  hasFreeSeat,
  missingBuckets,
  poolsToOpen,
  seatsKey,
  type NewPool,
  type Opening,
} from './opening.ts'
export {
  drawsByUse,
  offerFor,
  subscriptionAt,
  versionAt,
  versionsFor,
  wholeOffer,
  type Bucket,
  type Offer,
  type Plan,
  type PlanTerms,
  type PlanVersion,
  type Service,
  type Subscription,
  type Use,
} from './plan.ts'
export type { LedgerEntry, Pool } from './pool.ts'
export { ratedMs, settlementOf, type Increments, type Settlement } from './rating.ts'
export {
  endsAfterMs,
  extendAfterMs,
  LEASE_GUARD_MS,
  leaseBeforeAnswerMs,
  leaseMs,
  nextSlice,
  warnAfterMs,
  WARNING_MS,
  type Coverage,
  type Slice,
  type SliceQuestion,
} from './slice.ts'
export type { EntitlementStore, Grant, Granted, LedgerPage, PoolOwner, PoolsSought } from './store.ts'
export { spend, take, takeTogether, type Unspent, type Share, type Sources, type Spent, type Together } from './take.ts'
export { memberMonthOf, periodEndOf, usageIdOf, type MemberMonth, type UsageCap } from './usage.ts'
export { allowsServiceCode, faultsOf, type TermsFault } from './terms.ts'
