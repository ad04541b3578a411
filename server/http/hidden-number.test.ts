import { afterAll, beforeAll, expect, test } from 'vitest'
import { openHouse, type House } from '../testing/house.ts'
import { foundOrganization, outsider, PASSWORD, signInAs } from '../testing/outsider.ts'

let house: House

beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.stop())

test('the tag of a member, which a hidden number could be tried against, is told to who may change him alone', async () => {
  const { organization, administrator, slug } = await foundOrganization(house, 'Heron')
  const ann = await signInAs(house, `${slug}-ann`, PASSWORD)
  const bob = await signInAs(house, `${slug}-bob`, PASSWORD)
  const path = `/api/members/${administrator.id}`
  expect((await ann.patch(path, { phone: '+8613900000001', isNumberHidden: true })).status).toBe(200)
  const seen = await bob.get(path)
  expect([seen.body.phone, seen.headers['etag']]).toEqual([null, undefined])
  expect((await ann.get(path)).headers['etag']).toEqual(expect.any(String))
  const operator = outsider(house, house.bootstrapKey)
  const asOperator = await operator.get(`${path}?organizationId=${organization.id}`)
  expect(asOperator.headers['etag']).toEqual(expect.any(String))
})
