import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../adapters/postgres/testing.ts'
import { openHouse, type House } from '../testing/house.ts'
import { outsider, signInAs, type Json } from '../testing/outsider.ts'

let database: TestDatabase
let house: House
beforeAll(async () => {
  database = await freshDatabase()
  house = await openHouse({ isDemo: true, database })
})
afterAll(async () => {
  await house.stop()
  await database.drop()
})

test('everybody whom it names can sign in, also who is suspended', async () => {
  const { items } = (await outsider(house).get('/api/demo/accounts')).body
  expect(items).toHaveLength(12)
  for (const { login, password, name } of items) {
    const person = await signInAs(house, login, password)
    expect((await person.get('/api/session')).body).toMatchObject({ name, isDemo: true })
  }
})

test.each([
  ['driver', null],
  ['suspended', 'member-suspended'],
  ['barred', 'caller-barred'],
])('%s is told at once whether calls are barred to him', async (login, barredBy) => {
  const person = await signInAs(house, login, `demo-${login}`)
  expect((await person.get('/api/session')).body).toMatchObject({ barredBy })
})

test('what one could still talk is no more than one’s monthly limit, and without one what the pools have', async () => {
  const left = async (login: string): Promise<number> => {
    const person = await signInAs(house, login, `demo-${login}`)
    const { items } = (await person.get('/api/pools')).body
    const { memberId } = (await person.get('/api/session')).body
    const free = (items as { memberId: string | null; grantedMs: number }[])
      .filter((one) => one.memberId === null || one.memberId === memberId)
      .reduce((sum, one) => sum + one.grantedMs, 0)
    return free - (await person.get('/api/me/minutes')).body.leftMs
  }
  expect(await left('admin')).toBe(0)
  // 300 minutes a month, of 1,060.
  expect(await left('driver')).toBe(760 * 60_000)
})

test('its organization has what it takes to call', async () => {
  const admin = await signInAs(house, 'admin', 'demo-admin')
  const operator = outsider(house, house.bootstrapKey)
  const count = async (path: string) => {
    const reader = /trunks|carriers/.test(path) ? operator : admin
    return (await reader.get(path)).body.items.length as number
  }
  const paths = ['members', 'trunks', 'carriers', 'numbers', 'licences', 'plans', 'subscriptions', 'contacts']
  const counts = Object.fromEntries(await Promise.all(paths.map(async (path) => [path, await count(`/api/${path}`)])))
  expect(counts).toEqual({
    members: 12,
    trunks: 2,
    carriers: 1,
    numbers: 1,
    licences: 3,
    plans: 1,
    subscriptions: 1,
    contacts: 9,
  })
  const pools = (await admin.get('/api/pools')).body.items as Json[]
  const granted = (bucket: string) =>
    pools.filter((pool) => pool.bucket === bucket).map((pool) => pool.grantedMs / 60_000)
  expect(granted('organization')).toEqual([1000])
  expect(granted('member')).toEqual(Array(12).fill(60))
})

test('its numbers are the test numbers and the phones of its people', async () => {
  const { items } = (await outsider(house).get('/api/demo/numbers')).body
  expect(
    items.filter(({ behaviour }: Json) => behaviour !== 'handset').map(({ number }: Json) => number.slice(-2)),
  ).toEqual(['01', '02', '03', '04', '05', '06', '07', '08', '09'])
  expect(items.filter(({ behaviour }: Json) => behaviour === 'handset')).toHaveLength(12)
})

test('it reaches no real carrier', async () => {
  const operator = outsider(house, house.bootstrapKey)
  const carrierId = (await operator.get('/api/carriers')).body.items[0].id
  const trunk = (host: string) =>
    operator.post('/api/trunks', { carrierId, name: `to ${host}`, host, auth: { kind: 'ip' } })
  expect((await trunk('sip.carrier.example')).body.code).toBe('demo-refused')
  expect((await trunk('127.0.0.5')).status).toBe(201)
})

test('a handset of another site is refused', async () => {
  const answer = await outsider(house).post(
    '/api/demo/handsets',
    { number: '+8613900000001' },
    { origin: 'https://evil.example' },
  )
  expect(answer.body.code).toBe('origin-refused')
})

test('started again it finds everything as it was', async () => {
  const again = await openHouse({ isDemo: true, database })
  const admin = await signInAs(again, 'admin', 'demo-admin')
  expect((await admin.get('/api/members')).body.items).toHaveLength(12)
  await again.stop()
})

test('started again its trunks are where the simulated network is now; what an operator changed stays', async () => {
  const db = new pg.Client({ connectionString: database.ownerUrl })
  await db.connect()
  await db.query('UPDATE trunk SET port = 1')
  const operator = outsider(house, house.bootstrapKey)
  const trunks = async () => (await operator.get('/api/trunks')).body.items as Json[]
  const [{ id }] = await trunks()
  await operator.patch(`/api/trunks/${id}`, { standing: 'suspended', priority: 50 })
  expect((await trunks()).find((one) => one.id === id)).toMatchObject({ standing: 'suspended', priority: 50 })
  const again = await openHouse({ isDemo: true, database })
  expect((await trunks()).find((one) => one.id === id)).toMatchObject({ standing: 'suspended', priority: 50 })
  const { rows } = await db.query('SELECT count(*)::int AS stale FROM trunk WHERE port = 1 AND id = $1', [id])
  expect(rows).toEqual([{ stale: 0 }])
  await Promise.all([again.stop(), db.end()])
})

test('its passwords open nothing where there is no demo', async () => {
  const real = await openHouse({ isDemo: false, database })
  const answer = await outsider(real).post('/api/session', { login: 'admin', password: 'demo-admin' })
  expect([answer.status, answer.body.code]).toEqual([401, 'sign-in-failed'])
  await real.stop()
})
