import type { UsageCap } from './usage.ts'
import type { DurationMs, Instant, LegId, OperationId, PoolId } from '#kernel'

/**
 * The port to the ledger. Every operation carries a computed id and is applied at most once; asking again returns what
 * was done. The reading of time is the caller's: `at` is an argument.
 */
export type Ledger = {
  /**
   * Reserves up to `wantMs` for a leg, in whole increments, from the pools in order. The answer has what was taken
   * from each; an empty `taken` says that no pool holds one whole increment.
   */
  reserve(operation: Reserve): Promise<Reserved>
  /** Closes the leg's holds: `ratedMs` is used (first hold first, capped by what is held), the rest is released. */
  settle(operation: Settle): Promise<Settled>
}

export type Reserve = {
  readonly operationId: OperationId
  readonly legId: LegId
  /** In drawing order; at most 4. */
  readonly poolIds: readonly PoolId[]
  readonly wantMs: DurationMs
  /** The size of the first increment still to be bought; the others are `incrementMs`. */
  readonly firstIncrementMs: DurationMs
  readonly incrementMs: DurationMs
  /** In whose month it is counted and what limits it, under the same lock as the pools. `null` = nowhere, by nothing. */
  readonly cap: UsageCap | null
  readonly at: Instant
}

export type Reserved = {
  readonly taken: readonly { readonly poolId: PoolId; readonly ms: DurationMs; readonly seq: number }[]
  /** What the pools together still have free after this operation. */
  readonly leftMs: DurationMs
  /** What the limit leaves after this operation; `null` = there is none. */
  readonly limitLeftMs: DurationMs | null
  /** The leg was settled before: nothing is held for it any more, whatever was once taken. */
  readonly isClosed: boolean
}

export type Settle = {
  readonly operationId: OperationId
  readonly legId: LegId
  readonly ratedMs: DurationMs
  readonly at: Instant
}

export type Settled = {
  readonly draws: readonly Draw[]
  /** Rated time that no hold covered: borne by the operator, charged to nobody. */
  readonly uncoveredMs: DurationMs
}

/** What one pool gave to one leg. */
export type Draw = {
  readonly poolId: PoolId
  readonly usedMs: DurationMs
  readonly ledgerSeqs: readonly number[]
}
