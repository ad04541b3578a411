import type { Reserve, Settle } from '#entitlements'
import type { LegId, PoolId } from '#kernel'
import type pg from 'pg'

export type Operation =
  | { readonly reserve: Reserve; readonly settle?: never }
  | { readonly settle: Settle; readonly reserve?: never }

/** What the ledger did for one operation, now or when it was first asked. Times in ms. */
export type Answer = {
  readonly outcome: 'done' | 'leg-settled' | 'pool-unknown' | 'invalid' | 'other-leg'
  readonly leftMs: number
  readonly uncoveredMs: number
  readonly entries: readonly Entry[]
}

export type Entry = {
  readonly poolId: PoolId
  readonly seq: number
  readonly heldDeltaMs: number
  readonly usedDeltaMs: number
}

/** One statement for the whole batch; twins in it are sent once and answered alike. */
export async function applyBatch(client: pg.Client, batch: readonly Operation[]): Promise<readonly Answer[]> {
  const unique = new Map(batch.map((operation) => [nameOf(operation), operation]))
  const { rows } = await client.query<Row[]>({ ...statement, values: toParameters([...unique.values()]) })
  const answers = toAnswers(rows[0] as unknown as Row)
  const places = new Map([...unique.keys()].map((name, place) => [name, place]))
  return batch.map((operation) => answers[places.get(nameOf(operation))!]!)
}

/** A leg is settled once, under whatever id. */
const nameOf = ({ reserve, settle }: Operation): string =>
  reserve === undefined ? `settle ${settle.legId}` : `${reserve.operationId} ${reserve.legId}`

const statement = {
  name: 'ledger-apply',
  rowMode: 'array',
  text: `SELECT * FROM ledger_apply(${Array.from({ length: 11 }, (_, index) => `$${index + 1}`).join(', ')})`,
  /** Arrays of plain numbers and ids: read below, faster than by the driver. */
  types: { getTypeParser: () => (text: string) => text },
} as const

/** Ids, numbers and instants need no quoting in an array literal, and the driver's own way costs more than the statement. */
const list = (items: Iterable<string | number | boolean>): string => `{${[...items].join(',')}}`

/** In the order of the function's parameters. */
function toParameters(batch: readonly Operation[]): readonly string[] {
  const legs = new Places<LegId>()
  const pools = new Places<PoolId>()
  const all = batch.map((operation) => operation.reserve ?? operation.settle)
  const reserves = batch.map((operation) => operation.reserve)
  const legOf = all.map((operation) => legs.of(operation.legId))
  const draws = reserves.flatMap((reserve) => reserve?.poolIds.map((poolId) => pools.of(poolId)) ?? [])
  return [
    list(legs.ids),
    list(pools.ids),
    list(all.map((operation) => operation.operationId)),
    list(batch.map((operation) => operation.settle !== undefined)),
    list(legOf),
    list(batch.map((operation) => operation.reserve?.wantMs ?? operation.settle!.ratedMs)),
    list(reserves.map((reserve) => reserve?.firstIncrementMs ?? 0)),
    list(reserves.map((reserve) => reserve?.incrementMs ?? 0)),
    list(all.map((operation) => new Date(operation.at).toISOString())),
    list(reserves.map((reserve) => reserve?.poolIds.length ?? 0)),
    list(draws),
  ]
}

/** Each id once, named by its place from 1. */
class Places<Id extends string> {
  readonly #places = new Map<Id, number>()

  of(id: Id): number {
    const place = this.#places.get(id) ?? this.#places.size + 1
    this.#places.set(id, place)
    return place
  }

  get ids(): Iterable<Id> {
    return this.#places.keys()
  }
}

/** Array literals in the order of the function's results; `null` where no operation made an entry. */
type Row = readonly [
  outcomes: string,
  lefts: string,
  uncovered: string,
  entryOperation: string | null,
  entryPool: string | null,
  entrySeq: string | null,
  entryHeld: string | null,
  entryUsed: string | null,
]

function toAnswers(row: Row): readonly Answer[] {
  const [outcomes, lefts, uncovered, entryOperation, entryPool, entrySeq, entryHeld, entryUsed] = row.map(items)
  const entries = outcomes!.map((): Entry[] => [])
  entryOperation!.forEach((operation, index) =>
    entries[Number(operation) - 1]!.push({
      poolId: entryPool![index] as PoolId,
      seq: Number(entrySeq![index]),
      heldDeltaMs: Number(entryHeld![index]),
      usedDeltaMs: Number(entryUsed![index]),
    }),
  )
  return outcomes!.map((outcome, index) => ({
    outcome: outcome as Answer['outcome'],
    leftMs: Number(lefts![index]),
    uncoveredMs: Number(uncovered![index]),
    entries: entries[index]!,
  }))
}

const items = (literal: string | null): readonly string[] =>
  literal === null || literal === '{}' ? [] : literal.slice(1, -1).split(',')
