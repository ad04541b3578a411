import {
  spend,
  take,
  takeTogether,
  usageIdOf,
  type MemberMonth,
  type Reserve,
  type Reserved,
  type Settle,
  type Settled,
  type Share,
  type Together,
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
    if (this.#isOpen(asked)) {
      const freeMs = asked.poolIds.map((poolId) => this.freeMs(poolId))
      this.#apply(asked, take(asked, { freeMs, limitLeftMs: this.#limitLeftOf(asked) }))
    }
    return this.#answerTo(asked)
  }

  /** The limit of a member's month is the same in all of them. */
  reserveAll(all: readonly Reserve[], how: Together): readonly Reserved[] {
    const open = all.filter((asked) => this.#isOpen(asked))
    const isOver = all.some(({ operationId, legId }) => !this.#applied.has(operationId) && this.#settled.has(legId))
    if (how === 'as-many' || !isOver) {
      const pools = [...this.#pools.keys()]
      const shares = open.map((asked): Share => ({
        slice: asked,
        draws: asked.poolIds.map((poolId) => pools.indexOf(poolId)),
        limit: asked.cap?.limitMs == null ? null : open.findIndex(({ cap }) => isSameMonth(cap, asked.cap)),
      }))
      const freeMs = pools.map((poolId) => this.freeMs(poolId))
      const limitsMs = open.map((asked) => this.#limitLeftOf(asked) ?? 0)
      const taken = takeTogether(shares, { freeMs, limitsMs }, how)
      open.forEach((asked, index) => this.#apply(asked, taken[index]!))
    }
    return all.map((asked) => this.#answerTo(asked))
  }

  settle({ legId, ratedMs }: Settle): Settled {
    const settled = this.#settled.get(legId) ?? this.#spend(legId, ratedMs)
    this.#settled.set(legId, settled)
    return settled
  }

  #isOpen({ operationId, legId }: Reserve): boolean {
    return !this.#applied.has(operationId) && !this.#settled.has(legId)
  }

  #answerTo(asked: Reserve): Reserved {
    const { operationId, legId, poolIds } = asked
    const limitLeftMs = this.#limitLeftOf(asked)
    return {
      taken: this.#applied.get(operationId) ?? [],
      leftMs: durationMs(poolIds.reduce((sum, poolId) => sum + this.freeMs(poolId), 0)),
      limitLeftMs: limitLeftMs === null ? null : durationMs(Math.max(0, limitLeftMs)),
      isClosed: this.#settled.has(legId),
    }
  }

  #monthOf({ cap }: Reserve): Month | null {
    if (cap === null) return null
    const id = usageIdOf(cap)
    return this.#months.get(id) ?? this.#months.set(id, { usedMs: 0, heldMs: 0 }).get(id)!
  }

  #limitLeftOf(asked: Reserve): number | null {
    const month = this.#monthOf(asked)
    const limitMs = asked.cap?.limitMs ?? null
    return limitMs === null || month === null ? null : limitMs - month.usedMs - month.heldMs
  }

  #apply(asked: Reserve, gives: readonly DurationMs[]): void {
    const { operationId, legId, poolIds } = asked
    const month = this.#monthOf(asked)
    const taken = poolIds.flatMap((poolId, place): readonly Taken[] => {
      const ms = gives[place]!
      return ms === 0 ? [] : [{ poolId, ms, seq: this.#hold({ legId, poolId, ms, month }) }]
    })
    if (taken.length > 0) this.#applied.set(operationId, taken)
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

const isSameMonth = (a: MemberMonth | null, b: MemberMonth | null): boolean =>
  a !== null && b !== null && usageIdOf(a) === usageIdOf(b)
