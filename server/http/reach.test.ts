import { afterAll, beforeAll, expect, test } from 'vitest'
import type pg from 'pg'
import { newId } from '#kernel'
import { openStores, type Stores } from '../adapters/postgres/index.ts'
import { aRecord } from '../adapters/postgres/testing-nouns.ts'
import { freshDatabase, type TestDatabase } from '../adapters/postgres/testing.ts'
import { openHouse, type House } from '../testing/house.ts'
import { foundOrganization, PASSWORD, signInAs, type Json } from '../testing/outsider.ts'
import { startPushReceiver, type PushReceiver } from '../testing/push-receiver.ts'

let database: TestDatabase
let receiver: PushReceiver
let house: House
let stores: Stores
let bob: Awaited<ReturnType<typeof signInAs>>
let heron: Awaited<ReturnType<typeof foundOrganization>>

beforeAll(async () => {
  ;[database, receiver] = await Promise.all([freshDatabase(), startPushReceiver()])
  house = await openHouse({ database, pushServices: [receiver.origin, 'push.example.com'] })
  stores = await openStores(database)
  heron = await foundOrganization(house, 'Heron')
  bob = await signInAs(house, 'heron-bob', PASSWORD)
})
afterAll(async () => {
  await Promise.all([house.stop(), stores.close(), receiver.stop()])
  await database.drop()
})

const change = (doNotDisturb: unknown) => bob.patch('/api/me', { doNotDisturb })
const asTold = async () => (await bob.get('/api/session')).body.doNotDisturb

test('do not disturb: is told with the session, until it ends by itself', async () => {
  expect(await asTold()).toBeNull()
  const until = new Date(Date.now() + 3_600_000).toISOString()
  for (const wish of [{ until: null }, { until }, null]) {
    expect((await change(wish)).status).toBe(204)
    expect(await asTold()).toEqual(wish)
  }
  await change({ until: '2026-01-01T00:00:00.000Z' })
  expect(await asTold()).toBeNull()
})

test('do not disturb: is his alone, and stays when he changes something else', async () => {
  await change({ until: null })
  await bob.patch('/api/me', { language: 'en' })
  expect(await asTold()).toEqual({ until: null })
  const ann = await signInAs(house, 'heron-ann', PASSWORD)
  expect((await ann.get('/api/session')).body.doNotDisturb).toBeNull()
  await change(null)
})

test.each([[{}], [{ until: 'tomorrow' }], [{ until: null, from: null }], [true]])(
  'do not disturb: is never %j',
  async (wish) => {
    expect((await change(wish)).body.code).toBe('bad-request')
  },
)

test('do not disturb: is audited when it changes', async () => {
  await change(null)
  const count = async () => (await auditOf(bob.memberId)).length
  const before = await count()
  await change({ until: null })
  await change({ until: null })
  const entries = await auditOf(bob.memberId)
  expect(entries).toHaveLength(before + 1)
  expect(entries.at(-1)).toMatchObject({
    action: 'member.changed',
    detail: { before: { doNotDisturb: null }, after: { doNotDisturb: { until: null } } },
  })
  await change(null)
})

async function auditOf(subjectId: string): Promise<readonly Json[]> {
  const { default: driver } = await import('pg')
  const client: pg.Client = new driver.Client({ connectionString: database.ownerUrl })
  await client.connect()
  const { rows } = await client.query('SELECT action, detail FROM audit WHERE subject_id = $1 ORDER BY seq', [
    subjectId,
  ])
  await client.end()
  return rows
}

test('missed calls: are counted, and seen up to the instant of the last one that a screen showed', async () => {
  expect((await bob.get('/api/me/missed')).body).toEqual({ count: 0, seenUntil: null })
  const first = Date.now() - 120_000
  for (const at of [first, first + 60_000])
    await stores.records.append(
      aRecord(
        { organizationId: heron.organization.id, memberId: heron.administrator.id },
        {
          kind: 'network',
          path: 'internet',
          dialled: '801',
          placedAt: at as never,
          answeredAt: null,
          endReason: 'no-answer',
          parties: [{ partyId: newId(), role: 'participant', memberId: bob.memberId as never }],
        },
      ),
    )
  const seenUntil = new Date(first).toISOString()
  expect((await bob.get('/api/me/missed')).body).toEqual({ count: 2, seenUntil: null })
  const seen = await bob.post('/api/me/missed/seen', { until: seenUntil })
  expect([seen.status, seen.body]).toEqual([200, { count: 1, seenUntil }])
  expect((await bob.get('/api/me/missed')).body).toEqual({ count: 1, seenUntil })
  const ann = await signInAs(house, 'heron-ann', PASSWORD)
  expect((await ann.get('/api/me/missed')).body).toEqual({ count: 0, seenUntil: null })
})

test('missed calls: of the future are not seen yet', async () => {
  const until = new Date(Date.now() + 60_000).toISOString()
  const { status, body } = await bob.post('/api/me/missed/seen', { until })
  expect([status, body.faults]).toEqual([400, [{ path: 'until', message: 'in the future' }]])
})

const put = (body: unknown, who = bob) => who.send({ method: 'PUT', path: '/api/me/push', body })
const remove = (endpoint: string, who = bob) => who.send({ method: 'DELETE', path: '/api/me/push', body: { endpoint } })
const known = async ({ memberId } = bob) =>
  (await stores.reach.subscriptions(memberId as never)).map(({ endpoint }) => endpoint)
const subscription = () => {
  const { endpoint, p256dh, auth } = receiver.addBrowser()
  return { endpoint, keys: { p256dh, auth }, expirationTime: null }
}

test('a browser: subscribes by the key of this installation, and is woken no more when it says so', async () => {
  const { publicKey } = (await bob.get('/api/me/push')).body
  expect(Buffer.from(publicKey, 'base64url')).toHaveLength(65)
  const told = subscription()
  expect((await put(told)).status).toBe(204)
  expect((await put(told)).status).toBe(204)
  expect(await known()).toEqual([told.endpoint])
  const ann = await signInAs(house, 'heron-ann', PASSWORD)
  expect((await remove(told.endpoint, ann)).status).toBe(204)
  expect(await known()).toEqual([told.endpoint])
  expect((await remove(told.endpoint)).status).toBe(204)
  expect(await known()).toEqual([])
  expect((await remove(told.endpoint)).status).toBe(204)
})

test('a browser: is woken no more once its session is over', async () => {
  const again = await signInAs(house, 'heron-bob', PASSWORD)
  const [one, other] = [subscription(), subscription()]
  await put(one, again)
  await put(other)
  await again.remove('/api/session')
  expect(await known()).toEqual([other.endpoint])
  await remove(other.endpoint)
})

test.each([
  'https://169.254.169.254/latest/meta-data',
  'http://push.example.com/a',
  'https://push.example.com:9200/a',
  'https://push.example.com@10.0.0.1/a',
  'http://127.0.0.1:5432/',
  'file:///etc/passwd',
])('a browser: is not woken at %s', async (endpoint) => {
  const { status, body } = await put({ ...subscription(), endpoint })
  expect([status, body.code]).toEqual([422, 'push-service-unknown'])
  expect(await known()).toEqual([])
})

test.each([
  ['keys.p256dh', { p256dh: 'short' }],
  ['keys.auth', { auth: 'short' }],
  ['endpoint', { endpoint: 'nowhere' }],
])('a browser: one that says no %s is not understood', async (path, change) => {
  const { endpoint, keys } = subscription()
  const body = { endpoint, keys, ...('endpoint' in change ? change : { keys: { ...keys, ...change } }) }
  const answer = await put(body)
  expect([answer.status, answer.body.faults[0].path]).toEqual([400, path])
})

test('a browser: keeps its secret: neither the log nor any answer has it', async () => {
  const told = subscription()
  await put(told)
  await bob.get('/api/session')
  await bob.get('/api/me/push')
  for (const secret of [told.keys.auth, told.keys.p256dh, told.endpoint]) expect(house.log()).not.toContain(secret)
  await remove(told.endpoint)
})
