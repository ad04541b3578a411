import type { Together } from './take.ts'
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
  /**
   * First reserves of several legs, at once or not at all: each gets at least its first increment, or nothing. Under `all`
   * nobody gets anything unless everybody does; under `as-many` those get nothing who come too late in the order. No leg
   * takes more as long as another's first increment is missing. Answered in the order asked, with what is left after all
   * of them. Asked again, they are the same operations: who has something keeps it, who has nothing may find something.
   */
  reserveAll(operations: readonly Reserve[], how: Together): Promise<readonly Reserved[]>
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
  /**
   * `true`: answered before it is on the disk. What the caller writes next, and waits for, takes it there, and must be
   * refused where it is missing; until then the database may die and forget it. Left out: on the disk when it is answered.
   */
  readonly isSealedLater?: boolean
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
