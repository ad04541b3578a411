import {
  spend,
  take,
  usageIdOf,
  type MemberMonth,
  type Reserve,
  type Reserved,
  type Settle,
  type Settled,
} from '#entitlements'
import { durationMs, type DurationMs, type LegId, type OperationId, type PoolId } from '#kernel'

type Pool = { freeMs: number; seq: number }
/** What a member uses and holds in a month. */
type Month = { usedMs: number; heldMs: number }
/** Where a hold is counted is said at its beginning. */
type Hold = { readonly poolId: PoolId; readonly month: Month | null; ms: number }
type Taken = Reserved['taken'][number]

/** The ledger without batches, locks or a database: each operation is applied when it comes, and once. */
export class PureLedger {
  readonly #pools: ReadonlyMap<PoolId, Pool>
  readonly #months = new Map<string, Month>()
  readonly #holds = new Map<LegId, Hold[]>()
  readonly #applied = new Map<OperationId, readonly Taken[]>()
  readonly #settled = new Map<LegId, Settled>()

  /** Each pool has one entry yet, its grant. */
  constructor(grantsMs: ReadonlyMap<PoolId, number>) {
    this.#pools = new Map([...grantsMs].map(([poolId, ms]) => [poolId, { freeMs: ms, seq: 1 }]))
  }

  /** `undefined`: nothing was ever counted in it. */
  month(month: MemberMonth): Readonly<Month> | undefined {
    return this.#months.get(usageIdOf(month))
  }

  freeMs(poolId: PoolId): number {
    return this.#pools.get(poolId)!.freeMs
  }

  reserve(asked: Reserve): Reserved {
    const month = asked.cap === null ? null : this.#monthOf(asked)
    const isClosed = this.#settled.has(asked.legId)
    const taken = this.#applied.get(asked.operationId) ?? (isClosed ? [] : this.#take(asked, month))
    if (taken.length > 0) this.#applied.set(asked.operationId, taken)
    return { taken, isClosed, leftMs: this.#leftOf(asked), limitLeftMs: this.#limitLeftOf(asked, month) }
  }

  settle({ legId, ratedMs }: Settle): Settled {
    const settled = this.#settled.get(legId) ?? this.#spend(legId, ratedMs)
    this.#settled.set(legId, settled)
    return settled
  }

  #monthOf({ cap }: Reserve): Month {
    const id = usageIdOf(cap!)
    return this.#months.get(id) ?? this.#months.set(id, { usedMs: 0, heldMs: 0 }).get(id)!
  }

  #take(asked: Reserve, month: Month | null): readonly Taken[] {
    const limitMs = asked.cap?.limitMs ?? null
    const gives = take(asked, {
      freeMs: asked.poolIds.map((poolId) => this.freeMs(poolId)),
      limitLeftMs: limitMs === null || month === null ? null : limitMs - month.usedMs - month.heldMs,
    })
    return asked.poolIds.flatMap((poolId, place): readonly Taken[] => {
      const ms = gives[place]!
      return ms === 0 ? [] : [{ poolId, ms, seq: this.#hold({ legId: asked.legId, poolId, ms, month }) }]
    })
  }

  #hold({ legId, poolId, ms, month }: Omit<Hold, 'ms'> & { readonly legId: LegId; readonly ms: DurationMs }): number {
    const ofLeg = this.#holds.get(legId) ?? this.#holds.set(legId, []).get(legId)!
    let hold = ofLeg.find((each) => each.poolId === poolId)
    if (hold === undefined) ofLeg.push((hold = { poolId, month, ms: 0 }))
    hold.ms += ms
    if (hold.month !== null) hold.month.heldMs += ms
    const pool = this.#pools.get(poolId)!
    pool.freeMs -= ms
    return ++pool.seq
  }

  #leftOf({ poolIds }: Reserve): DurationMs {
    return durationMs(poolIds.reduce((sum, poolId) => sum + this.freeMs(poolId), 0))
  }

  #limitLeftOf({ cap }: Reserve, month: Month | null): DurationMs | null {
    if (cap?.limitMs == null || month === null) return null
    return durationMs(Math.max(0, cap.limitMs - month.usedMs - month.heldMs))
  }

  #spend(legId: LegId, ratedMs: DurationMs): Settled {
    const holds = this.#holds.get(legId) ?? []
    const { usedMs, uncoveredMs } = spend(
      holds.map(({ ms }) => durationMs(ms)),
      ratedMs,
    )
    const draws = holds.map(({ poolId, month, ms }, place) => {
      const pool = this.#pools.get(poolId)!
      pool.freeMs += ms - usedMs[place]!
      if (month !== null) {
        month.heldMs -= ms
        month.usedMs += usedMs[place]!
      }
      return { poolId, usedMs: usedMs[place]!, ledgerSeqs: [++pool.seq] }
    })
    this.#holds.delete(legId)
    return { draws: draws.toSorted((a, b) => (a.poolId < b.poolId ? -1 : 1)), uncoveredMs }
  }
}
