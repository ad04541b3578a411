import { newId, type PoolId } from '#kernel'
import { execFileSync } from 'node:child_process'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { LedgerUnreachable } from './batcher.ts'
import { ledgerFaults, noFaults } from './ledger-check.ts'
import { type ClosableLedger, openLedger } from './ledger.ts'
import { freshDatabase, startTestPostgres, type TestDatabase, type TestPostgres } from './testing.ts'
import { createPools, reserveOf } from './testing-ledger.ts'

let postgres: TestPostgres
let database: TestDatabase
let ledger: ClosableLedger
let poolIds: readonly PoolId[]

beforeAll(async () => {
  postgres = await startTestPostgres()
})
afterAll(() => postgres.stop())
beforeEach(async () => {
  database = await freshDatabase(postgres)
  poolIds = await createPools(database.ownerUrl, 1, 1_000_000)
  ledger = openLedger({ url: database.appUrl, deadlineMs: 300 })
})
afterEach(async () => {
  expect(await asOwner(ledgerFaults)).toEqual(noFaults)
  await ledger.close()
  await database.drop()
})

async function asOwner<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: database.ownerUrl })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const aReserve = () => reserveOf(newId(), 0, { poolIds, wantMs: 1_000, nextMs: 1_000 })
const backend = () =>
  asOwner(async (client) =>
    Number(
      (
        await client.query(
          "SELECT pid FROM pg_stat_activity WHERE application_name = 'tandem-ledger' AND datname = current_database()",
        )
      ).rows[0].pid,
    ),
  )

test('while Postgres is away an operation waits, then rejects; asked again with the same id it is applied once', async () => {
  const operation = aReserve()
  await postgres.kill()
  await expect(ledger.reserve(operation)).rejects.toBeInstanceOf(LedgerUnreachable)
  await postgres.restart()
  expect((await ledger.reserve(operation)).taken).toHaveLength(1)
  expect((await ledger.reserve(operation)).leftMs).toBe(999_000)
})

test('a connection that dies under an idle ledger is replaced', async () => {
  await ledger.reserve(aReserve())
  const pid = await backend()
  await asOwner((client) => client.query('SELECT pg_terminate_backend($1, 5000)', [pid]))
  expect((await ledger.reserve(aReserve())).taken).toHaveLength(1)
})

test('a statement that never answers is given up, and the next operation gets a new connection', async () => {
  await ledger.reserve(aReserve())
  const pid = await backend()
  const stuck = aReserve()
  execFileSync('kill', ['-STOP', `${pid}`])
  try {
    await expect(ledger.reserve(stuck)).rejects.toBeInstanceOf(LedgerUnreachable)
    expect((await ledger.reserve(aReserve())).taken).toHaveLength(1)
  } finally {
    execFileSync('kill', ['-CONT', `${pid}`])
  }
  expect((await ledger.reserve(stuck)).taken).toHaveLength(1)
})

test('an operation after the end is refused', async () => {
  await ledger.close()
  await expect(ledger.reserve(aReserve())).rejects.toBeInstanceOf(LedgerUnreachable)
})
