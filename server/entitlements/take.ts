import { durationMs, type DurationMs } from '#kernel'
import type { Slice } from './slice.ts'

/** What a slice is taken from. */
export type Sources = {
  /** What each pool has free, in drawing order. */
  readonly freeMs: readonly number[]
  /** What the member's monthly limit leaves: below 0 when it was lowered since; `null` = there is none. */
  readonly limitLeftMs: number | null
}

/**
 * What each pool gives to a slice, in drawing order: whole increments, together no more than is wanted and than the limit
 * leaves. An increment comes from the first pool that holds it whole; a pool that was passed is not asked again. This is
 * what the ledger's function is held to (decision 0018).
 */
export function take({ wantMs, firstIncrementMs, incrementMs }: Slice, sources: Sources): readonly DurationMs[] {
  const { freeMs, limitLeftMs } = sources
  let restMs: number = limitLeftMs === null ? wantMs : Math.min(wantMs, limitLeftMs)
  let nextMs = firstIncrementMs
  return freeMs.map((poolFreeMs) => {
    const roomMs = Math.min(poolFreeMs, restMs)
    if (roomMs < nextMs) return NOTHING
    const tookMs = nextMs + Math.floor((roomMs - nextMs) / incrementMs) * incrementMs
    restMs -= tookMs
    nextMs = incrementMs
    return durationMs(tookMs)
  })
}

const NOTHING = durationMs(0)

/** What a settled leg used of each of its holds. */
export type Spent = {
  /** As the holds; what a hold has beyond it is released. */
  readonly usedMs: readonly DurationMs[]
  /** Rated time that no hold covers. */
  readonly uncoveredMs: DurationMs
}

/** Rated time is used from the first hold first, by as much as each holds. */
export function spend(heldMs: readonly DurationMs[], ratedMs: DurationMs): Spent {
  let restMs: number = ratedMs
  const usedMs = heldMs.map((holdMs) => {
    const used = Math.min(holdMs, restMs)
    restMs -= used
    return durationMs(used)
  })
  return { usedMs, uncoveredMs: durationMs(restMs) }
}
