import type { Draw, Ledger, Reserve, Reserved, Settled, Together } from '#entitlements'
import { durationMs, Fault, type LegId } from '#kernel'
import { Batcher } from './batcher.ts'
import { type Answer, applyBatch, applyTogether, type Operation, type Placement } from './ledger-batch.ts'
import type pg from 'pg'

export type LedgerOptions = {
  readonly url: string
  /** How long an operation is retried while Postgres is away, before it rejects with `LedgerUnreachable`. */
  readonly deadlineMs: number
  /** Hears how many operations went into one statement. */
  readonly onBatch?: (size: number) => void
}

export type ClosableLedger = Ledger & {
  /** Reserves, and writes down what is placed with it, together or not at all; nothing is written where nothing was taken. */
  place(reserve: Reserve, placement: Placement): Promise<Reserved>
  close(): Promise<void>
}

export function openLedger({ url, deadlineMs, onBatch = () => undefined }: LedgerOptions): ClosableLedger {
  const batcher = new Batcher<Asked, readonly Answer[]>({
    url,
    deadlineMs,
    apply(client, batch) {
      onBatch(batch.length)
      return applyInTurn(client, batch)
    },
  })
  return {
    reserve: async (reserve) => reservedFromAnswer(reserve, (await batcher.submit({ reserve }))[0]!),
    place: async (reserve, placement) =>
      reservedFromAnswer(reserve, (await batcher.submit({ reserve, placement }))[0]!),
    async reserveAll(reserves, how) {
      if (reserves.length === 0) return []
      const answers = await batcher.submit({ reserves, how })
      return reserves.map((reserve, index) => reservedFromAnswer(reserve, answers[index]!))
    },
    settle: async (settle) => settledFromAnswer(settle.legId, (await batcher.submit({ settle }))[0]!),
    close: () => batcher.close(),
  }
}

type Several = { readonly reserves: readonly Reserve[]; readonly how: Together }
type Asked = Operation | Several

/** In their order; what is taken together is a statement of its own, between those before and after it. */
async function applyInTurn(client: pg.Client, batch: readonly Asked[]): Promise<readonly (readonly Answer[])[]> {
  const answers: (readonly Answer[])[] = []
  let single: Operation[] = []
  const applySingle = async (): Promise<void> => {
    if (single.length > 0) answers.push(...(await applyBatch(client, single)).map((answer) => [answer]))
    single = []
  }
  for (const asked of batch) {
    if (!('reserves' in asked)) {
      single.push(asked)
      continue
    }
    await applySingle()
    answers.push(await applyTogether(client, asked.reserves, asked.how))
  }
  await applySingle()
  return answers
}

function reservedFromAnswer(reserve: Reserve, { outcome, leftMs, limitLeftMs, entries }: Answer): Reserved {
  if (outcome !== 'done' && outcome !== 'leg-settled') throw new Fault(`reserve ${reserve.operationId}: ${outcome}`)
  const taken = entries
    .map(({ poolId, heldDeltaMs, seq }) => ({ poolId, ms: durationMs(heldDeltaMs), seq }))
    .toSorted((a, b) => reserve.poolIds.indexOf(a.poolId) - reserve.poolIds.indexOf(b.poolId))
  const limitLeft = limitLeftMs === null ? null : durationMs(limitLeftMs)
  return { taken, leftMs: durationMs(leftMs), limitLeftMs: limitLeft, isClosed: outcome === 'leg-settled' }
}

function settledFromAnswer(legId: LegId, { outcome, uncoveredMs, entries }: Answer): Settled {
  if (outcome !== 'done') throw new Fault(`settle ${legId}: ${outcome}`)
  const byPool = Map.groupBy(
    entries.toSorted((a, b) => a.seq - b.seq),
    (entry) => entry.poolId,
  )
  const draws = [...byPool].map(([poolId, ofPool]): Draw => ({
    poolId,
    usedMs: durationMs(ofPool.reduce((sum, { usedDeltaMs }) => sum + usedDeltaMs, 0)),
    ledgerSeqs: ofPool.map(({ seq }) => seq),
  }))
  return { draws: draws.toSorted((a, b) => (a.poolId < b.poolId ? -1 : 1)), uncoveredMs: durationMs(uncoveredMs) }
}
