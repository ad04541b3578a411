import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Ari } from '../adapters/asterisk/index.ts'
import { startEngine, startNetwork, type TestAsterisk } from '../testing/carriers/asterisk-instances.ts'
import { startPlainPhone } from '../testing/carriers/plain-phone.ts'
import type { SipPhone } from '../testing/carriers/sip-phone.ts'
import { openFeed } from '../testing/feed.ts'
import { openHouse, type House } from '../testing/house.ts'
import { outsider, signInAs } from '../testing/outsider.ts'

type Person = Awaited<ReturnType<typeof signInAs>>

let engine: TestAsterisk
let network: TestAsterisk
let house: House
let ari: Ari
let driver: Person
let admin: Person
const phones: SipPhone[] = []

beforeAll(async () => {
  engine = await startEngine()
  network = await startNetwork(engine)
  house = await openHouse({ isDemo: true, engine, network })
  ari = new Ari({ ...engine.address, app: 'test' })
  ari.start()
  driver = await as('driver')
  admin = await as('admin')
  const operator = outsider(house, house.bootstrapKey)
  await vi.waitFor(
    async () => {
      const { items } = (await operator.get('/api/trunks')).body
      expect(items.map(({ reachability }: { reachability: string }) => reachability)).toEqual(['up', 'up'])
    },
    { timeout: 20_000 },
  )
})
afterAll(async () => {
  for (const phone of phones) phone.close()
  ari.stop()
  await house.stop()
  await Promise.all([engine.stop(), network.stop()])
})

const as = (login: string): Promise<Person> => signInAs(house, login, `demo-${login}`)
let keys = 0
const place = (person: Person, to: object, key = `key-${++keys}`) =>
  person.post('/api/calls', { to }, { 'idempotency-key': key })
const call = (person: Person, number: string) => place(person, { number })

/** Dials in as the softphone would, by a plain SIP phone. */
async function dialIn(
  person: Person,
  placed: { readonly dialIn: { readonly sipUser: string; readonly dial: string } },
) {
  const phone = await startPlainPhone(engine, { ari, sipUser: placed.dialIn.sipUser })
  phones.push(phone)
  return phone.call(placed.dialIn.dial)
}

const reached = (person: Person, callId: string, state: string) =>
  vi.waitFor(
    async () => {
      const { body } = await person.get(`/api/calls/${callId}`)
      expect(body.state).toBe(state)
      return body
    },
    { timeout: 10_000, interval: 20 },
  )

describe('a refused call says why and what works instead', () => {
  test.each([
    ['driver', '110', { code: 'emergency-number', alternatives: [{ kind: 'native-dialler', digits: '110' }] }],
    ['suspended', '110', { code: 'emergency-number' }],
    ['suspended', '+8613000000001', { code: 'member-suspended' }],
    ['driver', '123', { code: 'number-invalid' }],
    ['driver', '+8613900000104', { code: 'callee-shielded' }],
    ['barred', '+8613000000001', { code: 'caller-barred' }],
    ['colleagues', '+8613000000001', { code: 'callee-not-colleague' }],
    ['driver', '+14155550100', { code: 'zone-denied', params: { zone: 'international' } }],
  ])('%s calls %s', async (login, number, problem) => {
    const person = await as(login)
    const { status, body, headers } = await call(person, number)
    expect([status, body]).toEqual([403, expect.objectContaining(problem)])
    expect(headers['content-type']).toMatch(/^application\/problem\+json/)
    const decisions = (await admin.get('/api/decisions?limit=1')).body.items
    expect(decisions).toMatchObject([
      { id: body.decisionId, admitted: false, code: problem.code, memberId: person.memberId },
    ])
  })

  test('and the answer is the same for the same key', async () => {
    const [first, second] = [
      await place(driver, { number: '123' }, 'refused'),
      await place(driver, { number: '123' }, 'refused'),
    ]
    expect(second.body).toEqual(first.body)
    const metrics = await outsider(house, house.bootstrapKey).get('/metrics')
    expect(metrics.body).toMatch(/tandem_calls_refused_total\{code="number-invalid"\} 2/)
  })
})

describe('placing', () => {
  test('needs a key', async () => {
    const { status, body } = await driver.post('/api/calls', { to: { number: '+8613000000003' } })
    expect([status, body.code]).toEqual([400, 'idempotency-key-missing'])
  })

  test('twenty times at once with one key places one call', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => place(driver, { number: '+8613000000003' }, 'twenty')),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    expect(new Set(answers.map(({ body }) => body.call.id)).size).toBe(1)
    const late = await place(driver, { number: '+8613000000003' }, 'twenty')
    expect(late.body.call.id).toBe(answers[0]!.body.call.id)
    expect(late.body.dialIn).toMatchObject({
      dial: answers[0]!.body.dialIn.dial,
      sipPassword: answers[0]!.body.dialIn.sipPassword,
    })
    expect((await place(driver, { number: '+8613000000004' }, 'twenty')).body).toMatchObject({
      status: 422,
      code: 'idempotency-key-reused',
    })
    const dispatcher = await as('dispatch')
    expect((await place(dispatcher, { number: '+8613000000003' }, 'twenty')).body.call.id).not.toBe(late.body.call.id)
  })

  test('tells where to dial, and ends by itself when nobody does', async () => {
    const { body } = await call(await as('sales'), '+8613000000003')
    expect(body.call).toMatchObject({
      state: 'placed',
      to: { number: '+8613000000003', name: '03 Rings 久振' },
      callerNumber: '+865925550100',
    })
    const ticket = JSON.parse(Buffer.from(body.dialIn.ticket.split('.')[0], 'base64url').toString())
    expect(ticket).toMatchObject({ to: 'engine', sub: body.dialIn.sipUser })
    const waitsMs = Date.parse(body.dialIn.inviteBefore) - Date.parse(body.call.placedAt)
    expect(waitsMs).toBeGreaterThanOrEqual(2000)
    expect(waitsMs).toBeLessThan(4000)
    expect(await reached(admin, body.call.id, 'ended')).toMatchObject({ endReason: 'abandoned', answeredAt: null })
  })

  test('a colleague is called by name; a hidden number stays hidden from everybody but the administrator', async () => {
    const members = (await driver.get('/api/members')).body.items as {
      id: string
      login: string
      phone: string | null
    }[]
    const shy = members.find(({ login }) => login === 'hidden')!
    expect(shy.phone).toBeNull()
    const { body } = await place(await as('driver2'), { memberId: shy.id })
    expect(body.call.to).toEqual({ number: null, name: '谢兰 Xie Lan', memberId: shy.id })
    expect((await admin.get(`/api/calls/${body.call.id}`)).body.to.number).toBe('+8613900000111')
    expect((await place(driver, { memberId: '00000000-0000-7000-8000-000000000000' })).body.code).toBe(
      'reference-unknown',
    )
  })
})

test('who dials a hidden number learns nobody’s name, in the call, the record and the search', async () => {
  const seller = await as('sales')
  const { body } = await call(seller, '139 0000 0111')
  expect(body.call.to).toEqual({ number: '+8613900000111', name: null, memberId: null })
  await seller.post(`/api/calls/${body.call.id}/hangup`)
  await reached(seller, body.call.id, 'ended')
  const recordSeenBy = (reader: Person) =>
    vi.waitFor(async () => {
      const [record] = (await reader.get(`/api/records?callId=${body.call.id}`)).body.items
      expect(record).toBeDefined()
      return record
    })
  expect(await recordSeenBy(seller)).toMatchObject({ dialled: '+8613900000111', calleeName: null, calleeId: null })
  expect(await recordSeenBy(admin)).toMatchObject({ dialled: '+8613900000111', calleeName: '谢兰 Xie Lan' })
  expect((await seller.get('/api/dialled?text=13900000111')).body).toMatchObject({ kind: 'number', name: null })
  expect((await seller.get('/api/records?text=Xie%20Lan')).body.items).toEqual([])
})

test('an extension calls its colleague, shows no hidden number, and reaches nobody who is shielded', async () => {
  const seller = await as('sales')
  const members = (await admin.get('/api/members?limit=200')).body.items as {
    readonly id: string
    readonly login: string
    readonly extension: string
  }[]
  const of = (login: string) => members.find((each) => each.login === login)!
  const shy = of('hidden')
  const { body } = await call(seller, shy.extension)
  expect(body.call.to).toEqual({ number: null, name: '谢兰 Xie Lan', memberId: shy.id })
  await seller.post(`/api/calls/${body.call.id}/hangup`)
  await reached(seller, body.call.id, 'ended')
  await vi.waitFor(async () =>
    expect((await seller.get(`/api/records?callId=${body.call.id}`)).body.items).toMatchObject([
      { dialled: '…', calleeName: '谢兰 Xie Lan', calleeId: shy.id },
    ]),
  )
  expect((await seller.get(`/api/dialled?text=${shy.extension}`)).body).toEqual({
    kind: 'extension',
    number: null,
    keys: null,
    name: '谢兰 Xie Lan',
  })
  const shielded = members.find((each) => 'isShielded' in each && each.isShielded === true)!
  expect((await call(seller, shielded.extension)).body.code).toBe('number-invalid')
  expect((await call(seller, '110')).body.code).toBe('emergency-number')
})

test('a contact is whatever can be dialled, in one form, and nothing else', async () => {
  const seller = await as('sales')
  const save = async (number: string) => {
    const { status, body } = await seller.post('/api/contacts', { name: 'Contact', number })
    return status === 201 ? body.number : body.code
  }
  expect(await save('139 0000 0001')).toBe('+8613900000001')
  expect(await save('+86 95588')).toBe('95588')
  expect(await save('010 8888 8888 ext 805')).toBe('+861088888888,805')
  expect(await save('123')).toBe('number-invalid')
  expect(await save('13900000001;13900000002')).toBe('several-numbers')
  expect(await save('13900000001;1')).toBe('keys-invalid')
  expect(await save('１１０')).toBe('emergency-number')
})

test('numbers are not found by trying: twenty tries in a minute that nobody answered, many at once too', async () => {
  const seller = await as('dispatch')
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, guess) => call(seller, `+86139000021${String(guess).padStart(2, '0')}`)),
  )
  const codes = answers.map(({ body }) => body.code as string | undefined)
  expect(codes.filter((code) => code === 'too-many-attempts').length).toBeGreaterThanOrEqual(10)
  expect((await call(seller, '+8613900002199')).body).toMatchObject({
    status: 403,
    code: 'too-many-attempts',
    params: { limit: 20 },
    alternatives: [{ kind: 'wait-until' }],
  })
  expect((await call(seller, '120')).body.code).toBe('emergency-number')
})

test('a hidden number is told by no refusal, and found by no search', async () => {
  const seller = await as('driver2')
  const members = (await seller.get('/api/members')).body.items as { readonly id: string; readonly login: string }[]
  const shy = members.find(({ login }) => login === 'hidden')!
  const found = async (reader: Person, number: string) =>
    (await reader.get(`/api/records?number=${encodeURIComponent(number)}`)).body.items.length
  const { body } = await place(seller, { memberId: shy.id })
  await seller.post(`/api/calls/${body.call.id}/hangup`)
  await reached(seller, body.call.id, 'ended')
  await vi.waitFor(async () => expect(await found(admin, '+8613900000111')).toBeGreaterThan(0))
  expect(await found(seller, '+8613900000111')).toBe(0)
})

test('a call is seen by its member and his administrator, and by nobody else', async () => {
  const { body } = await call(driver, '+8613000000003')
  const other = await as('driver3')
  expect((await admin.get(`/api/calls/${body.call.id}`)).status).toBe(200)
  for (const verb of ['hold', 'resume', 'attach', 'hangup'])
    expect((await other.post(`/api/calls/${body.call.id}/${verb}`)).status).toBe(404)
  expect((await other.get(`/api/calls/${body.call.id}`)).status).toBe(404)
  expect((await other.get('/api/calls?live=true')).body.items).toEqual([])
  expect((await driver.get('/api/calls?live=true')).body.items.map(({ id }: { id: string }) => id)).toContain(
    body.call.id,
  )
  expect((await driver.post(`/api/calls/${body.call.id}/hold`)).body.code).toBe('call-not-connected')
  expect((await admin.post(`/api/calls/${body.call.id}/hangup`)).status).toBe(200)
  await reached(driver, body.call.id, 'ended')
  expect((await driver.post(`/api/calls/${body.call.id}/hangup`)).body.code).toBe('call-ended')
})

test('a call is talked, held, keyed, hung up, recorded and paid for; every screen hears it', async () => {
  const screens = {
    own: openFeed(house.address, { token: driver.token }),
    administrator: openFeed(house.address, { token: admin.token }),
  }
  const stranger = openFeed(house.address, { token: (await as('driver3')).token })
  await Promise.all([screens.own.hello(), screens.administrator.hello(), stranger.hello()])
  const { body } = await call(driver, '+8613000000002')
  const { id } = body.call
  await dialIn(driver, body)
  await reached(driver, id, 'connected')
  for (const screen of Object.values(screens))
    await screen.heard('call', ({ call }) => call.id === id && call.state === 'connected' && call.paidUntil !== null)
  await screens.own.heard('minutes', ({ leftMs }) => leftMs > 0)
  expect((await driver.post(`/api/calls/${id}/hold`)).body.state).toBe('connected')
  await screens.own.heard('call', ({ call }) => call.id === id && call.isOnHold)
  expect((await driver.post(`/api/calls/${id}/resume`)).status).toBe(200)
  expect((await driver.post(`/api/calls/${id}/digits`, { digits: '12#' })).status).toBe(200)
  expect((await driver.post(`/api/calls/${id}/digits`, { digits: 'x' })).status).toBe(400)
  await driver.post(`/api/calls/${id}/hangup`)

  const { recordId } = await screens.own.heard('record', ({ callId }) => callId === id)
  await screens.administrator.heard('record', ({ callId }) => callId === id)
  expect(stranger.events).toEqual([])
  const record = (await driver.get('/api/records')).body.items.find(({ callId }: { callId: string }) => callId === id)
  expect(record).toMatchObject({
    id: recordId,
    endReason: 'hangup-caller',
    calleeName: '02 Tone 单音',
    memberName: '陈立 Chen Li',
    ratedMs: 60_000,
    callerNumber: '+865925550100',
  })
  expect(record.legs.find(({ kind }: { kind: string }) => kind === 'phone-out')).toMatchObject({
    carrierName: 'Simulated Telecom',
    trunkName: 'Simulated, by password',
  })
  const [draw] = record.draws
  expect(draw).toMatchObject({ bucket: 'member', usedMs: 60_000 })
  const entries = (await admin.get(`/api/ledger?poolId=${draw.poolId}`)).body.items as {
    seq: number
    callId: string
    kind: string
  }[]
  for (const seq of draw.ledgerSeqs) expect(entries.find((entry) => entry.seq === seq)).toMatchObject({ callId: id })
  for (const feed of [screens.own, screens.administrator, stranger]) feed.close()
}, 30_000)

test('a call can be taken over by another browser', async () => {
  const { body } = await call(driver, '+8613000000001')
  await dialIn(driver, body)
  await reached(driver, body.call.id, 'connected')
  const tablet = await as('driver')
  const attached = await tablet.post(`/api/calls/${body.call.id}/attach`)
  expect(attached.status).toBe(200)
  expect(attached.body.dialIn.sipUser).not.toBe(body.dialIn.sipUser)
  expect(attached.body.dialIn.dial).not.toBe(body.dialIn.dial)
  const leg = await dialIn(tablet, attached.body)
  await vi.waitFor(() => expect(leg.answeredAt).not.toBeNull(), { timeout: 5000 })
  expect(await reached(driver, body.call.id, 'connected')).toMatchObject({ state: 'connected' })
  await tablet.post(`/api/calls/${body.call.id}/hangup`)
  await reached(driver, body.call.id, 'ended')
}, 30_000)

test("records are a member's own; the administrator filters all", async () => {
  const dispatcher = await as('dispatch')
  expect((await dispatcher.get(`/api/records?memberId=${driver.memberId}`)).status).toBe(404)
  const all = (await admin.get('/api/records?limit=200')).body.items as {
    memberId: string
    endReason: string
    placedAt: string
  }[]
  const his = (await admin.get(`/api/records?memberId=${driver.memberId}&limit=200`)).body.items
  expect(his).toEqual(all.filter(({ memberId }) => memberId === driver.memberId))
  expect(
    (await admin.get('/api/records?endReason=abandoned')).body.items.every(
      (one: { endReason: string }) => one.endReason === 'abandoned',
    ),
  ).toBe(true)
  const page = (await admin.get('/api/records?limit=1')).body
  const next = (await admin.get(`/api/records?limit=1&cursor=${page.next}`)).body
  expect([page.items[0], next.items[0]]).toEqual(all.slice(0, 2))
})
