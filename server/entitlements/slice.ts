import { assert, durationMs, type DurationMs, type Instant } from '#kernel'
import type { PlanTerms } from './plan.ts'

/** How much of a leg's future to reserve next: whole increments. `wantMs` 0 = nothing more, the leg may end. */
export type Slice = {
  readonly wantMs: DurationMs
  /** The first increment of this slice; those after it are `incrementMs`. */
  readonly firstIncrementMs: DurationMs
  readonly incrementMs: DurationMs
}

export type SliceQuestion = {
  readonly terms: Pick<PlanTerms, 'increments' | 'sliceMs' | 'longestCallMs'>
  /** Reserved for the leg so far: whole increments from its answer. */
  readonly heldMs: DurationMs
  /** When the next increment begins: answer + `heldMs`; before the answer, now. */
  readonly beginsAt: Instant
  /** Exclusive end of the period whose pools are asked; after `beginsAt`. */
  readonly periodEndsAt: Instant
  /** What those pools have free, as last heard. */
  readonly freeMs: DurationMs
}

/**
 * As many increments as the plan's slice, at least one, and only those that begin within the period and before the
 * longest call is over. Near exhaustion a leg takes about a quarter of what is free, so that several legs share the last
 * minutes instead of the first one taking them.
 */
export function nextSlice(question: SliceQuestion): Slice {
  const { terms, heldMs, beginsAt, periodEndsAt, freeMs } = question
  assert(beginsAt < periodEndsAt, 'the slice begins after its period')
  const incrementMs = terms.increments.nextMs
  const firstIncrementMs = heldMs === 0 ? terms.increments.firstMs : incrementMs

  const beginnings = Math.min(periodEndsAt - beginsAt, terms.longestCallMs - heldMs)
  if (beginnings <= 0) return { wantMs: durationMs(0), firstIncrementMs, incrementMs }
  const budgetMs = Math.min(terms.sliceMs, Math.max(SMALLEST_BUDGET_MS, Math.floor(freeMs / FREE_SHARES)))
  const byBudget = 1 + Math.max(0, Math.floor((budgetMs - firstIncrementMs) / incrementMs))
  const byEdge = 1 + Math.max(0, Math.ceil((beginnings - firstIncrementMs) / incrementMs))
  const wantMs = durationMs(firstIncrementMs + (Math.min(byBudget, byEdge) - 1) * incrementMs)
  return { wantMs, firstIncrementMs, incrementMs }
}

// A quarter leaves room for three other legs; the last whole increment goes to whoever asks first.
const FREE_SHARES = 4
// Half of the smallest slice must leave time to reserve the next one, even while the database is being restarted.
const SMALLEST_BUDGET_MS = 15_000

/** The engine ends a leg this long before its paid time, so that the hang-up itself is inside it. */
export const LEASE_GUARD_MS = 300
/** Time left at which a member whose minutes run out is warned. */
export const WARNING_MS = 60_000

/** Where a connected leg stands. Offsets count from its answer. */
export type Coverage = {
  readonly heldMs: DurationMs
  /** Where the latest slice begins: what was held before it; 0 for the first. */
  readonly sliceFromMs: DurationMs
  /** What its pools have free, as last heard. */
  readonly leftMs: DurationMs
  /** `true` once pools or the longest call gave nothing more. */
  readonly isLast: boolean
  readonly terms: Pick<PlanTerms, 'increments' | 'longestCallMs'>
}

/** When to ask for the next slice; `null` when there is none to ask for. */
export const extendAfterMs = (coverage: Coverage): DurationMs | null =>
  coverage.isLast ? null : halfSpokenMs(coverage)

/** When half of the latest slice is spoken. */
export const halfSpokenMs = ({ heldMs, sliceFromMs }: Pick<Coverage, 'heldMs' | 'sliceFromMs'>): DurationMs =>
  durationMs(Math.floor((sliceFromMs + heldMs) / 2))

/**
 * When to warn, as far as is known now: a minute before the paid time and all that is still free are spent; 0 when less
 * is left from the start. Other legs drink too, so it is asked again after each slice. `null` when the longest call
 * ends first.
 */
export function warnAfterMs(coverage: Coverage): DurationMs | null {
  const { terms, heldMs, leftMs, isLast } = coverage
  const { nextMs } = terms.increments
  const usableMs = isLast ? 0 : Math.floor(leftMs / nextMs) * nextMs
  const endsMs = heldMs + usableMs - LEASE_GUARD_MS
  return endsMs > terms.longestCallMs ? null : durationMs(Math.max(0, endsMs - WARNING_MS))
}

/** Where the engine cuts: the paid time less the guard, and never after the longest call. */
export const endsAfterMs = ({ heldMs, terms }: Pick<Coverage, 'heldMs' | 'terms'>): DurationMs =>
  durationMs(Math.min(Math.max(0, heldMs - LEASE_GUARD_MS), terms.longestCallMs))

/** The lease to set on a connected leg now, `elapsedMs` after its answer. 0 = its time is over. */
export const leaseMs = (coverage: Pick<Coverage, 'heldMs' | 'terms'>, elapsedMs: DurationMs): DurationMs =>
  durationMs(Math.max(0, endsAfterMs(coverage) - elapsedMs))

/** The lease to set before the dial: it must outlast the ringing and still end a call that nobody watches. */
export const leaseBeforeAnswerMs = (ringTimeoutMs: DurationMs, heldMs: DurationMs): DurationMs =>
  durationMs(ringTimeoutMs + heldMs)
