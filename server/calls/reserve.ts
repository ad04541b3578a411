import { resolveLimits } from '#directory'
import {
  memberMonthOf,
  nextSlice,
  periodEndOf,
  type Pool,
  type PoolOwner,
  type PoolsSought,
  type Reserve,
  type Reserved,
} from '#entitlements'
import { durationMs, type DurationMs, type Instant, type PoolId } from '#kernel'
import type { CallDependencies } from './dependencies.ts'
import type { Meter, SliceAsked } from './meter.ts'

/** What the member can still reserve: what his pools have, and no more than his monthly limit leaves. */
export type Left = {
  readonly leftMs: DurationMs
  /** The limit leaves less than the pools: raising it would help, more minutes would not. */
  readonly isLimited: boolean
}

/** What a reservation gave. */
export type SliceTaken = Left & {
  readonly tookMs: DurationMs
  /** The call's money was settled before: it is over, whatever the pools have. */
  readonly isClosed: boolean
}

/** An increment belongs to the period in which it begins. */
export type SliceWanted = SliceAsked & {
  readonly owner: PoolOwner
  readonly meter: Pick<Meter, 'legId' | 'terms'>
  readonly now: Instant
}

/** Where a slice comes from: the pools in drawing order, with what they had free when they were looked at. */
export type Source = {
  readonly pools: readonly { readonly id: PoolId; readonly freeMs: DurationMs }[]
  /** When the first of them ends: the month in which the slice is counted is over then. */
  readonly periodEndsAt: Instant
  /** The caller's monthly limit, as it is now; `null` = none. */
  readonly limitMs: DurationMs | null
}

type Stores = { readonly stores: Pick<CallDependencies['stores'], 'entitlements' | 'directory' | 'ledger'> }

/** Asks the caller's pools for the next slice, within what his limit is by now. */
export async function reserveSlice(wanted: SliceWanted, dependencies: Stores): Promise<SliceTaken> {
  const { pools, periodEndsAt, limitMs } = await fundsOf(
    wanted.owner,
    { at: wanted.beginsAt, offer: wanted.meter.terms },
    dependencies,
  )
  if (periodEndsAt === undefined) return NOTHING_TAKEN
  const source = { pools: pools.map((pool) => ({ id: pool.id, freeMs: freeOf([pool]) })), periodEndsAt, limitMs }
  return reserveFrom(source, wanted, (operation) => dependencies.stores.ledger.reserve(operation))
}

/** Asks pools that are known already. What they have free by now, the ledger knows, who is asked by `reserve`. */
export async function reserveFrom(
  source: Source,
  { owner, meter, operationId, heldMs, beginsAt, now }: SliceWanted,
  reserve: (operation: Reserve) => Promise<Reserved>,
): Promise<SliceTaken> {
  const { pools, periodEndsAt, limitMs } = source
  const freeMs = durationMs(pools.reduce((sum, pool) => sum + pool.freeMs, 0))
  if (pools.length === 0) return NOTHING_TAKEN
  const next = nextSlice({ terms: meter.terms, heldMs, beginsAt, periodEndsAt, freeMs })
  if (next.wantMs === 0) return { ...NOTHING_TAKEN, leftMs: freeMs }
  const poolIds = pools.map(({ id }) => id)
  const cap = { ...memberMonthOf(owner.memberId, periodEndsAt), limitMs }
  const reserved = await reserve({ operationId, legId: meter.legId, poolIds, ...next, cap, at: now })
  const { taken, leftMs, limitLeftMs, isClosed } = reserved
  const tookMs = durationMs(isClosed ? 0 : taken.reduce((sum, { ms }) => sum + ms, 0))
  return { tookMs, isClosed, ...within(leftMs, limitLeftMs) }
}

/** What the caller could still talk, pools and limit together. */
export async function leftOf(
  owner: PoolOwner,
  sought: PoolsSought,
  dependencies: Stores,
): Promise<Left & { readonly pools: readonly Pool[] }> {
  const { pools, periodEndsAt, limitMs } = await fundsOf(owner, sought, dependencies)
  if (periodEndsAt === undefined || limitMs === null) return { pools, ...within(freeOf(pools), null) }
  const usedMs = await dependencies.stores.entitlements.usedMs(memberMonthOf(owner.memberId, periodEndsAt))
  return { pools, ...within(freeOf(pools), durationMs(Math.max(0, limitMs - usedMs))) }
}

const within = (poolsMs: DurationMs, limitMs: DurationMs | null): Left =>
  limitMs !== null && limitMs < poolsMs ? { leftMs: limitMs, isLimited: true } : { leftMs: poolsMs, isLimited: false }

/** The pools at an instant, and what the member is limited to now. No pools, no end. */
async function fundsOf({ organizationId, memberId }: PoolOwner, sought: PoolsSought, { stores }: Stores) {
  const [pools, limits] = await Promise.all([
    stores.entitlements.openPools({ organizationId, memberId }, sought),
    stores.directory.limitsOf(organizationId, memberId),
  ])
  const limitMs = limits === undefined ? null : resolveLimits(limits.own, limits.departments).monthlyMs
  return { pools, periodEndsAt: periodEndOf(pools), limitMs }
}

export const NOTHING_TAKEN: SliceTaken = {
  tookMs: durationMs(0),
  leftMs: durationMs(0),
  isLimited: false,
  isClosed: false,
}

const freeOf = (pools: readonly Pool[]): DurationMs =>
  durationMs(pools.reduce((sum, pool) => sum + pool.grantedMs - pool.usedMs - pool.heldMs, 0))
