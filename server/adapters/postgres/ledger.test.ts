import type { Reserved, UsageCap } from '#entitlements'
import { durationMs, Fault, later, type LegId, type MemberId, newId, type PoolId } from '#kernel'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ledgerFaults, noFaults } from './ledger-check.ts'
import { type ClosableLedger, openLedger } from './ledger.ts'
import { freshDatabase, type TestDatabase } from './testing.ts'
import { createPools, noon, reserveOf, settleOf } from './testing-ledger.ts'

const minute = 60_000
let database: TestDatabase
let ledger: ClosableLedger
let client: pg.Client

beforeAll(async () => {
  database = await freshDatabase()
  ledger = openLedger({ url: database.appUrl, deadlineMs: 10_000 })
  client = new pg.Client({ connectionString: database.ownerUrl })
  await client.connect()
})
afterEach(async () => expect(await ledgerFaults(client)).toEqual(noFaults))
afterAll(async () => {
  await ledger.close()
  await client.end()
  await database.drop()
})

const pools = (count: number, minutes: number) => createPools(database.ownerUrl, count, minutes * minute)
const leg = () => newId<'leg'>()
const minutesTaken = (answer: Reserved) => answer.taken.map(({ ms }) => ms / minute)

test('a reserve takes what it wants, in whole increments', async () => {
  const poolIds = await pools(1, 10)
  const answer = await ledger.reserve(reserveOf(leg(), 0, { poolIds, wantMs: 2.9 * minute }))
  expect(minutesTaken(answer)).toEqual([2])
  expect(answer.leftMs).toBe(8 * minute)
})

test.each([
  { name: 'one pool after the other, in the given order', free: [2, 5], want: 4, first: 1, next: 1, taken: [2, 2] },
  { name: 'steps over a pool that holds no whole increment', free: [1, 5], want: 4, first: 2, next: 2, taken: [4] },
  { name: 'a partial last slice', free: [2], want: 5, first: 1, next: 1, taken: [2] },
  { name: 'a first increment larger than the others', free: [10], want: 4.5, first: 3, next: 1, taken: [4] },
  {
    name: 'the first increment from the second pool, the others follow it',
    free: [2, 9],
    want: 5,
    first: 3,
    next: 1,
    taken: [5],
  },
  { name: 'nothing, when the first increment fits nowhere', free: [2, 2], want: 5, first: 3, next: 1, taken: [] },
  { name: 'nothing, when it wants less than an increment', free: [9], want: 0.5, first: 1, next: 1, taken: [] },
])('a reserve takes $name', async ({ free, want, first, next, taken }) => {
  const poolIds: PoolId[] = []
  for (const minutes of free) poolIds.push(...(await pools(1, minutes)))
  const answer = await ledger.reserve(
    reserveOf(leg(), 0, { poolIds, wantMs: want * minute, firstMs: first * minute, nextMs: next * minute }),
  )
  expect(minutesTaken(answer)).toEqual(taken)
})

test('a reserve asked again gives the same answer and moves nothing', async () => {
  const poolIds = await pools(2, 3)
  const operation = reserveOf(leg(), 0, { poolIds, wantMs: 4 * minute })
  const [first, twin] = await Promise.all([ledger.reserve(operation), ledger.reserve(operation)])
  const later = await ledger.reserve(operation)
  expect(twin).toEqual(first)
  expect(later).toEqual(first)
  expect(minutesTaken(first)).toEqual([3, 1])
})

test('a reserve that found nothing was not applied: it finds what was granted since', async () => {
  const [pool] = await pools(1, 1)
  const poolIds = [pool!]
  const [other, thirsty] = [leg(), leg()]
  await ledger.reserve(reserveOf(other, 0, { poolIds, wantMs: minute }))
  const operation = reserveOf(thirsty, 0, { poolIds, wantMs: minute })
  expect(minutesTaken(await ledger.reserve(operation))).toEqual([])
  await ledger.settle(settleOf(other, 0))
  expect(minutesTaken(await ledger.reserve(operation))).toEqual([1])
})

test('a reserve does not revive a settled leg', async () => {
  const poolIds = await pools(1, 5)
  const legId = leg()
  await ledger.reserve(reserveOf(legId, 0, { poolIds, wantMs: minute }))
  await ledger.settle(settleOf(legId, minute))
  expect(await ledger.reserve(reserveOf(legId, 1, { poolIds, wantMs: minute }))).toEqual({
    taken: [],
    leftMs: 4 * minute,
    limitLeftMs: null,
    isClosed: true,
  })
})

test('a reserve finds nothing after a settlement that came first', async () => {
  const poolIds = await pools(1, 5)
  const legId = leg()
  await ledger.settle(settleOf(legId, 0))
  expect(minutesTaken(await ledger.reserve(reserveOf(legId, 0, { poolIds, wantMs: minute })))).toEqual([])
})

test('a reserve with an unknown pool is a fault of ours, and takes no other operation with it', async () => {
  const poolIds = await pools(1, 5)
  const good = () => ledger.reserve(reserveOf(leg(), 0, { poolIds, wantMs: minute }))
  const answers = await Promise.allSettled([
    good(),
    ledger.reserve(reserveOf(leg(), 0, { poolIds: [newId()], wantMs: minute })),
    good(),
  ])
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect((answers[1] as PromiseRejectedResult).reason).toBeInstanceOf(Fault)
})

test('a reserve that Postgres itself refuses takes no other operation with it', async () => {
  const poolIds = await pools(1, 5)
  const good = () => ledger.reserve(reserveOf(leg(), 0, { poolIds, wantMs: minute }))
  const answers = await Promise.allSettled([
    good(),
    ledger.reserve(reserveOf('no uuid' as LegId & string, 0, { poolIds, wantMs: minute })),
    good(),
  ])
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

test('a settlement uses the first hold first and releases the rest', async () => {
  const poolIds = await pools(2, 3)
  const legId = leg()
  await ledger.reserve(reserveOf(legId, 0, { poolIds, wantMs: 5 * minute }))
  const { draws, uncoveredMs } = await ledger.settle(settleOf(legId, 4 * minute))
  const usedOf = new Map(draws.map((draw) => [draw.poolId, draw.usedMs]))
  expect(poolIds.map((poolId) => usedOf.get(poolId))).toEqual([3 * minute, minute])
  expect(uncoveredMs).toBe(0)
})

test('a settlement keeps the order of the holds over many slices and batches', async () => {
  const [a, b] = (await pools(2, 9)) as [PoolId, PoolId]
  const legId = leg()
  await Promise.all(Array.from({ length: 20 }, () => ledger.reserve(reserveOf(leg(), 0, { poolIds: [a], wantMs: 0 }))))
  await ledger.reserve(reserveOf(legId, 0, { poolIds: [b], wantMs: minute }))
  await ledger.reserve(reserveOf(legId, 1, { poolIds: [a], wantMs: minute }))
  await ledger.reserve(reserveOf(legId, 2, { poolIds: [b], wantMs: minute }))
  const { draws } = await ledger.settle(settleOf(legId, 2 * minute))
  expect(draws.find(({ poolId }) => poolId === b)?.usedMs).toBe(2 * minute)
  expect(draws.find(({ poolId }) => poolId === a)?.usedMs).toBe(0)
})

test('a settlement charges no pool for time that nothing was held for', async () => {
  const poolIds = await pools(1, 1)
  const legId = leg()
  await ledger.reserve(reserveOf(legId, 0, { poolIds, wantMs: minute }))
  expect(await ledger.settle(settleOf(legId, minute + 700))).toEqual({
    draws: [{ poolId: poolIds[0], usedMs: minute, ledgerSeqs: [3] }],
    uncoveredMs: 700,
  })
})

test('a settlement names the entries that it made: they add up to what was used', async () => {
  const [poolId] = (await pools(1, 9)) as [PoolId]
  const legId = leg()
  await ledger.reserve(reserveOf(legId, 0, { poolIds: [poolId], wantMs: 3 * minute }))
  const { draws } = await ledger.settle(settleOf(legId, minute))
  const { rows } = await client.query(
    'SELECT sum(used_delta_ms)::int AS used, sum(held_delta_ms)::int AS held FROM ledger WHERE pool_id = $1 AND seq = ANY ($2)',
    [poolId, draws[0]!.ledgerSeqs],
  )
  expect(rows[0]).toEqual({ used: minute, held: -3 * minute })
})

test('a settlement asked again, under whatever id, gives the answer of the first', async () => {
  const poolIds = await pools(2, 2)
  const legId = leg()
  await ledger.reserve(reserveOf(legId, 0, { poolIds, wantMs: 3 * minute }))
  const [first, twin] = await Promise.all([
    ledger.settle(settleOf(legId, minute)),
    ledger.settle(settleOf(legId, minute)),
  ])
  expect(twin).toEqual(first)
  expect(await ledger.settle(settleOf(legId, 3 * minute, newId<'operation'>()))).toEqual(first)
})

test('a settlement of a leg that never reserved anything is an answer too', async () => {
  expect(await ledger.settle(settleOf(leg(), minute))).toEqual({ draws: [], uncoveredMs: minute })
})

test('a batch larger than the limit is applied in order', async () => {
  const poolIds = await pools(1, 1_000)
  const answers = await Promise.all(
    Array.from({ length: 1_500 }, () => ledger.reserve(reserveOf(leg(), 0, { poolIds, wantMs: minute }))),
  )
  expect(answers.filter(({ taken }) => taken.length === 1)).toHaveLength(1_000)
  expect(answers.map(({ leftMs }) => leftMs)).toEqual(answers.map(({ leftMs }) => leftMs).toSorted((a, b) => b - a))
  expect(answers.at(-1)).toEqual({ taken: [], leftMs: durationMs(0), limitLeftMs: null, isClosed: false })
})

/** First reserves of new legs. */
const reserves = (poolIds: readonly PoolId[], count: number, rest: Partial<Parameters<typeof reserveOf>[2]> = {}) =>
  Array.from({ length: count }, () => reserveOf(leg(), 0, { poolIds, wantMs: minute, ...rest }))

describe('legs that begin together', () => {
  test.each([
    { how: 'all', minutes: 3, taken: [[1], [1], [1]] },
    { how: 'all', minutes: 2, taken: [[], [], []] },
    { how: 'as-many', minutes: 2, taken: [[1], [1], []] },
    { how: 'as-many', minutes: 0.9, taken: [[], [], []] },
  ] as const)('of three legs, $how, on $minutes minutes', async ({ how, minutes, taken }) => {
    const answers = await ledger.reserveAll(reserves(await pools(1, minutes), 3), how)
    expect(answers.map(minutesTaken)).toEqual(taken)
    const leftMs = (minutes - taken.flat().length) * minute
    expect(answers.map((answer) => answer.leftMs)).toEqual([leftMs, leftMs, leftMs])
  })

  test('asked again, by two at once, it is one taking; who had nothing may find something', async () => {
    const [poolId] = (await pools(1, 2)) as [PoolId]
    const operations = reserves([poolId], 3)
    const ask = () => ledger.reserveAll(operations, 'as-many')
    const [answers, twins] = await Promise.all([ask(), ask()])
    expect(twins).toEqual(answers)
    const [first] = operations
    await ledger.settle(settleOf(first!.legId, 0))
    const later = await ask()
    expect(later.map(({ isClosed }) => isClosed)).toEqual([true, false, false])
    expect(later.map(minutesTaken)).toEqual([[1], [1], [1]])
  })

  test('under a limit of one member it is as with pools', async () => {
    const cap = { memberId: newId<'member'>(), periodFrom: noon, limitMs: durationMs(2 * minute) }
    const poolIds = await pools(1, 100)
    const none = await ledger.reserveAll(reserves(poolIds, 3, { cap }), 'all')
    const some = await ledger.reserveAll(reserves(poolIds, 3, { cap }), 'as-many')
    expect(none.map(minutesTaken)).toEqual([[], [], []])
    expect(some.map(minutesTaken)).toEqual([[1], [1], []])
    expect([none, some].map((answers) => answers.map(({ limitLeftMs }) => limitLeftMs))).toEqual([
      [2 * minute, 2 * minute, 2 * minute],
      [0, 0, 0],
    ])
  })
})

describe('legs that begin together, and what is in their way', () => {
  test('all have something, or a leg is over that never had: then nobody has', async () => {
    const operations = reserves(await pools(1, 100), 2)
    await ledger.settle(settleOf(operations[0]!.legId, 0))
    const answers = await ledger.reserveAll(operations, 'all')
    expect(answers.map(({ taken, isClosed }) => [taken.length, isClosed])).toEqual([
      [0, true],
      [0, false],
    ])
  })

  test('what was asked before and after is answered in that order', async () => {
    const poolIds = await pools(1, 3)
    const [before, after] = reserves(poolIds, 2)
    const answers = await Promise.all([
      ledger.reserve(before!),
      ledger.reserveAll(reserves(poolIds, 3), 'as-many'),
      ledger.reserve(after!),
    ])
    expect(answers.flat().map(minutesTaken)).toEqual([[1], [1], [1], [], []])
  })

  test('one with an unknown pool is a fault of ours, and nobody has anything', async () => {
    const poolIds = await pools(1, 9)
    const operations = [...reserves(poolIds, 1), ...reserves([newId()], 1)]
    await expect(ledger.reserveAll(operations, 'as-many')).rejects.toBeInstanceOf(Fault)
    expect(await ledger.reserve(reserves(poolIds, 1)[0]!)).toMatchObject({ leftMs: 8 * minute })
  })

  test('nobody asks for nothing', async () => expect(await ledger.reserveAll([], 'all')).toEqual([]))
})

describe('a member’s limit', () => {
  const month = { periodFrom: noon }
  const capOf = (memberId: MemberId, limitMinutes: number | null) => ({
    ...month,
    memberId,
    limitMs: limitMinutes === null ? null : durationMs(limitMinutes * minute),
  })

  test('twenty legs at once on a limit of one minute: one is paid', async () => {
    const poolIds = await pools(1, 100)
    const cap = capOf(newId(), 1)
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => ledger.reserve(reserveOf(leg(), 0, { poolIds, wantMs: minute, cap }))),
    )
    expect(answers.filter(({ taken }) => taken.length === 1)).toHaveLength(1)
    expect(answers.map(({ limitLeftMs }) => limitLeftMs)).toEqual(answers.map(() => 0))
  })

  test('is asked with each slice, as it is by then; what is given back counts again', async () => {
    const [poolIds, memberId, legId] = [await pools(2, 100), newId<'member'>(), leg()]
    const ask = async (slice: number, limit: number | null, wanted = 2) => {
      const cap = capOf(memberId, limit)
      const { taken, limitLeftMs } = await ledger.reserve(
        reserveOf(legId, slice, { poolIds, wantMs: wanted * minute, cap }),
      )
      return [taken.reduce((sum, { ms }) => sum + ms, 0) / minute, limitLeftMs === null ? null : limitLeftMs / minute]
    }
    expect(await ask(0, 3)).toEqual([2, 1])
    expect(await ask(1, 3)).toEqual([1, 0])
    expect(await ask(2, 3)).toEqual([0, 0])
    expect(await ask(3, 1)).toEqual([0, 0])
    expect(await ask(4, 5)).toEqual([2, 0])
    expect(await ask(5, null, 1)).toEqual([1, null])
    await ledger.settle(settleOf(legId, minute))
    const cap = capOf(memberId, 5)
    expect(await ledger.reserve(reserveOf(leg(), 0, { poolIds, wantMs: minute, cap }))).toMatchObject({
      limitLeftMs: 3 * minute,
    })
  })

  test('of one month says nothing of the next, nor of another member', async () => {
    const [poolIds, memberId] = [await pools(1, 100), newId<'member'>()]
    const take = async (cap: UsageCap) =>
      (await ledger.reserve(reserveOf(leg(), 0, { poolIds, wantMs: minute, cap }))).taken.length
    const november = capOf(memberId, 1)
    const december = { ...november, periodFrom: later(noon, minute) }
    expect([await take(november), await take(november)]).toEqual([1, 0])
    expect([await take(december), await take(capOf(newId(), 1))]).toEqual([1, 1])
  })
})
