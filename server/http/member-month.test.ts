import { afterAll, beforeAll, expect, test } from 'vitest'
import { memberMonthOf } from '#entitlements'
import { durationMs, instant, newId, parseZone, type Instant } from '#kernel'
import { anAttempt, minute, subscribe, type Subscriber } from '../adapters/postgres/testing-nouns.ts'
import { openTestStores, type TestStores } from '../adapters/postgres/testing-stores.ts'
import { drawFrom, liveThrough, memberMonths, ownerOf, plenty } from '../testing/member-months.ts'
import { ownMinutesLeft } from './shown-pools.ts'

let opened: TestStores

beforeAll(async () => {
  opened = await openTestStores()
})
afterAll(() => opened.close())

const looked = (of: Subscriber, at: Instant) =>
  ownMinutesLeft(ownerOf(of), { stores: opened.stores, clock: { now: () => at } })

/** What a call's first slice would be asked of. */
const judged = async (of: Subscriber, at: Instant) =>
  (await opened.stores.admission.loadWorld(anAttempt(of, { at }), {}))!

async function talk(of: Subscriber, at: Instant, minutes: number): Promise<number> {
  const { pools, periodEndsAt, caller } = await judged(of, at)
  const [legId, incrementMs] = [newId<'leg'>(), durationMs(minute)]
  const { taken } = await opened.stores.ledger.reserve({
    operationId: newId(),
    legId,
    poolIds: pools.map(({ id }) => id),
    wantMs: durationMs(60 * minute),
    firstIncrementMs: incrementMs,
    incrementMs,
    cap: { ...memberMonthOf(of.member.id, periodEndsAt), limitMs: caller.limits.monthlyMs },
    at,
  })
  await opened.stores.ledger.settle({ operationId: newId(), legId, ratedMs: durationMs(minutes * minute), at })
  return taken.reduce((sum, { ms }) => sum + ms, 0)
}

test.each(memberMonths)('who looks at his minutes sees one month: $what', (life) =>
  liveThrough(opened.stores, life, { left: async (of, at) => [await looked(of, at)], talk }),
)

test('who has no limit sees what a call would draw, and without a plan nothing', async () => {
  const { stores } = opened
  const of = await subscribe(stores, { organization: { zone: parseZone('Asia/Shanghai')! }, terms: plenty })
  const left = async (at: Instant) => [
    await looked(of, at),
    (await judged(of, at)).pools.reduce((sum, { freeMs }) => sum + freeMs, 0),
  ]
  const noon = (day: number): Instant => instant(Date.UTC(2026, 10, day, 12))
  expect(await left(noon(10))).toEqual([200 * minute, 200 * minute])
  await drawFrom(stores, of, { draws: ['organization'], at: noon(11) })
  expect(await left(noon(11))).toEqual([100 * minute, 100 * minute])
  const [current] = await stores.entitlements.subscriptions(of.organization.id)
  await stores.entitlements.endSubscription(current!.id, noon(12))
  expect(await left(noon(12))).toEqual([0, 0])
})
