import { createHash } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { Ari } from '../adapters/asterisk/index.ts'
import { startEngine, startNetwork, type TestAsterisk } from '../testing/carriers/asterisk-instances.ts'
import { startPlainPhone } from '../testing/carriers/plain-phone.ts'
import type { SipPhone } from '../testing/carriers/sip-phone.ts'
import { freshDatabase, type TestDatabase } from '../adapters/postgres/testing.ts'
import { openFeed } from '../testing/feed.ts'
import { openHouse, type House } from '../testing/house.ts'
import { outsider, signInAs, type Json } from '../testing/outsider.ts'

type Person = Awaited<ReturnType<typeof signInAs>>

let engine: TestAsterisk
let network: TestAsterisk
let database: TestDatabase
let house: House
let ari: Ari
const phones: SipPhone[] = []

beforeAll(async () => {
  engine = await startEngine()
  network = await startNetwork(engine)
  database = await freshDatabase()
  house = await openHouse({ isDemo: true, engine, network, database })
  ari = new Ari({ ...engine.address, app: 'test' })
  ari.start()
  const operator = outsider(house, house.bootstrapKey)
  await vi.waitFor(
    async () => {
      const { items } = (await operator.get('/api/trunks')).body
      expect(items.map(({ reachability }: Json) => reachability)).toEqual(['up', 'up'])
    },
    { timeout: 20_000 },
  )
})
afterAll(async () => {
  for (const phone of phones) phone.close()
  ari.stop()
  await house.stop()
  await database.drop()
  await Promise.all([engine.stop(), network.stop()])
})

const driver = (): Promise<Person> => signInAs(house, 'driver', 'demo-driver')
let keys = 0
const place = (person: Person) =>
  person.post('/api/calls', { to: { number: '+8613000000002' } }, { 'idempotency-key': `out-${++keys}` })
/** A name may be listed a while longer for the channel that it had; what lets in is the object. */
async function browserUsers(): Promise<readonly string[]> {
  const endpoints = await ari.request('GET /endpoints/{tech}', { path: { tech: 'PJSIP' } })
  const names = endpoints.map(({ resource }) => resource).filter((name) => /^b[0-9a-f]{24}$/.test(name))
  const found = await Promise.all(
    ['endpoint', 'auth'].flatMap((objectType) =>
      names.map((id) =>
        ari
          .request('GET /asterisk/config/dynamic/{configClass}/{objectType}/{id}', {
            path: { configClass: 'res_pjsip', objectType, id },
          })
          .then(
            () => [`${objectType} ${id}`],
            () => [],
          ),
      ),
    ),
  )
  return found.flat()
}
const nobodyIsIn = () => vi.waitFor(async () => expect(await browserUsers()).toEqual([]), { timeout: 10_000 })
const nothingIsDialled = () =>
  vi.waitFor(async () => expect(await ari.request('GET /channels')).toEqual([]), { timeout: 10_000 })
const recordsOf = async (callId: string) =>
  (await (await signInAs(house, 'admin', 'demo-admin')).get(`/api/records?callId=${callId}`)).body.items
const recorded = (callId: string): Promise<Json> =>
  vi.waitFor(
    async () => {
      const [record] = await recordsOf(callId)
      expect(record).toBeDefined()
      return record
    },
    { timeout: 10_000 },
  )

async function talking(person: Person) {
  const { call, dialIn } = (await place(person)).body
  const phone = await startPlainPhone(engine, { ari, sipUser: dialIn.sipUser })
  phones.push(phone)
  const talk = await phone.call(dialIn.dial)
  await vi.waitFor(async () => expect((await person.get(`/api/calls/${call.id}`)).body.state).toBe('connected'), {
    timeout: 10_000,
  })
  return { call, talk }
}

test('who signs out while talking ends his call, his screens and his way in; his other sessions go on', async () => {
  const [one, other] = [await driver(), await driver()]
  const feed = openFeed(house.address, { token: one.token })
  const otherFeed = openFeed(house.address, { token: other.token })
  await Promise.all([feed.hello(), otherFeed.hello()])
  const { call } = await talking(one)
  expect((await one.remove('/api/session')).status).toBe(204)
  await feed.closed()
  expect(await recorded(call.id)).toMatchObject({ endReason: 'signed-out' })
  await otherFeed.heard('call', ({ call: heard }) => heard.id === call.id && heard.endReason === 'signed-out')
  await nobodyIsIn()
  expect((await other.get('/api/session')).status).toBe(200)
  await nothingIsDialled()
  otherFeed.close()
})

test('a call that another session took over goes on when the first signs out', async () => {
  const [one, other] = [await driver(), await driver()]
  const { call } = await talking(one)
  const { dialIn } = (await other.post(`/api/calls/${call.id}/attach`)).body
  const phone = await startPlainPhone(engine, { ari, sipUser: dialIn.sipUser })
  phones.push(phone)
  const mine = await phone.call(dialIn.dial)
  await vi.waitFor(() => expect(mine.answeredAt).not.toBeNull(), { timeout: 10_000 })
  await one.remove('/api/session')
  expect((await other.get(`/api/calls/${call.id}`)).body.state).toBe('connected')
  await other.remove('/api/session')
  expect(await recorded(call.id)).toMatchObject({ endReason: 'signed-out' })
})

test('signing out at any moment of placing a call leaves nobody who could dial, and nothing that was dialled', async () => {
  for (let moment = 0; moment < 20; moment++) {
    const person = await driver()
    const placing = place(person)
    for (let turns = 0; turns < moment * 10; turns++) await new Promise(setImmediate)
    expect((await person.remove('/api/session')).status).toBe(204)
    const { status, body } = await placing
    expect([201, 401, 404]).toContain(status)
    await nobodyIsIn()
    if (status !== 201) continue
    const record = await recorded(body.call.id)
    expect([record.endReason, record.legs]).toEqual(['signed-out', []])
  }
  // One that was not placed for its caller ends by itself, a moment later.
  const last = await driver()
  await vi.waitFor(async () => expect((await last.get('/api/calls?live=true')).body.items).toEqual([]), {
    timeout: 10_000,
  })
  await nothingIsDialled()
})

test('a session that ended while there was no server ends, with its call and its SIP user, when there is one; others go on', async () => {
  // Somebody who has not tried in vain as often as one may.
  const other = () => signInAs(house, 'driver2', 'demo-driver2')
  const [gone, stays] = [await other(), await other()]
  const [lost, kept] = [await talking(gone), await talking(stays)]
  await house.stop()
  const db = new pg.Client({ connectionString: database.ownerUrl })
  await db.connect()
  const { rowCount } = await db.query('DELETE FROM session WHERE token_hash = $1', [
    createHash('sha256').update(gone.token).digest('hex'),
  ])
  await db.end()
  expect([rowCount, (await browserUsers()).length]).toEqual([1, 4])
  house = await openHouse({ isDemo: true, engine, network, database })
  expect(await recorded(lost.call.id)).toMatchObject({ endReason: 'signed-out' })
  await vi.waitFor(async () => expect(await browserUsers()).toHaveLength(2), { timeout: 10_000 })
  const again = outsider(house, stays.token)
  expect((await again.get(`/api/calls/${kept.call.id}`)).body.state).toBe('connected')
  await again.remove('/api/session')
  expect(await recorded(kept.call.id)).toMatchObject({ endReason: 'signed-out' })
  await nobodyIsIn()
  await nothingIsDialled()
})
