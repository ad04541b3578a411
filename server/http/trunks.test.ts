import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openHouseAsOwner, type House } from '../testing/house.ts'
import { foundOrganization, type Outsider } from '../testing/outsider.ts'

let db: pg.Client
let house: House
let close: () => Promise<void>
let operator: Outsider
const NOBODY = '00000000-0000-7000-8000-000000000000'

beforeAll(async () => {
  ;({ house, db, close } = await openHouseAsOwner())
  operator = (await foundOrganization(house, 'Heron')).operator
})
afterAll(() => close())

const trunk = async () => ({
  carrierId: (await operator.post('/api/carriers', { name: `Carrier ${Math.random()}` })).body.id as string,
  name: `Trunk ${Math.random()}`,
  host: '127.0.0.1',
  auth: { kind: 'digest', username: 'u', password: 'very secret' },
})

const changeTrunk = (id: string, body: object) => operator.send({ method: 'PATCH', path: `/api/trunks/${id}`, body })

test('each field of a trunk can be changed, by itself; the rest stays', async () => {
  const { body: made } = await operator.post('/api/trunks', await trunk())
  const changes: readonly object[] = [
    { name: `Renamed ${made.id}` },
    { host: 'sip.example' },
    { port: null },
    { port: 5080 },
    { transport: 'tcp' },
    { registers: true },
    { numberFormat: 'national' },
    { callerIdFormat: 'e164-without-plus' },
    { fromUser: 'acct' },
    { fromDomain: 'voip.example' },
    { outboundProxy: 'proxy.example:5070' },
    { qualifyIntervalS: 0 },
    { qualifyIntervalS: 3600 },
    { zones: ['international'] },
    { priority: 7 },
    { failsOverOnTimeout: false },
    { auth: { kind: 'ip' } },
    { standing: 'suspended' },
    { standing: 'active' },
    {},
  ]
  let expected = made
  for (const change of changes) {
    expected = { ...expected, ...change }
    const changed = await changeTrunk(made.id, change)
    expect(changed).toMatchObject({ status: 200, body: expected })
  }
  expect((await operator.get('/api/trunks')).body.items).toContainEqual(expected)
})

test('a trunk’s password is kept unless another is given, and never told', async () => {
  const { body: made } = await operator.post('/api/trunks', await trunk())
  const changed = await changeTrunk(made.id, { auth: { kind: 'digest', username: 'other' } })
  expect(changed.body.auth).toEqual({ kind: 'digest', username: 'other' })
  await changeTrunk(made.id, { auth: { kind: 'ip' } })
  expect(await changeTrunk(made.id, { auth: { kind: 'digest', username: 'u' } })).toMatchObject({
    status: 400,
    body: { code: 'bad-request', faults: [{ path: 'auth.password' }] },
  })
})

test.each([
  ['an interval shorter than 2 s', { qualifyIntervalS: 1 }],
  ['an interval longer than an hour', { qualifyIntervalS: 3601 }],
  ['a domain with a port', { fromDomain: 'voip.example:5060' }],
  ['a proxy with parameters', { outboundProxy: 'proxy.example;lr' }],
  ['another carrier’s name for a number format', { callerIdFormat: 'e.164' }],
  ['no port at all', { port: 0 }],
])('a trunk with %s is refused by schema', async (_, change) => {
  const { body: made } = await operator.post('/api/trunks', await trunk())
  expect(await changeTrunk(made.id, change)).toMatchObject({ status: 400, body: { code: 'bad-request' } })
})

test('a trunk that is not there, or takes another’s name', async () => {
  const [one, other] = [
    await operator.post('/api/trunks', await trunk()),
    await operator.post('/api/trunks', await trunk()),
  ]
  expect(await changeTrunk(NOBODY, { priority: 1 })).toMatchObject({ status: 404 })
  expect(await changeTrunk(one.body.id, { name: other.body.name })).toMatchObject({
    status: 409,
    body: { code: 'name-taken' },
  })
})

test('a trunk changed by two at once has what each changed; who says what he saw is told that it is no more', async () => {
  const made = await operator.post('/api/trunks', await trunk())
  const path = `/api/trunks/${made.body.id}`
  for (let round = 1; round <= 20; round++) {
    const changes = [{ priority: round }, { fromUser: `acct${round}` }]
    await Promise.all(changes.map((change) => operator.patch(path, change)))
    const trunks = (await operator.get('/api/trunks')).body.items as { readonly id: string }[]
    expect(trunks.find(({ id }) => id === made.body.id)).toMatchObject(Object.assign({}, ...changes))
  }
  const seen = { 'if-match': String(made.headers['etag']) }
  expect(await operator.patch(path, { priority: 7 }, seen)).toMatchObject({
    status: 412,
    body: { code: 'changed-meanwhile' },
  })
  const now = (await operator.patch(path, {})).headers['etag']
  expect((await operator.patch(path, { priority: 7 }, { 'if-match': String(now) })).status).toBe(200)
})

test('what was changed of a trunk is written down as it was and as it is; of a password, that it was', async () => {
  const { body: made } = await operator.post('/api/trunks', await trunk())
  const path = `/api/trunks/${made.id}`
  const digest = (username: string, password: string) => ({ auth: { kind: 'digest', username, password } })
  await operator.patch(path, { priority: 7, ...digest('other', 'very secret') })
  await operator.patch(path, { priority: 7 })
  await operator.patch(path, digest('other', 'more secret'))
  const auth = { kind: 'digest', username: 'other' }
  expect(await auditOf(made.id)).toEqual([
    { before: { auth: { ...auth, username: 'u' }, priority: made.priority }, after: { auth, priority: 7 } },
    { passwordChanged: true },
  ])
})

test('seats of a subscription as they were and as they are', async () => {
  const { organization } = await foundOrganization(house, 'Crane')
  const [subscription] = (await operator.get(`/api/subscriptions?organizationId=${organization.id}`)).body.items
  const path = `/api/subscriptions/${subscription.id}`
  await operator.patch(path, { seats: 3 })
  await operator.patch(path, { seats: 3 })
  expect(await auditOf(subscription.id)).toEqual([{ before: { seats: subscription.seats }, after: { seats: 3 } }])
})

async function auditOf(subjectId: string): Promise<readonly object[]> {
  const changes = await db.query(
    "SELECT detail FROM audit WHERE subject_id = $1 AND action LIKE '%.changed' ORDER BY seq",
    [subjectId],
  )
  return changes.rows.map(({ detail }) => detail)
}
