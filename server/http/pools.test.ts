import { offerFor } from '#entitlements'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { instant, type MemberId, type OrganizationId } from '#kernel'
import { openStores, type Stores } from '../adapters/postgres/index.ts'
import { freshDatabase, type TestDatabase } from '../adapters/postgres/testing.ts'
import { openHouse, type House } from '../testing/house.ts'
import { foundOrganization, PASSWORD, signInAs, type Json, type Outsider } from '../testing/outsider.ts'

let database: TestDatabase
let stores: Stores
let house: House
let ann: Outsider
let bob: Outsider
let annId: string
let bobId: string

/** A month that is over: Bob alone called in it. */
const LAST = '2026-03'
const noon = instant(Date.parse('2026-03-10T12:00:00.000Z'))

beforeAll(async () => {
  database = await freshDatabase()
  house = await openHouse({ database })
  stores = await openStores(database)
  const heron = await foundOrganization(house, 'Heron')
  ann = await signInAs(house, 'heron-ann', PASSWORD)
  bob = await signInAs(house, 'heron-bob', PASSWORD)
  annId = (await ann.get('/api/session')).body.memberId
  bobId = (await bob.get('/api/session')).body.memberId
  const organizationId = heron.organization.id as OrganizationId
  const [version] = await stores.entitlements.planVersions(heron.plan.id)
  const owner = { organizationId, memberId: bobId as MemberId }
  await stores.entitlements.openPools(owner, { at: noon, offer: offerFor(version!.terms, 'participant') })
})
afterAll(async () => {
  await house.stop()
  await stores.close()
  await database.drop()
})

const names = async (who: Outsider, query: string): Promise<readonly (string | null)[]> =>
  (await who.get(`/api/pools?${query}`)).body.items.map(({ memberName }: Json) => memberName)

test('the current month is shown where none is named; a month that is over has the pools that were used, and no others', async () => {
  expect(await names(ann, '')).toEqual([null, 'Ann', 'Bob'])
  expect(await names(ann, `month=${LAST}`)).toEqual([null, 'Bob'])
  expect(await names(ann, 'month=2026-02')).toEqual([])
  expect(await names(ann, 'month=all')).toEqual([null, null, 'Ann', 'Bob', 'Bob'])
})

test('pools are found by member, by text and by bucket', async () => {
  expect(await names(ann, `memberId=${bobId}`)).toEqual(['Bob'])
  expect(await names(ann, 'text=HERON-B')).toEqual(['Bob'])
  expect(await names(ann, 'text=nobody')).toEqual([])
  expect(await names(ann, 'bucket=organization&month=all')).toEqual([null, null])
  expect(await names(ann, 'bucket=member')).toEqual(['Ann', 'Bob'])
  for (const query of ['month=2026-13', 'month=last', 'bucket=house', 'memberId=me'])
    expect([query, (await ann.get(`/api/pools?${query}`)).body.code]).toEqual([query, 'bad-request'])
})

test('all months come by pages, each pool on one of them', async () => {
  const whole = (await ann.get('/api/pools?month=all')).body.items
  for (const limit of [1, 2, 3]) {
    const found: Json[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const path = `/api/pools?month=all&limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`
      const { body }: Json = await ann.get(path)
      found.push(...body.items)
      cursor = body.next
    }
    expect(found).toEqual(whole)
  }
})

test('a pool is read by its id, whatever its month and whether it was used; of others only who is in charge sees it', async () => {
  for (const pool of (await ann.get('/api/pools?month=all')).body.items as Json[]) {
    expect((await ann.get(`/api/pools/${pool.id}`)).body).toEqual(pool)
    expect((await bob.get(`/api/pools/${pool.id}`)).status).toBe(pool.memberId === annId ? 404 : 200)
    expect((await ann.get(`/api/ledger?poolId=${pool.id}`)).status).toBe(200)
  }
  expect(await names(bob, 'month=all')).toEqual([null, null, 'Bob', 'Bob'])
  expect((await bob.get(`/api/pools?memberId=${annId}`)).status).toBe(404)
})
