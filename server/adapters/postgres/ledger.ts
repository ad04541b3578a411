import type { Draw, Ledger, Reserve, Reserved, Settle, Settled } from '#entitlements'
import { durationMs, Fault, type PoolId } from '#kernel'
import type pg from 'pg'
import { Batcher } from './batcher.ts'

export type LedgerOptions = {
  readonly url: string
  /** How long an operation is retried while Postgres is away, before it rejects with `LedgerUnreachable`. */
  readonly deadlineMs: number
  /** Hears how many operations went into one statement. */
  readonly onBatch?: (size: number) => void
}

export type ClosableLedger = Ledger & { close(): Promise<void> }

export function openLedger({ url, deadlineMs, onBatch = () => undefined }: LedgerOptions): ClosableLedger {
  const batcher = new Batcher<Operation, readonly Row[]>({
    url,
    deadlineMs,
    apply(client, batch) {
      onBatch(batch.length)
      return apply(client, batch)
    },
  })
  return {
    reserve: async (reserve) => reservedFromRows(reserve, await batcher.submit({ reserve })),
    settle: async (settle) => settledFromRows(await batcher.submit({ settle })),
    close: () => batcher.close(),
  }
}

type Operation =
  | { readonly reserve: Reserve; readonly settle?: never }
  | { readonly settle: Settle; readonly reserve?: never }

/** One row of what `ledger_apply` returns, in the order of its columns. */
type Row = readonly [
  operation: number,
  outcome: 'done' | 'leg-settled' | 'pool-unknown' | 'invalid' | 'other-leg',
  leftMs: number,
  uncoveredMs: number | null,
  poolId: PoolId | null,
  seq: number | null,
  kind: 'reserve' | 'settle' | 'release' | null,
  heldDeltaMs: number | null,
  usedDeltaMs: number | null,
]

/** Array literals by hand: ids and integers need no quoting, and the driver's own way costs more than the statement. */
const list = (items: readonly (string | number | boolean)[]): string => `{${items.join(',')}}`

async function apply(client: pg.Client, batch: readonly Operation[]): Promise<readonly (readonly Row[])[]> {
  const all = batch.map((operation) => operation.reserve ?? operation.settle)
  const reserves = batch.map((operation) => operation.reserve)
  const { rows } = await client.query<Row[]>({
    name: 'ledger-apply',
    rowMode: 'array',
    text: 'SELECT * FROM ledger_apply($1, $2, $3, $4, $5, $6, $7, $8, $9)',
    values: [
      list(batch.map((operation) => operation.settle !== undefined)),
      list(all.map((operation) => operation.operationId)),
      list(all.map((operation) => operation.legId)),
      list(batch.map((operation) => operation.reserve?.wantMs ?? operation.settle!.ratedMs)),
      list(reserves.map((reserve) => reserve?.firstIncrementMs ?? 0)),
      list(reserves.map((reserve) => reserve?.incrementMs ?? 0)),
      list(all.map((operation) => new Date(operation.at).toISOString())),
      list(reserves.map((reserve) => reserve?.poolIds.length ?? 0)),
      list(reserves.flatMap((reserve) => reserve?.poolIds ?? [])),
    ],
  })
  const answers: Row[][] = batch.map(() => [])
  for (const row of rows as unknown as Row[]) answers[row[0] - 1]!.push(row)
  return answers
}

function reservedFromRows(reserve: Reserve, rows: readonly Row[]): Reserved {
  const [, outcome, leftMs] = rows[0]!
  if (outcome !== 'done' && outcome !== 'leg-settled') throw new Fault(`reserve ${reserve.operationId}: ${outcome}`)
  const taken = rows
    .filter((row) => row[6] === 'reserve')
    .map((row) => ({ poolId: row[4]!, ms: durationMs(row[7]!), seq: row[5]! }))
    .toSorted((a, b) => reserve.poolIds.indexOf(a.poolId) - reserve.poolIds.indexOf(b.poolId))
  return { taken, leftMs: durationMs(leftMs) }
}

function settledFromRows(rows: readonly Row[]): Settled {
  const [, outcome, , uncoveredMs] = rows[0]!
  if (outcome !== 'done') throw new Fault(`settle: ${outcome}`)
  const entries = rows.filter((row) => row[4] !== null)
  const draws = [...Map.groupBy(entries, (row) => row[4]!)].map(([poolId, ofPool]): Draw => ({
    poolId,
    usedMs: durationMs(ofPool.reduce((sum, row) => sum + row[8]!, 0)),
    ledgerSeqs: ofPool.map((row) => row[5]!),
  }))
  return { draws, uncoveredMs: durationMs(uncoveredMs ?? 0) }
}
