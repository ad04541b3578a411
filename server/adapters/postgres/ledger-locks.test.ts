import { durationMs, newId, type LegId, type PoolId } from '#kernel'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { applyBatch, applyTogether, type Operation } from './ledger-batch.ts'
import { ledgerFaults, noFaults } from './ledger-check.ts'
import { freshDatabase, type TestDatabase } from './testing.ts'
import { createPools, newLeg, noon, reserveOf, settleOf } from './testing-ledger.ts'

const minute = 60_000
let database: TestDatabase
/** Two writers, and one who looks on. */
let first: pg.Client
let second: pg.Client
let owner: pg.Client

beforeAll(async () => {
  database = await freshDatabase()
  const connect = async (connectionString: string) => {
    const client = new pg.Client({ connectionString })
    await client.connect()
    return client
  }
  first = await connect(database.appUrl)
  second = await connect(database.appUrl)
  owner = await connect(database.ownerUrl)
})
afterEach(async () => expect(await ledgerFaults(owner)).toEqual(noFaults))
afterAll(async () => {
  for (const client of [first, second, owner]) await client.end()
  await database.drop()
})

const pidOf = async (client: pg.Client): Promise<number> =>
  (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]!.pid

/**
 * The second writer comes when the first has done its work and not committed, and must wait: gives its answers. There is
 * no retry here, so that a conflict that another constraint had to catch is seen.
 */
async function answersOfSecond<T>(earlier: () => Promise<unknown>, later: () => Promise<T>): Promise<T> {
  const [firstPid, secondPid] = [await pidOf(first), await pidOf(second)]
  await first.query('BEGIN')
  await earlier()
  let isAnswered = false
  const answer = later().finally(() => {
    isAnswered = true
  })
  answer.catch(() => {})
  const isWaiting = async () =>
    (await owner.query('SELECT 1 WHERE $1 = ANY (pg_blocking_pids($2))', [firstPid, secondPid])).rowCount === 1
  while (!(await isWaiting())) expect(isAnswered, 'the second writer did not wait').toBe(false)
  await first.query('COMMIT')
  return answer
}

/** Each with one operation alone. */
const answerOfSecond = async (earlier: Operation, later: Operation) =>
  (
    await answersOfSecond(
      () => applyBatch(first, [earlier]),
      () => applyBatch(second, [later]),
    )
  )[0]!

const reserve = (poolIds: readonly PoolId[], legId = newLeg()): Operation => ({
  reserve: reserveOf(legId, 0, { poolIds, wantMs: minute }),
})

test('of two writers on one pool the second waits and goes on from what the first left, without a conflict', async () => {
  const poolIds = await createPools(database.ownerUrl, 1, 2 * minute)
  const { leftMs, entries } = await answerOfSecond(reserve(poolIds), reserve(poolIds))
  expect([leftMs, entries.map(({ seq }) => seq)]).toEqual([0, [3]])
})

test('of two writers on the last minute the second waits and finds nothing', async () => {
  const poolIds = await createPools(database.ownerUrl, 1, minute)
  expect(await answerOfSecond(reserve(poolIds), reserve(poolIds))).toMatchObject({ leftMs: 0, entries: [] })
})

test('a reserve of a leg waits for its settlement, although no pool is common to both', async () => {
  const poolIds = await createPools(database.ownerUrl, 1, minute)
  const legId = newLeg()
  const answer = await answerOfSecond({ settle: settleOf(legId, 0) }, reserve(poolIds, legId))
  expect(answer).toMatchObject({ outcome: 'leg-settled', leftMs: minute, entries: [] })
})

test('of legs that begin together and of one alone, who comes second waits and finds what is left, without a conflict', async () => {
  const three = (poolIds: readonly PoolId[]) =>
    [poolIds, poolIds.toReversed(), poolIds].map((each) => reserve(each).reserve!)
  const [few, many] = [
    await createPools(database.ownerUrl, 2, minute),
    await createPools(database.ownerUrl, 2, 2 * minute),
  ]
  const together = await answersOfSecond(
    () => applyBatch(first, [reserve(few)]),
    () => applyTogether(second, three(few), 'all'),
  )
  expect(together.map(({ entries }) => entries.length)).toEqual([0, 0, 0])
  const [alone] = await answersOfSecond(
    () => applyTogether(first, three(many), 'all'),
    () => applyBatch(second, [reserve(many)]),
  )
  expect(alone).toMatchObject({ leftMs: 0, entries: [{ heldDeltaMs: minute }] })
})

test('no table is read from end to end: rows are written where they were read', async () => {
  // Of this transaction alone: what others have read, such as who made the indexes, is told whenever they leave.
  const scans = async () => {
    const { rows } = await first.query(`SELECT relname, seq_scan::int FROM pg_stat_xact_user_tables
       WHERE relname IN ('pool', 'hold', 'ledger', 'settlement', 'member_usage') ORDER BY relname`)
    return rows
  }
  const poolIds = await createPools(database.ownerUrl, 2, 10 * minute)
  const [legId, other] = [newLeg(), newLeg()]
  const cap = { memberId: newId<'member'>(), periodFrom: noon, limitMs: durationMs(20 * minute) }
  const slice = (leg: LegId, number: number): Operation => ({
    reserve: reserveOf(leg, number, { poolIds, wantMs: 2 * minute, cap }),
  })
  await applyBatch(first, [slice(legId, 0)])
  await first.query('BEGIN')
  await applyBatch(first, [slice(legId, 1), slice(other, 0), slice(other, 1)])
  await applyBatch(first, [{ settle: settleOf(legId, minute) }, slice(other, 2)])
  await applyBatch(first, [{ settle: settleOf(legId, minute) }, { settle: settleOf(other, 5 * minute) }])
  await applyTogether(first, [slice(newLeg(), 0).reserve!, slice(newLeg(), 0).reserve!], 'as-many')
  const read = await scans()
  await first.query('COMMIT')
  expect(read).toEqual(
    ['hold', 'ledger', 'member_usage', 'pool', 'settlement'].map((relname) => ({ relname, seq_scan: 0 })),
  )
})

test('a settlement waits for the first reserve of its leg, and releases it', async () => {
  const poolIds = await createPools(database.ownerUrl, 1, minute)
  const legId = newLeg()
  const answer = await answerOfSecond(reserve(poolIds, legId), { settle: settleOf(legId, minute / 2) })
  expect(answer.entries).toMatchObject([{ heldDeltaMs: -minute, usedDeltaMs: minute / 2, seq: 3 }])
})
