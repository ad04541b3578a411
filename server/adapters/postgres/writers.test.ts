import { newId, type PoolId } from '#kernel'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ledgerFaults, noFaults } from './ledger-check.ts'
import { openLedger } from './ledger.ts'
import { freshDatabase, startTestPostgres, type TestDatabase, type TestPostgres } from './testing.ts'
import { conversationOf, createPools, LEGS_OF_CONVERSATION, reserveOf } from './testing-ledger.ts'
import type { Acknowledged, WriterTask } from './writer-process.ts'

let postgres: TestPostgres
let database: TestDatabase

beforeAll(async () => {
  postgres = await startTestPostgres()
  database = await freshDatabase(postgres)
})
afterAll(() => postgres.stop())

type Writer = {
  readonly process: ChildProcess
  readonly acknowledged: Acknowledged[]
  readonly ended: Promise<unknown>
  heard(count: number): Promise<void>
}

/** A real process. `heard` resolves when it was given that many answers. */
function startWriter(task: WriterTask): Writer {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('./writer-process.ts', import.meta.url)), JSON.stringify(task)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const acknowledged: Acknowledged[] = []
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => acknowledged.push(JSON.parse(line) as Acknowledged))
  const ended = Promise.all([once(child, 'exit'), once(lines, 'close')])
  const heard = async (count: number) => {
    while (acknowledged.length < count) {
      await Promise.race([once(lines, 'line'), ended])
      if (child.exitCode !== null && acknowledged.length < count)
        throw new Error(`the writer ended after ${acknowledged.length} answers`)
    }
  }
  return { process: child, acknowledged, ended, heard }
}

async function withClient<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: database.ownerUrl })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** What was answered is what the ledger has, to the millisecond; how many answers were compared. */
async function compareWithLedger(acknowledged: readonly Acknowledged[]): Promise<number> {
  const amounts = await withClient(async (client) => {
    const { rows } = await client.query<{ operation_id: string; pool_id: PoolId; held: string; used: string }>(
      `SELECT operation_id, pool_id, sum(held_delta_ms) AS held, sum(used_delta_ms) AS used FROM ledger GROUP BY operation_id, pool_id`,
    )
    return new Map(rows.map((row) => [`${row.operation_id} ${row.pool_id}`, row]))
  })
  for (const { operationId, poolId, ms, kind } of acknowledged) {
    const entry = amounts.get(`${operationId} ${poolId}`)
    expect(entry, `${kind} ${operationId} was acknowledged and is lost`).toBeDefined()
    expect(Number(kind === 'reserve' ? entry!.held : entry!.used)).toBe(ms)
  }
  return acknowledged.length
}

const faults = () => withClient(ledgerFaults)

/** Three pools that run dry before the last legs (each would use 90 s on average), so that the last minute is fought for. */
async function newTask(legs: number): Promise<WriterTask> {
  const poolIds = await createPools(database.ownerUrl, 3, legs * 25_000)
  const conversations = Math.ceil(legs / LEGS_OF_CONVERSATION)
  return { appUrl: database.appUrl, poolIds, namespace: newId<'writer'>(), conversations, callers: 32 }
}

/** Conversations that may only begin whole, and of which some legs alone have something; and how many began. */
async function conversationsOf(task: WriterTask): Promise<{ readonly torn: number; readonly begun: number }> {
  const { rows } = await withClient((client) =>
    client.query<{ operation_id: string }>(
      `SELECT DISTINCT operation_id FROM ledger WHERE kind = 'reserve' AND pool_id = ANY ($1)`,
      [task.poolIds],
    ),
  )
  const applied = new Set(rows.map(({ operation_id }) => operation_id))
  const counts = Array.from({ length: task.conversations }, (_, number) => conversationOf(task, number))
    .filter(({ how }) => how === 'all')
    .map(({ firsts }) => firsts.filter(({ operationId }) => applied.has(operationId)).length)
  const begun = counts.filter((count) => count > 0)
  return { torn: begun.filter((count) => count < LEGS_OF_CONVERSATION).length, begun: begun.length }
}

/** None is torn, and some began. */
async function expectWhole(task: WriterTask): Promise<void> {
  const { torn, begun } = await conversationsOf(task)
  expect([torn, begun > 0]).toEqual([0, true])
}

test(
  'two writers, the same operations, each sent twice by both: applied once, the last millisecond used, never one more',
  { timeout: 120_000 },
  async () => {
    const task = await newTask(1_000)
    const writers = [startWriter(task), startWriter(task)]
    await Promise.all(writers.map((writer) => writer.ended))
    expect(writers.map((writer) => writer.process.exitCode)).toEqual([0, 0])
    expect(writers[0]!.acknowledged.length).toBeGreaterThan(1_000)
    await expectWhole(task)
    for (const writer of writers) await compareWithLedger(writer.acknowledged)

    const ledger = openLedger({ url: database.appUrl, deadlineMs: 10_000 })
    const rest = await ledger.reserve(reserveOf(newId(), 0, { poolIds: task.poolIds, wantMs: 100_000_000, nextMs: 1 }))
    const { taken } = await ledger.reserve(reserveOf(newId(), 0, { poolIds: task.poolIds, wantMs: 1, nextMs: 1 }))
    await ledger.close()
    expect([rest.leftMs, taken]).toEqual([0, []])
    expect(await faults()).toEqual(noFaults)
  },
)

test(
  'a writer killed in the middle of a batch: what it was told is kept, and its successor finishes with the same answers',
  { timeout: 120_000 },
  async () => {
    const task = await newTask(3_000)
    const [doomed, other] = [startWriter(task), startWriter({ ...task, namespace: newId() })]
    await doomed.heard(2_000)
    doomed.process.kill('SIGKILL')
    await doomed.ended
    expect(await faults()).toEqual(noFaults)
    await expectWhole(task)
    await compareWithLedger(doomed.acknowledged)

    const successor = startWriter(task)
    await Promise.all([successor.ended, other.ended])
    for (const writer of [doomed, successor, other]) await compareWithLedger(writer.acknowledged)
    expect(await faults()).toEqual(noFaults)
    expect(
      await withClient(
        async (client) =>
          (
            await client.query('SELECT 1 FROM hold JOIN ledger USING (pool_id, leg_id) WHERE pool_id = ANY ($1)', [
              task.poolIds,
            ])
          ).rowCount,
      ),
    ).toBe(0)
  },
)

test(
  'Postgres killed under load: the writers go on by themselves when it is back, nothing acknowledged is lost',
  { timeout: 120_000 },
  async () => {
    const task = await newTask(6_000)
    const writers = [startWriter(task), startWriter(task)]
    for (const after of [2_000, 8_000]) {
      await Promise.all(writers.map((writer) => writer.heard(after)))
      await postgres.kill()
      const killedAt = performance.now()
      await postgres.restart()
      await expectWhole(task)
      const counts = writers.map((writer) => writer.acknowledged.length)
      await Promise.all(writers.map((writer, index) => writer.heard(counts[index]! + 1)))
      expect(performance.now() - killedAt).toBeLessThan(5_000)
    }
    await Promise.all(writers.map((writer) => writer.ended))
    expect(writers.map((writer) => writer.process.exitCode)).toEqual([0, 0])
    for (const writer of writers) await compareWithLedger(writer.acknowledged)
    await expectWhole(task)
    expect(await faults()).toEqual(noFaults)
  },
)
