import type { DurationMs, Instant, MemberId, OperationId, OrganizationId, Outcome, Page, PlanId, PoolId } from '#kernel'
import type { Plan, PlanVersion, Subscription } from './plan.ts'
import type { LedgerEntry, Pool } from './pool.ts'

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
  /** The version in force for the organization at `at`. */
  planVersionAt(organizationId: OrganizationId, at: Instant): Promise<PlanVersion | undefined>
  /**
   * The pools that a call of this member draws at `at`, in the order of the plan's draws. A period's pools are made
   * here at first use, granted by the plan version in force; the grant is a ledger entry.
   */
  openPools(owner: PoolOwner, at: Instant): Promise<readonly Pool[]>
  pools(organizationId: OrganizationId): Promise<readonly Pool[]>
  grant(grant: Grant): Promise<Outcome<Pool, { readonly code: 'pool-unknown' }>>
  /** Highest `seq` first. */
  ledger(page: LedgerPage): Promise<readonly LedgerEntry[]>
  /** Legs whose holds are open, for recovery. */
  openHolds(): Promise<readonly { readonly legId: string; readonly heldMs: DurationMs }[]>
}

export type PoolOwner = { readonly organizationId: OrganizationId; readonly memberId: MemberId }

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
