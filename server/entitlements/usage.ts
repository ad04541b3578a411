import { computedId, type DurationMs, type Instant, type MemberId } from '#kernel'

/** A member's calendar month: what he uses and holds in it, from whichever pool, is counted as one. */
export type MemberMonth = {
  readonly memberId: MemberId
  /** When the month begins in the organization's zone; that of the pools that are drawn. */
  readonly periodFrom: Instant
}

/** The most that a member may use and hold in that month, as it was resolved when a slice is asked for. */
export type UsageCap = MemberMonth & {
  /** `null` = counted, and not limited. */
  readonly limitMs: DurationMs | null
}

/** Where a month is counted: computed, so that whoever comes first makes it. */
export const usageIdOf = ({ memberId, periodFrom }: MemberMonth): string =>
  computedId<'usage'>(memberId, `usage:${periodFrom}`)
