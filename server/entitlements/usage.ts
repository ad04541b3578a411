import { computedId, monthEnding, type DurationMs, type Instant, type MemberId, type Period } from '#kernel'

/** A member's calendar month: what he uses and holds in it, from whichever pool, is counted as one. */
export type MemberMonth = {
  readonly memberId: MemberId
  /** The month of the pools that are drawn, told by its first instant in UTC: the same in every zone (`monthEnding`). */
  readonly periodFrom: Instant
}

/**
 * The month of pools that are drawn together ends with the first of them. They are of two months only where their
 * organization moved to another zone near a month's edge: then what is drawn counts in the earlier one until that is over.
 */
export const periodEndOf = (pools: readonly { readonly period: Period }[]): Instant | undefined =>
  pools.map(({ period }) => period.until).toSorted((a, b) => a - b)[0]

/** In which of his months it counts what a member draws from pools that end at `periodEndsAt`. */
export const memberMonthOf = (memberId: MemberId, periodEndsAt: Instant): MemberMonth => ({
  memberId,
  periodFrom: monthEnding(periodEndsAt),
})

/** The most that a member may use and hold in that month, as it was resolved when a slice is asked for. */
export type UsageCap = MemberMonth & {
  /** `null` = counted, and not limited. */
  readonly limitMs: DurationMs | null
}

/** Where a month is counted: computed, so that whoever comes first makes it. */
export const usageIdOf = ({ memberId, periodFrom }: MemberMonth): string =>
  computedId<'usage'>(memberId, `usage:${periodFrom}`)
