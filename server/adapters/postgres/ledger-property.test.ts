import type { MemberMonth, Reserve, Reserved, Settle, Settled, Together } from '#entitlements'
import { durationMs, newId, type LegId, type MemberId, type PoolId } from '#kernel'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PureLedger } from '../../testing/pure-ledger.ts'
import { ledgerFaults, noFaults } from './ledger-check.ts'
import { type ClosableLedger, openLedger } from './ledger.ts'
import { freshDatabase, type TestDatabase } from './testing.ts'
import { createPools, noon, reserveOf, settleOf } from './testing-ledger.ts'

let database: TestDatabase
let ledgers: readonly [ClosableLedger, ClosableLedger]
let client: pg.Client

beforeAll(async () => {
  database = await freshDatabase()
  ledgers = [
    openLedger({ url: database.appUrl, deadlineMs: 20_000 }),
    openLedger({ url: database.appUrl, deadlineMs: 20_000 }),
  ]
  client = new pg.Client({ connectionString: database.ownerUrl })
  await client.connect()
})
afterAll(async () => {
  for (const ledger of ledgers) await ledger.close()
  await client.end()
  await database.drop()
})

type Step = {
  readonly leg: number
  readonly slice: number
  readonly pools: readonly number[]
  readonly wantMs: number
  readonly firstMs: number
  readonly nextMs: number
  readonly ratedMs: number | null
  /** Of the leg's member; `null` = none. */
  readonly limitMs: number | null
}

const poolCount = 3
const legCount = 5
/** One step in five is a settlement. Few legs and slices, so that the same operation comes again and again. */
const step: fc.Arbitrary<Step> = fc.record({
  leg: fc.nat(legCount - 1),
  slice: fc.nat(4),
  pools: fc.shuffledSubarray([0, 1, 2], { minLength: 1 }),
  wantMs: fc.nat(200),
  firstMs: fc.integer({ min: 1, max: 40 }),
  nextMs: fc.integer({ min: 1, max: 40 }),
  ratedMs: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(300) }),
  limitMs: fc.option(fc.nat(400)),
})

/** Several legs at once, each as its step says; a member's limit is the first one's. */
type Batch = { readonly legs: readonly Step[]; readonly how: Together; readonly limitMs: number | null }

const batch: fc.Arbitrary<Batch> = fc.record({
  legs: fc.uniqueArray(
    step.map((one) => ({ ...one, ratedMs: null })),
    { minLength: 1, maxLength: legCount, selector: ({ leg }) => leg },
  ),
  how: fc.constantFrom('all', 'as-many'),
  limitMs: fc.option(fc.nat(400)),
})

type Operation =
  | { readonly reserve: Reserve }
  | { readonly settle: Settle }
  | { readonly reserves: readonly Reserve[]; readonly how: Together }

type Nouns = {
  readonly legs: readonly LegId[]
  readonly pools: readonly PoolId[]
  readonly members: readonly MemberId[]
}

/** Two members have two legs each; the last leg is nobody's. */
const monthOf = (members: readonly MemberId[], leg: number): MemberMonth | null =>
  leg === legCount - 1 ? null : { memberId: members[leg % members.length]!, periodFrom: noon }

function operationOf(given: Step | Batch, nouns: Nouns): Operation {
  if ('how' in given) {
    const { legs, how, limitMs } = given
    return { how, reserves: legs.map((one) => reserveOfStep({ ...one, limitMs }, nouns)) }
  }
  return given.ratedMs === null
    ? { reserve: reserveOfStep(given, nouns) }
    : { settle: settleOf(nouns.legs[given.leg]!, given.ratedMs) }
}

function reserveOfStep({ leg, slice, limitMs: limit, ...given }: Step, { legs, pools, members }: Nouns): Reserve {
  const month = monthOf(members, leg)
  const { wantMs, firstMs, nextMs } = given
  const limitMs = limit === null ? null : durationMs(limit)
  return reserveOf(legs[leg]!, slice, {
    poolIds: given.pools.map((place) => pools[place]!),
    wantMs,
    firstMs,
    nextMs,
    ...(month !== null && { cap: { ...month, limitMs } }),
  })
}

/** The arbitrary repeats an operation with its pools in another order; the answer follows the question's. */
const byPool = (answer: Reserved): Reserved => ({
  ...answer,
  taken: answer.taken.toSorted((a, b) => (a.poolId < b.poolId ? -1 : 1)),
})

async function send(ledger: ClosableLedger, asked: Operation): Promise<readonly (Reserved | Settled)[]> {
  if ('reserves' in asked) return (await ledger.reserveAll(asked.reserves, asked.how)).map(byPool)
  return ['reserve' in asked ? byPool(await ledger.reserve(asked.reserve)) : await ledger.settle(asked.settle)]
}

function answerOf(ledger: PureLedger, asked: Operation): readonly (Reserved | Settled)[] {
  if ('reserves' in asked) return ledger.reserveAll(asked.reserves, asked.how).map(byPool)
  return ['reserve' in asked ? byPool(ledger.reserve(asked.reserve)) : ledger.settle(asked.settle)]
}

/** An operation that found nothing may find something when it comes again, but not inside one statement. */
const withoutTwins = (operations: readonly Operation[]): readonly Operation[] => [
  ...new Map(operations.map((one) => [nameOf(one), one])).values(),
]

function nameOf(asked: Operation): unknown {
  if ('reserves' in asked) return asked
  return 'reserve' in asked ? asked.reserve.operationId : asked.settle.operationId
}

/** What was moved, without what was free when it was asked: that is another at each time. */
const moved = (answers: readonly (Reserved | Settled)[]) =>
  answers.map((answer) => ('taken' in answer ? answer.taken : answer))

const freshNouns = async (grantMs: number) => ({
  pools: await createPools(database.ownerUrl, poolCount, grantMs),
  legs: Array.from({ length: legCount }, () => newId<'leg'>()),
  members: [newId<'member'>(), newId<'member'>()],
})

/** What the database counts in the members' months; each has one. */
async function monthsOf(members: readonly MemberId[]): Promise<ReadonlyMap<MemberId, unknown>> {
  const { rows } = await client.query<{ member_id: MemberId; used: string; held: string }>(
    'SELECT member_id, used_ms AS used, held_ms AS held FROM member_usage WHERE member_id = ANY ($1)',
    [members],
  )
  return new Map(rows.map(({ member_id, used, held }) => [member_id, { usedMs: Number(used), heldMs: Number(held) }]))
}

test('a ledger fed in batches of any size answers as if each operation came alone', { timeout: 120_000 }, async () => {
  const asked = fc.oneof({ weight: 6, arbitrary: step }, { weight: 1, arbitrary: batch })
  const rounds = fc.array(fc.array(asked, { minLength: 1, maxLength: 25 }), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(rounds, fc.integer({ min: 1, max: 400 }), async (given, grantMs) => {
      const nouns = await freshNouns(grantMs)
      const expected = new PureLedger(new Map(nouns.pools.map((poolId) => [poolId, grantMs])))
      for (const round of given) {
        const operations = withoutTwins(round.map((one) => operationOf(one, nouns)))
        const answers = await Promise.all(operations.map((operation) => send(ledgers[0], operation)))
        expect(answers).toEqual(operations.map((operation) => answerOf(expected, operation)))
      }
      for (const [memberId, month] of await monthsOf(nouns.members))
        expect(month).toEqual(expected.month({ memberId, periodFrom: noon }))
    }),
    { numRuns: 120 },
  )
  expect(await ledgerFaults(client)).toEqual(noFaults)
})

test(
  'two connections, every operation sent on both and twice: applied once, never past the grant',
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 6, arbitrary: step }, { weight: 1, arbitrary: batch }), {
          minLength: 2,
          maxLength: 60,
        }),
        fc.integer({ min: 1, max: 400 }),
        async (given, grantMs) => {
          const nouns = await freshNouns(grantMs)
          const operations = given.map((one) => operationOf(one, nouns))
          const sent = [...operations, ...operations.toReversed()]
          await Promise.all(ledgers.flatMap((ledger) => sent.map((operation) => send(ledger, operation))))
          const again = await Promise.all(
            ledgers.map((ledger) => Promise.all(operations.map((operation) => send(ledger, operation)))),
          )
          expect(again[1]!.map(moved)).toEqual(again[0]!.map(moved))
        },
      ),
      { numRuns: 60 },
    )
    expect(await ledgerFaults(client)).toEqual(noFaults)
  },
)

test('a first reserve and a settlement of the same leg, at once on two connections, leave nothing held', async () => {
  const pools = await createPools(database.ownerUrl, 1, 1_000_000)
  for (let round = 0; round < 20; round++) {
    const legs = Array.from({ length: 100 }, () => newId<'leg'>())
    await Promise.all(
      legs.flatMap((legId) => [
        ledgers[round % 2]!.reserve(reserveOf(legId, 0, { poolIds: pools, wantMs: 1, nextMs: 1 })),
        ledgers[(round + 1) % 2]!.settle(settleOf(legId, 0)),
      ]),
    )
  }
  expect(await ledgerFaults(client)).toEqual(noFaults)
})
