import { usageIdOf, type Reserve, type Settle, type Together, type UsageCap } from '#entitlements'
import type { LegId, PoolId } from '#kernel'
import type pg from 'pg'

export type Operation =
  | { readonly reserve: Reserve; readonly settle?: never; readonly placement?: Placement }
  | { readonly settle: Settle; readonly reserve?: never; readonly placement?: never }

/** What is written with a reservation that takes anything: rows of the tables, by the names of their columns. */
export type Placement = {
  readonly call: object
  /** What the one that pays holds is filled in. */
  readonly parties: readonly object[]
  readonly decision: object
  /** The request that this answers, if it may come again. */
  readonly key?: object
}

/** What the ledger did for one operation, now or when it was first asked. Times in ms. */
export type Answer = {
  readonly outcome: 'done' | 'leg-settled' | 'pool-unknown' | 'invalid' | 'other-leg'
  readonly leftMs: number
  readonly limitLeftMs: number | null
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
export const applyBatch = (client: pg.Client, batch: readonly Operation[]): Promise<readonly Answer[]> =>
  apply(client, batch, null)

/** Reserves of several legs, in one statement of their own. */
export const applyTogether = (
  client: pg.Client,
  reserves: readonly Reserve[],
  how: Together,
): Promise<readonly Answer[]> =>
  apply(
    client,
    reserves.map((reserve) => ({ reserve })),
    how,
  )

async function apply(
  client: pg.Client,
  batch: readonly Operation[],
  together: Together | null,
): Promise<readonly Answer[]> {
  const places = new Map<string, number>()
  const unique: Operation[] = []
  const placeOf = batch.map((operation) => {
    const name = nameOf(operation)
    const known = places.get(name)
    if (known !== undefined) return known
    places.set(name, unique.length)
    return unique.push(operation) - 1
  })
  const { rows } = await client.query<Row[]>(queryOf(unique, together))
  const answers = toAnswers(rows[0] as unknown as Row)
  return placeOf.map((place) => answers[place]!)
}

function queryOf(unique: readonly Operation[], together: Together | null) {
  const values = toParameters(unique)
  if (together !== null) return { ...several, values: [...values, together] }
  const placements = unique.flatMap(({ placement }, index) =>
    placement === undefined ? [] : [{ ...placement, operation: index + 1 }],
  )
  if (placements.length > 0) return { ...placing, values: [...values, JSON.stringify(placements)] }
  const isSealedLater = unique.every(({ settle }) => settle?.isSealedLater === true)
  return { ...(isSealedLater ? hasty : one), values }
}

/** A leg is settled once, under whatever id. */
const nameOf = ({ reserve, settle }: Operation): string =>
  reserve === undefined ? `settle ${settle.legId}` : `${reserve.operationId} ${reserve.legId}`

const statement = (name: string, parameters: number) =>
  ({
    name,
    rowMode: 'array',
    text: `SELECT * FROM ledger_apply(${Array.from({ length: parameters }, (_, index) => `$${index + 1}`).join(', ')})`,
    /** Arrays of plain numbers and ids: read below, faster than by the driver. */
    types: { getTypeParser: () => (text: string) => text },
  }) as const

/** Each operation by itself. */
const one = statement('ledger-apply', 16)
const several = statement('ledger-apply-together', 17)
/** With the calls that are placed: they are there as soon as what they hold is, and not without. */
const placing = { ...statement('place-down', 17), text: statement('', 17).text.replace('ledger_apply', 'place_down') }
/** Its commit waits for no disk. One operation in the batch that does not bear that, and none is sent so. */
const hasty = {
  ...one,
  name: 'ledger-apply-hasty',
  text: one.text.replace('* FROM', "applied.* FROM set_config('synchronous_commit', 'off', true),") + ' AS applied',
}

/** Ids and numbers need no quoting in an array literal, and the driver's own way costs more than the statement. */
const list = (items: readonly (string | number | boolean | null)[]): string =>
  `{${items.map((item) => item ?? 'NULL').join(',')}}`

/** In the order of the function's parameters. */
function toParameters(batch: readonly Operation[]): readonly string[] {
  const legs = new Places<LegId>()
  const pools = new Places<PoolId>()
  const months = new Months()
  const all = batch.map((operation) => operation.reserve ?? operation.settle)
  const reserves = batch.map((operation) => operation.reserve)
  const legOf = all.map((operation) => legs.of(operation.legId))
  const draws = reserves.flatMap((reserve) => reserve?.poolIds.map((poolId) => pools.of(poolId)) ?? [])
  const caps = reserves.map((reserve) => reserve?.cap ?? null)
  const usageOf = caps.map((cap) => (cap === null ? 0 : months.of(cap)))
  return [
    list(legs.ids),
    list(pools.ids),
    list(all.map((operation) => operation.operationId)),
    list(batch.map((operation) => operation.settle !== undefined)),
    list(legOf),
    list(batch.map((operation) => operation.reserve?.wantMs ?? operation.settle!.ratedMs)),
    list(reserves.map((reserve) => reserve?.firstIncrementMs ?? 0)),
    list(reserves.map((reserve) => reserve?.incrementMs ?? 0)),
    list(all.map((operation) => operation.at)),
    list(reserves.map((reserve) => reserve?.poolIds.length ?? 0)),
    list(draws),
    list(months.ids),
    list(months.all.map(({ memberId }) => memberId)),
    list(months.all.map(({ periodFrom }) => periodFrom)),
    list(usageOf),
    list(caps.map((cap) => cap?.limitMs ?? null)),
  ]
}

/** Each id once, named by its place from 1. */
class Places<Id extends string> {
  readonly ids: Id[] = []
  readonly #places = new Map<Id, number>()

  of(id: Id): number {
    const known = this.#places.get(id)
    if (known !== undefined) return known
    const place = this.ids.push(id)
    this.#places.set(id, place)
    return place
  }
}

/** Members' months, each once. */
class Months {
  readonly all: UsageCap[] = []
  readonly #places = new Places<string>()

  get ids(): readonly string[] {
    return this.#places.ids
  }

  of(cap: UsageCap): number {
    const place = this.#places.of(usageIdOf(cap))
    if (place > this.all.length) this.all.push(cap)
    return place
  }
}

/** Array literals in the order of the function's results; `null` where no operation made an entry. */
type Row = readonly [
  outcomes: string,
  lefts: string,
  limitLefts: string,
  uncovered: string,
  entryOperation: string | null,
  entryPool: string | null,
  entrySeq: string | null,
  entryHeld: string | null,
  entryUsed: string | null,
]

function toAnswers(row: Row): readonly Answer[] {
  const [outcomes, lefts, limitLefts, uncovered, entryOperation, entryPool, entrySeq, entryHeld, entryUsed] =
    row.map(items)
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
    limitLeftMs: limitLefts![index] === 'NULL' ? null : Number(limitLefts![index]),
    uncoveredMs: Number(uncovered![index]),
    entries: entries[index]!,
  }))
}

const items = (literal: string | null): readonly string[] =>
  literal === null || literal === '{}' ? [] : literal.slice(1, -1).split(',')
