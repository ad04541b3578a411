import { durationMs, Fault, type DurationMs } from '#kernel'

/** Rounding of one leg's time: a first increment, then next ones. 60/60 in seconds is `60000/60000`. */
export type Increments = { readonly firstMs: DurationMs; readonly nextMs: DurationMs }

/**
 * The time that a leg is charged for. `wireMs` runs from its answer to its end; a leg that was never answered, or for
 * no time at all, has 0 and costs 0. An increment that has begun is owed whole.
 */
export function ratedMs(wireMs: DurationMs, increments: Increments): DurationMs {
  const { firstMs, nextMs } = increments
  if (!(firstMs > 0 && nextMs > 0)) throw new Fault(`increments must be positive: ${firstMs}/${nextMs}`)
  if (wireMs === 0) return wireMs
  if (wireMs <= firstMs) return firstMs
  return durationMs(firstMs + Math.ceil((wireMs - firstMs) / nextMs) * nextMs)
}

/** What a finished leg costs. */
export type Settlement = {
  /** Never more than was held. */
  readonly ratedMs: DurationMs
  /** Wire time that nothing was held for: borne by the operator. */
  readonly overrunMs: DurationMs
}

/** `heldMs` is all that was reserved for the leg; what it did not use is released. */
export function settlementOf(wireMs: DurationMs, heldMs: DurationMs, increments: Increments): Settlement {
  return {
    ratedMs: durationMs(Math.min(ratedMs(wireMs, increments), heldMs)),
    overrunMs: durationMs(Math.max(0, wireMs - heldMs)),
  }
}
