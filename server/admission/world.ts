import type { DepartmentLimits, Member, Organization, WorkingHours } from '#directory'
import type { Destination, EmergencyPlan, NumberRight, TrunkState } from '#carriers'
import type { Licence, RuleTable } from '#compliance'
import type { PlanVersion } from '#entitlements'
import { durationMs, type DurationMs, type Instant, type MemberId, type PoolId } from '#kernel'

/**
 * So many tries in vain are allowed in so long: in a minute tries of any kind, in an hour and a day different numbers that
 * were typed (decision 0015). With fewer one is never stopped.
 */
export const TRIES = {
  minute: { most: 20, spanMs: durationMs(60_000) },
  hour: { most: 60, spanMs: durationMs(3_600_000) },
  day: { most: 200, spanMs: durationMs(86_400_000) },
} as const
export type TrySpan = keyof typeof TRIES
/** A call that nobody answered is a try in vain in the longer spans unless it lasted at least so long: then it rang. */
export const RANG_MS = durationMs(15_000)

/** `sinceAt`: the instant that leaves the span first, after which there is one less; `null` when there is none. */
export type Tries = { readonly count: number; readonly sinceAt: Instant | null }

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
    /** By whom he is named where this is stored; older worlds have the name alone. */
    readonly id?: MemberId
    /** As he was called when it was read; where it is read again, as he is called now. */
    readonly name: string
    readonly isShielded: boolean
    /** Hidden from the caller: he may call the colleague, and may not learn whose number it is. Older worlds lack it. */
    readonly isNumberHidden?: boolean
    readonly workingHours: WorkingHours | null
    /** Left alone inside the app until then, exclusive; `null`: until he says otherwise. Absent: he is not. */
    readonly undisturbedUntil?: Instant | null
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
   * The caller's wishes to call in the last `TRIES.minute` that led to no conversation, refused ones too, without this
   * one; `sinceAt` is the earliest of them. Worlds that were stored before it was counted lack it.
   */
  readonly unconnected?: Tries
  /**
   * Different numbers that the caller typed in the last hour and day, without this one, and was refused or gave up before
   * they could be answered. Who was called as a colleague is none of them, nor is what was refused for the caller himself
   * or for what is no number. Older worlds lack it.
   */
  readonly typedInVain?: { readonly hour: Tries; readonly day: Tries }
  readonly liveCalls: { readonly member: number; readonly organization: number }
  readonly trunks: readonly TrunkState[]
  /** `destinationOf(attempt.dialled, organization.country)` of `#carriers`, computed by whoever loads the world. */
  readonly destination: Destination
  /** What the tables of law and of calls for help say here: the tables that judged. Older worlds lack them. */
  readonly tables?: { readonly law: RuleTable; readonly emergency: EmergencyPlan }
  /**
   * What the ledger answered when it was asked for the first slice, after the rest was read: another call was faster, and
   * the caller's limit or his pools have no increment left. Absent when it was not asked, or gave one.
   */
  readonly reservation?: 'limit-reached' | 'pools-empty'
}
