import pg from 'pg'
import { type LedgerFaults, ledgerFaults, noFaults } from '../server/adapters/postgres/ledger-check.ts'
import { type ClosableLedger, openLedger } from '../server/adapters/postgres/ledger.ts'
import {
  freshDatabase,
  startTestPostgres,
  type TestDatabase,
  type TestPostgres,
} from '../server/adapters/postgres/testing.ts'
import { createPools, newLeg, reserveOf, settleOf } from '../server/adapters/postgres/testing-ledger.ts'
import { type Load, underLoad } from './load.ts'
import { measureMemoryLedger } from './memory-ledger.ts'
import { bestOfPgbench, type PgbenchResult } from './pgbench.ts'
import { atMost, type BenchRow, byRatio } from './row.ts'

/** The rows of charging.md that are about the ledger. A real Postgres with fsync on, the same for us and for pgbench. */
export async function run(): Promise<readonly BenchRow[]> {
  const postgres = await startTestPostgres({ isDurable: true })
  try {
    const database = await freshDatabase(postgres)
    const ledger = openLedger({ url: database.appUrl, deadlineMs: 30_000 })
    const rows = await measure({ postgres, database, ledger })
    await ledger.close()
    return rows
  } finally {
    await postgres.stop()
  }
}

type Parts = { readonly postgres: TestPostgres; readonly database: TestDatabase; readonly ledger: ClosableLedger }

const callers = 64
const seconds = 4
const manyPools = 10_000
/** Enough that no pool runs dry. */
const grantMs = 1e12

async function measure({ postgres, database, ledger }: Parts): Promise<readonly BenchRow[]> {
  await createYardstick(database.ownerUrl)
  const hotYardstick = await bestOfPgbench({
    ...yardstick(1),
    url: database.ownerUrl,
    clientCounts: [1, 2, 4, 8, 16, 64],
    seconds: 2,
  })
  const hot = await reserves(ledger, await createPools(database.ownerUrl, 1, grantMs))
  const memory = await measureMemoryLedger(callers, seconds)
  const wideYardstick = await bestOfPgbench({
    ...yardstick(manyPools),
    url: database.ownerUrl,
    clientCounts: [8, 16, 32, 64],
    seconds: 3,
  })
  const pools = await createPools(database.ownerUrl, manyPools, grantMs)
  const wide = await reserves(ledger, pools)
  const life = await lives(ledger, pools)
  const faults = await countFaults(database.ownerUrl)
  const recoveryMs = await recover(postgres, ledger, pools)
  const unit = 'ops/s'
  return [
    byRatio(
      'durable reserve, hot pool, 64 callers',
      { value: hot.perSecond, unit, yardstick: hotYardstick.perSecond, of: best(hotYardstick) },
      6,
    ),
    atMost('  its p99', { value: hot.p99Ms, unit: 'ms', yardstick: hotYardstick.p99Ms, of: best(hotYardstick) }, 10),
    byRatio(
      '  share of memory + fsync',
      { value: hot.perSecond, unit, yardstick: memory.perSecond, of: 'memory + group fsync' },
      0.5,
    ),
    byRatio(
      'durable reserve, 10,000 pools',
      { value: wide.perSecond, unit, yardstick: wideYardstick.perSecond, of: best(wideYardstick) },
      1.5,
    ),
    byRatio(
      'full life of a leg’s money (4 operations)',
      { value: life.perSecond, unit, yardstick: wideYardstick.perSecond, of: best(wideYardstick) },
      1.2,
    ),
    ...Object.entries(faults).map(([name, value]) => atMost(`faults: ${name}`, { value, unit: '' }, 0)),
    atMost('first answer after kill -9 of Postgres', { value: recoveryMs, unit: 'ms' }, 5_000),
  ]
}

const best = ({ clients }: PgbenchResult): string => `pgbench (${clients} clients)`

type PoolIds = Awaited<ReturnType<typeof createPools>>

/** Each caller's legs reserve ten slices, as a call of ten minutes does. */
function reserves(ledger: ClosableLedger, pools: PoolIds): Promise<Load> {
  return underLoad(callers, seconds, async (_, done) => {
    const leg = newLeg()
    const poolIds = [somePool(pools)]
    for (let slice = 0; slice < 10; slice++) {
      const startedAt = performance.now()
      await ledger.reserve(reserveOf(leg, slice, { poolIds, wantMs: 60_000 }))
      done(startedAt)
    }
  })
}

/** Reserve, extend, extend, settle. */
function lives(ledger: ClosableLedger, pools: PoolIds): Promise<Load> {
  return underLoad(callers, seconds, async (_, done) => {
    const leg = newLeg()
    const poolIds = [somePool(pools)]
    for (let slice = 0; slice < 4; slice++) {
      const startedAt = performance.now()
      if (slice < 3) await ledger.reserve(reserveOf(leg, slice, { poolIds, wantMs: 60_000 }))
      else await ledger.settle(settleOf(leg, 130_000))
      done(startedAt)
    }
  })
}

const somePool = (pools: PoolIds) => pools[Math.floor(Math.random() * pools.length)]!

async function recover(postgres: TestPostgres, ledger: ClosableLedger, pools: PoolIds): Promise<number> {
  const startedAt = performance.now()
  await postgres.kill()
  await postgres.restart()
  await ledger.reserve(reserveOf(newLeg(), 0, { poolIds: [pools[0]!], wantMs: 60_000 }))
  return performance.now() - startedAt
}

/** The least that a durable reserve must write: one balance, one entry. No idempotency, no holds, no draws. */
const yardstick = (pools: number) => ({
  script: `
    \\set pool random(1, ${pools})
    WITH moved AS (UPDATE yard_pool SET held = held + 60000, seq = seq + 1 WHERE id = :pool AND used + held + 60000 <= granted RETURNING id, seq)
    INSERT INTO yard_ledger SELECT id, seq, gen_random_uuid(), 60000 FROM moved;`,
})

async function createYardstick(ownerUrl: string): Promise<void> {
  await withClient(ownerUrl, (client) =>
    client.query(`
      CREATE TABLE yard_pool (id int PRIMARY KEY, granted bigint, used bigint, held bigint, seq bigint, CHECK (used + held <= granted)) WITH (fillfactor = 50);
      CREATE TABLE yard_ledger (pool int, seq bigint, operation uuid UNIQUE, held bigint, PRIMARY KEY (pool, seq));
      INSERT INTO yard_pool SELECT id, ${grantMs}, 0, 0, 0 FROM generate_series(1, ${manyPools}) AS id;`),
  )
}

const countFaults = async (ownerUrl: string): Promise<LedgerFaults> => ({
  ...noFaults,
  ...(await withClient(ownerUrl, ledgerFaults)),
})

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
