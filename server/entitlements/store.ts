import type {
  DurationMs,
  Instant,
  MemberId,
  OperationId,
  OrganizationId,
  Outcome,
  Page,
  PlanId,
  PoolId,
  SubscriptionId,
} from '#kernel'
import type { ListedPool, PoolFilter, SeatCount } from './list.ts'
import type { Offer, Plan, PlanVersion, Subscription } from './plan.ts'
import type { LedgerEntry, Pool } from './pool.ts'
import type { MemberMonth } from './usage.ts'

export type EntitlementStore = {
  plans(): Promise<readonly Plan[]>
  createPlan(plan: Plan): Promise<Outcome<Plan, { readonly code: 'name-taken' }>>
  planVersions(planId: PlanId): Promise<readonly PlanVersion[]>
  /** Versions are immutable; two of one plan can't begin at the same instant. */
  createPlanVersion(
    version: PlanVersion,
  ): Promise<Outcome<PlanVersion, { readonly code: 'plan-unknown' | 'instant-taken' }>>
  subscriptions(organizationId: OrganizationId): Promise<readonly Subscription[]>
  createSubscription(
    subscription: Subscription,
  ): Promise<Outcome<Subscription, { readonly code: 'overlaps' | 'plan-unknown' }>>
  /** Lowering takes no pool away that a member has in this month. `undefined`: there is none. */
  changeSeats(
    id: SubscriptionId,
    seats: Subscription['seats'],
  ): Promise<{ readonly before: Subscription; readonly after: Subscription } | undefined>
  /**
   * Ends it at `at`; one that has not begun is taken away, and one that is over stays as it is (`after` is `before`).
   * The past is never changed. `undefined`: there is none.
   */
  endSubscription(
    id: SubscriptionId,
    at: Instant,
  ): Promise<{ readonly before: Subscription; readonly after: Subscription | null } | undefined>
  /** The version in force for the organization at `at`. */
  planVersionAt(organizationId: OrganizationId, at: Instant): Promise<PlanVersion | undefined>
  /**
   * The pools that a leg in a call of this member draws at `at`, in the order of the offer's draws. A period's pools are made
   * here at first use (see `poolsToOpen`); the grant is a ledger entry.
   */
  openPools(owner: PoolOwner, sought: PoolsSought): Promise<readonly Pool[]>
  /** What the member has used and holds in that month, all pools together. */
  usedMs(month: MemberMonth): Promise<DurationMs>
  pool(organizationId: OrganizationId, id: PoolId): Promise<Pool | undefined>
  /** One page of pools, by owner and month. */
  listPools(filter: PoolFilter): Promise<readonly ListedPool[]>
  seatCount(organizationId: OrganizationId, at: Instant): Promise<SeatCount>
  grant(grant: Grant): Promise<Outcome<Granted, { readonly code: 'pool-unknown' }>>
  /** Highest `seq` first. */
  ledger(page: LedgerPage): Promise<readonly LedgerEntry[]>
  /** Legs whose holds are open, for recovery. */
  openHolds(): Promise<readonly { readonly legId: string; readonly heldMs: DurationMs }[]>
}

export type PoolOwner = { readonly organizationId: OrganizationId; readonly memberId: MemberId }

/** `offer`: a leg's own, pinned at its start; left out, a participant's by the version in force at `at`. */
export type PoolsSought = { readonly at: Instant; readonly offer?: Offer }

/** `isRepeated`: the operation was applied before, and moved nothing now. */
export type Granted = { readonly pool: Pool; readonly isRepeated: boolean }

export type Grant = {
  readonly operationId: OperationId
  readonly organizationId: OrganizationId
  readonly poolId: PoolId
  readonly ms: DurationMs
  readonly actor: string
  readonly note: string
  readonly at: Instant
}

export type LedgerPage = {
  readonly organizationId: OrganizationId
  readonly poolId: PoolId
  /** Its cursor's key is the entry's `seq`, its id the pool's. */
  readonly page: Page<number>
}
