import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../adapters/postgres/testing.ts'
import { openHouse, type House } from '../testing/house.ts'
import { foundOrganization, outsider, PASSWORD, signInAs, type Outsider } from '../testing/outsider.ts'

let database: TestDatabase
let house: House
let owner: pg.Client

beforeAll(async () => {
  database = await freshDatabase()
  house = await openHouse({ database })
  owner = new pg.Client({ connectionString: database.ownerUrl })
  await owner.connect()
})
afterAll(async () => {
  await owner.end()
  await house.stop()
  await database.drop()
})

const HIDDEN = '+8613900000001'
const SHIELDED = '+8613900000002'
const OPEN = '+8613900000003'
const NOBODYS = '+8613900000009'

let keys = 0
const place = async (person: Outsider, to: object) =>
  (await person.post('/api/calls', { to }, { 'idempotency-key': `key-${++keys}` })).body

/** Bob, an ordinary member, and three colleagues. No call gets out: there is no licence, which is told after all limits. */
async function officeOf(name: string) {
  const { slug, organization, administrator, member, make } = await foundOrganization(house, name)
  const ann = await signInAs(house, `${slug}-ann`, PASSWORD)
  const bob = await signInAs(house, `${slug}-bob`, PASSWORD)
  const hire = (login: string, how: object) =>
    make('/api/members', {
      organizationId: organization.id,
      name: login,
      login: `${slug}-${login}`,
      password: PASSWORD,
      ...how,
    })
  const shy = await hire('shy', { phone: HIDDEN, isNumberHidden: true })
  await hire('boss', { phone: SHIELDED, isShielded: true })
  await hire('colleague', { phone: OPEN })
  return { ann, bob, shy, administrator, member, organization }
}

test('the tag of a member, which a hidden number could be tried against, is told to who may change him alone', async () => {
  const { ann, bob, administrator, organization } = await officeOf('Heron')
  const path = `/api/members/${administrator.id}`
  expect((await ann.patch(path, { phone: '+8613900000011', isNumberHidden: true })).status).toBe(200)
  const seen = await bob.get(path)
  expect([seen.body.phone, seen.headers['etag']]).toEqual([null, undefined])
  expect((await ann.get(path)).headers['etag']).toEqual(expect.any(String))
  const operator = outsider(house, house.bootstrapKey)
  const asOperator = await operator.get(`${path}?organizationId=${organization.id}`)
  expect(asOperator.headers['etag']).toEqual(expect.any(String))
})

test.each(['nobody', 'colleagues', 'contacts'])(
  'who may call %s is told the same of a hidden and a shielded number as of nobody’s',
  async (mayCall) => {
    const { ann, bob, shy, member } = await officeOf(`Crane${mayCall}`)
    expect((await ann.patch(`/api/members/${member.id}`, { limits: { mayCall } })).status).toBe(200)
    const told = async (number: string) => {
      const { instance: _, decisionId: __, ...answer } = await place(bob, { number })
      return answer
    }
    const answer = await told(NOBODYS)
    expect(answer.code).toMatch(/^(caller-barred|callee-not-)/)
    expect([await told(HIDDEN), await told(SHIELDED)]).toEqual([answer, answer])
    if (mayCall === 'nobody') return
    // He may call both colleagues; only one by number.
    expect((await told(OPEN)).code).toBe('licence-missing')
    expect((await place(bob, { memberId: shy.id })).code).toBe('licence-missing')
  },
)

/** All decisions are made so much older, which time does elsewhere; they are written once, so not even the owner may otherwise. */
async function later(interval: string): Promise<void> {
  await owner.query('SET session_replication_role = replica')
  await owner.query("SELECT month_partition('decision', now() - interval '1 day')")
  await owner.query('UPDATE decision SET at = at - $1::interval', [interval])
}

test('sixty numbers in vain in an hour are the end of trying, also after a restart, and for the caller only', async () => {
  const { ann, bob, shy } = await officeOf('Egret')
  for (let guess = 0; guess < 60; guess += 1) {
    if (guess % 15 === 0) await later('2 minutes')
    const number = `+861390001${String(guess).padStart(4, '0')}`
    expect((await place(bob, { number })).code).toBe('licence-missing')
  }
  const refusal = { code: 'too-many-attempts', params: { limit: 60, span: 'hour' } }
  expect(await place(bob, { number: SHIELDED })).toMatchObject(refusal)
  await house.stop()
  house = await openHouse({ database })
  const again = await signInAs(house, 'egret-bob', PASSWORD)
  await later('2 minutes')
  const { params, alternatives, ...answer } = await place(again, { number: NOBODYS })
  expect({ ...answer, params }).toMatchObject(refusal)
  expect(alternatives).toEqual([{ kind: 'wait-until', at: params.againAt }])
  expect((await place(again, { number: '110' })).code).toBe('emergency-number')
  expect((await place(again, { memberId: shy.id })).code).toBe('licence-missing')
  expect((await place(outsider(house, ann.token), { number: NOBODYS })).code).toBe('licence-missing')
  await later('1 hour')
  expect((await place(again, { number: SHIELDED })).code).toBe('callee-shielded')
})
