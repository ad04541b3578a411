import type { DepartmentLimits, Member, Organization, WorkingHours } from '#directory'
import type { Destination, NumberRight, TrunkState } from '#carriers'
import type { Licence } from '#compliance'
import type { PlanVersion } from '#entitlements'
import { durationMs, type DurationMs, type Instant, type PoolId } from '#kernel'

/** So long a wish to call that led to no conversation is remembered. */
export const UNCONNECTED_MS = durationMs(60_000)
/** So many of them are allowed in that time. */
export const MOST_UNCONNECTED = 20

/**
 * Every fact that `admit` reads, and nothing else: stored as JSON with the decision, so that the same function over
 * the stored row gives the same answer years later. No functions, no Maps, no secrets (a trunk's password is not here).
 */
export type World = {
  readonly organization: Omit<Organization, 'code'>
  readonly caller: Pick<Member, 'id' | 'standing' | 'isShielded' | 'limits' | 'tags'>
  /** From the root to each department of the caller: limits with their depth. */
  readonly departmentLimits: readonly DepartmentLimits[]
  /** The colleague whose phone is dialled, if there is one. */
  readonly callee: {
    readonly name: string
    readonly isShielded: boolean
    readonly workingHours: WorkingHours | null
  } | null
  readonly isSavedContact: boolean
  /** What the ledger counts for the caller in the month of these pools: used, and held by calls that live. */
  readonly usedThisMonthMs: DurationMs
  readonly licences: readonly Licence[]
  readonly numberRights: readonly NumberRight[]
  readonly planVersion: PlanVersion | null
  /** In drawing order, for the period of the attempt. Those that the first slice is asked of, by `id`. */
  readonly pools: readonly {
    readonly id: PoolId
    readonly bucket: 'member' | 'organization'
    readonly freeMs: DurationMs
  }[]
  /** When the first of them ends; where there is none, the organization's month. */
  readonly periodEndsAt: Instant
  /**
   * The caller's wishes to call in the last `UNCONNECTED_MS` that led to no conversation, refused ones too, without this
   * one; `sinceAt` is the earliest of them. Worlds that were stored before it was counted lack it.
   */
  readonly unconnected?: { readonly count: number; readonly sinceAt: Instant | null }
  readonly liveCalls: { readonly member: number; readonly organization: number }
  readonly trunks: readonly TrunkState[]
  /** `destinationOf(attempt.dialled, organization.country)` of `#carriers`, computed by whoever loads the world. */
  readonly destination: Destination
}
