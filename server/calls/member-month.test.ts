import { afterAll, beforeAll, test } from 'vitest'
import { offerFor } from '#entitlements'
import { durationMs, newId, type Instant } from '#kernel'
import { minute, type Subscriber } from '../adapters/postgres/testing-nouns.ts'
import { openTestStores, type TestStores } from '../adapters/postgres/testing-stores.ts'
import { liveThrough, memberMonths, ownerOf } from '../testing/member-months.ts'
import { leftOf, reserveSlice } from './reserve.ts'

let opened: TestStores

beforeAll(async () => {
  opened = await openTestStores()
})
afterAll(() => opened.close())

async function talk(of: Subscriber, at: Instant, minutes: number): Promise<number> {
  const { stores } = opened
  const version = (await stores.entitlements.planVersionAt(of.organization.id, at))!
  const terms = { ...version.terms, ...offerFor(version.terms, 'participant'), sliceMs: durationMs(60 * minute) }
  const meter = { legId: newId<'leg'>(), terms }
  const wanted = { heldMs: durationMs(0), beginsAt: at, now: at, owner: ownerOf(of), meter }
  // Near the end of a period a slice is short, however much there is.
  let tookMs = 0
  for (let latest = 1; latest > 0; tookMs += latest) {
    const slice = await reserveSlice({ ...wanted, operationId: newId() }, { stores })
    latest = slice.tookMs
  }
  const settle = { operationId: newId<'operation'>(), legId: meter.legId, at }
  await stores.ledger.settle({ ...settle, ratedMs: durationMs(minutes * minute) })
  return tookMs
}

test.each(memberMonths)('slices and what a call is told have one month: $what', (life) =>
  liveThrough(opened.stores, life, {
    left: async (of, at) => [(await leftOf(ownerOf(of), { at }, opened)).leftMs],
    talk,
  }),
)
