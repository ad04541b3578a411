import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openHouse, type House } from '../testing/house.ts'
import { foundOrganization, PASSWORD, PLAN_TERMS, signInAs, type Json, type Outsider } from '../testing/outsider.ts'

let house: House
let heron: Awaited<ReturnType<typeof foundOrganization>>
let crane: Awaited<ReturnType<typeof foundOrganization>>
let operator: Outsider
let ann: Outsider
let bob: Outsider
let craneAnn: Outsider

beforeAll(async () => {
  house = await openHouse()
  heron = await foundOrganization(house, 'Heron')
  crane = await foundOrganization(house, 'Crane')
  operator = heron.operator
  ann = await signInAs(house, 'heron-ann', PASSWORD)
  bob = await signInAs(house, 'heron-bob', PASSWORD)
  craneAnn = await signInAs(house, 'crane-ann', PASSWORD)
})
afterAll(() => house.stop())

const NOBODY = '00000000-0000-7000-8000-000000000000'
const ids = () => ({
  heron: heron.organization.id as string,
  crane: crane.organization.id as string,
  plan: heron.plan.id as string,
})

const carrierId = async () =>
  (await operator.post('/api/carriers', { name: `Carrier ${Math.random()}` })).body.id as string
const trunk = async (change: object = {}) => ({
  carrierId: await carrierId(),
  name: `Trunk ${Math.random()}`,
  host: '127.0.0.1',
  auth: { kind: 'digest', username: 'u', password: 'very secret' },
  ...change,
})

test('a trunk, whose password is never told', async () => {
  const made = await operator.post('/api/trunks', await trunk())
  expect(made.status).toBe(201)
  expect(made.body).toMatchObject({
    port: 5060,
    transport: 'udp',
    auth: { kind: 'digest', username: 'u' },
    reachability: 'unknown',
    standing: 'active',
  })
  const read = await operator.get('/api/trunks')
  expect(read.body.items).toContainEqual(made.body)
  expect(JSON.stringify([made.body, read.body])).not.toContain('very secret')
})

test('a number with its proof', async () => {
  const number = {
    organizationId: ids().heron,
    number: '+865925550199',
    proof: 'contract 7',
    validFrom: '2026-01-01T00:00:00.000Z',
  }
  expect((await operator.post('/api/numbers', number)).status).toBe(201)
  expect((await ann.get('/api/numbers')).body.items).toEqual([{ ...number, validUntil: null, isDefault: true }])
  expect((await operator.post('/api/numbers', { ...number, organizationId: ids().crane })).body.code).toBe(
    'number-taken',
  )
})

test('a licence of the operator and one of a carrier', async () => {
  const licence = {
    kind: 'ip-telephony',
    number: 'A-1',
    holder: { kind: 'operator' },
    validFrom: '2026-01-01',
    validUntil: '2027-12-31',
  }
  const made = await operator.post('/api/licences', licence)
  expect(made.body).toMatchObject({ ...licence, jurisdiction: 'cn', agreement: null })
  const carriers = { ...licence, holder: { kind: 'carrier', carrierId: await carrierId() } }
  expect((await operator.post('/api/licences', carriers)).status).toBe(201)
  expect((await operator.get('/api/licences')).body.items).toHaveLength(2)
})

test('a plan with versions', async () => {
  const plan = (await operator.post('/api/plans', { name: 'Fresh' })).body
  const terms = { ...PLAN_TERMS, serviceCodes: ['10086', '95*'] }
  const version = { effectiveFrom: '2099-05-01T00:00:00.000Z', terms }
  const made = await operator.post(`/api/plans/${plan.id}/versions`, version)
  expect(made.body).toMatchObject({
    planId: plan.id,
    effectiveFrom: version.effectiveFrom,
    terms: { longestCallMs: 14_400_000, sliceMs: 60_000, serviceCodes: terms.serviceCodes },
  })
  expect(made.body.terms).toMatchObject({ draws: terms.draws, initiatorDraws: terms.draws })
  expect((await operator.get(`/api/plans/${plan.id}/versions`)).body.items).toEqual([made.body])
  expect((await operator.post(`/api/plans/${plan.id}/versions`, version)).body.code).toBe('instant-taken')
  expect((await operator.get('/api/plans')).body.items).toContainEqual(plan)
})

test('a member, who can then sign in; a contact', async () => {
  const made = await ann.post('/api/members', {
    name: 'Cem',
    login: 'Heron-Cem',
    password: PASSWORD,
    phone: '+8613900000001',
    tags: ['night'],
  })
  expect(made.status).toBe(201)
  expect(made.body).toMatchObject({
    organizationId: ids().heron,
    login: 'heron-cem@heron',
    role: 'member',
    isCallable: true,
    tags: ['night'],
  })
  const cem = await signInAs(house, 'heron-cem@heron', PASSWORD)
  expect((await cem.post('/api/contacts', { name: 'Mum', number: '+8613800000001' })).status).toBe(201)
  expect((await cem.post('/api/contacts', { name: 'Mother', number: '+8613800000001' })).status).toBe(201)
  expect((await cem.get('/api/contacts')).body.items).toEqual([{ name: 'Mother', number: '+8613800000001' }])
  expect((await bob.get('/api/contacts')).body.items).toEqual([])
})

test('looking at pools writes nothing: they have no movement before their first use', async () => {
  const pools = (await craneAnn.get('/api/pools')).body.items as Json[]
  expect(pools.map(({ bucket, grantedMs, usedMs }) => [bucket, grantedMs, usedMs]).toSorted()).toEqual([
    ['member', 600_000, 0],
    ['member', 600_000, 0],
    ['organization', 6_000_000, 0],
  ])
  for (const { id } of pools)
    expect((await craneAnn.get(`/api/ledger?poolId=${id}`)).body).toEqual({ items: [], next: null })
  expect((await craneAnn.get('/api/pools')).body.items).toEqual(pools)
})

test('minutes for a pool, once per key', async () => {
  const pools = (await operator.get(`/api/pools?organizationId=${ids().heron}`)).body.items as {
    id: string
    bucket: string
    grantedMs: number
  }[]
  const pool = pools.find(({ bucket }) => bucket === 'organization')!
  expect(pool.grantedMs).toBe(6_000_000)
  const path = `/api/pools/${pool.id}/grants?organizationId=${ids().heron}`
  const grant = (key: string, ms: number) => operator.post(path, { ms, note: 'a present' }, { 'idempotency-key': key })
  const answers = await Promise.all(Array.from({ length: 8 }, () => grant('once', 60_000)))
  for (const { status, body } of answers) expect([status, body.grantedMs]).toEqual([201, 6_060_000])
  expect((await grant('once', 60_000)).body.grantedMs).toBe(6_060_000)
  // Beyond 2^53 nobody could read the pool any more, and a grant is never taken back.
  expect((await grant('huge', Number.MAX_SAFE_INTEGER)).body.code).toBe('bad-request')
  expect((await grant('once', 70_000)).body.code).toBe('idempotency-key-reused')
  expect((await operator.post(path, { ms: 1, note: 'x' })).body.code).toBe('idempotency-key-missing')
  const ledger = (await ann.get(`/api/ledger?poolId=${pool.id}`)).body.items
  expect(ledger.map((entry: Json) => [entry.seq, entry.kind, entry.grantedDeltaMs, entry.note])).toEqual([
    [2, 'grant', 60_000, 'a present'],
    [1, 'grant', 6_000_000, expect.anything()],
  ])
  const first = (await ann.get(`/api/ledger?poolId=${pool.id}&limit=1`)).body
  expect(first.items).toMatchObject([{ seq: 2 }])
  expect((await ann.get(`/api/ledger?poolId=${pool.id}&limit=1&cursor=${first.next}`)).body).toMatchObject({
    items: [{ seq: 1 }],
    next: null,
  })
})

test.each([
  [
    'a second carrier of one name',
    '/api/carriers',
    async () => ({ name: (await operator.post('/api/carriers', { name: 'Twin' })).body.name }),
    409,
    'name-taken',
  ],
  ['a second plan of one name', '/api/plans', async () => ({ name: 'Heron plan' }), 409, 'name-taken'],
  [
    'a login that somebody has',
    '/api/members',
    async () => ({ organizationId: ids().heron, name: 'X', login: 'crane-bob' }),
    409,
    'login-taken',
  ],
  [
    'a second plan at one time',
    '/api/subscriptions',
    async () => ({ organizationId: ids().heron, planId: ids().plan }),
    409,
    'subscription-overlaps',
  ],
  ['a trunk of no carrier', '/api/trunks', async () => trunk({ carrierId: NOBODY }), 422, 'reference-unknown'],
  [
    'a licence of no carrier',
    '/api/licences',
    async () => ({
      kind: 'voice',
      number: '1',
      holder: { kind: 'carrier', carrierId: NOBODY },
      validFrom: '2026-01-01',
      validUntil: '2026-12-31',
    }),
    422,
    'reference-unknown',
  ],
  [
    'a number of no organization',
    '/api/numbers',
    async () => ({
      organizationId: NOBODY,
      number: '+865925550100',
      proof: 'x',
      validFrom: '2026-01-01T00:00:00.000Z',
    }),
    422,
    'reference-unknown',
  ],
  [
    'a subscription of no organization',
    '/api/subscriptions',
    async () => ({ organizationId: NOBODY, planId: ids().plan }),
    422,
    'reference-unknown',
  ],
  [
    'a subscription to no plan',
    '/api/subscriptions',
    async () => ({ organizationId: ids().crane, planId: NOBODY, from: '2030-01-01T00:00:00.000Z' }),
    409,
    'subscription-overlaps',
  ],
  [
    'a member of no organization',
    '/api/members',
    async () => ({ organizationId: NOBODY, name: 'X', login: 'x-x-x' }),
    422,
    'reference-unknown',
  ],
  ['a version of no plan', `/api/plans/${NOBODY}/versions`, async () => ({ terms: PLAN_TERMS }), 404, 'not-found'],
  [
    'an organization in no time zone',
    '/api/organizations',
    async () => ({ name: 'X', zone: 'Mars/Olympus', country: 'CN', jurisdiction: 'cn' }),
    400,
    'bad-request',
  ],
  [
    'a licence that ends before it begins',
    '/api/licences',
    async () => ({
      kind: 'voice',
      number: '1',
      holder: { kind: 'operator' },
      validFrom: '2026-02-01',
      validUntil: '2026-01-01',
    }),
    400,
    'bad-request',
  ],
  [
    'a subscription that ends before it begins',
    '/api/subscriptions',
    async () => ({
      organizationId: ids().heron,
      planId: ids().plan,
      from: '2031-01-01T00:00:00.000Z',
      until: '2030-01-01T00:00:00.000Z',
    }),
    400,
    'bad-request',
  ],
  [
    'a version that begins in the past',
    `/api/plans/PLAN/versions`,
    async () => ({ effectiveFrom: '2026-01-01T00:00:00.000Z', terms: PLAN_TERMS }),
    422,
    'instant-past',
  ],
  [
    'a subscription that begins in the past',
    '/api/subscriptions',
    async () => ({ organizationId: ids().crane, planId: ids().plan, from: '2020-01-01T00:00:00.000Z' }),
    422,
    'instant-past',
  ],
  [
    'terms that grant what nobody draws',
    `/api/plans/PLAN/versions`,
    async () => ({ terms: { ...PLAN_TERMS, draws: ['member'] } }),
    400,
    'bad-request',
  ],
])('not %s', async (...[, path, body, status, code]) => {
  const answer = await operator.post(path.replace('PLAN', ids().plan), await body())
  expect([answer.status, answer.body.code]).toEqual([status, code])
})

test('a request that does not fit says where', async () => {
  const { status, body } = await operator.post('/api/trunks', {
    carrierId: 'no',
    name: '',
    host: 'h',
    port: 0,
    auth: { kind: 'ip' },
  })
  expect(status).toBe(400)
  expect(body.faults.map(({ path }: { path: string }) => path)).toEqual(['carrierId', 'name', 'port'])
})

test('what is no JSON is a bad request', async () => {
  const answer = await house.http.inject({
    method: 'POST',
    url: '/api/session',
    headers: { 'content-type': 'application/json' },
    payload: '{',
  })
  expect([answer.statusCode, answer.json().code]).toEqual([400, 'bad-request'])
})

describe('one organization', () => {
  test('does not exist for another', async () => {
    const mine = ids().heron
    for (const path of ['members', 'pools', 'numbers', 'subscriptions', 'records', 'decisions', 'calls']) {
      const answer = await craneAnn.get(`/api/${path}?organizationId=${mine}`)
      expect([path, answer.status, answer.body.code]).toEqual([path, 404, 'not-found'])
    }
    const pool = (await ann.get('/api/pools')).body.items[0]
    expect((await craneAnn.get(`/api/ledger?poolId=${pool.id}`)).status).toBe(404)
    expect(
      (
        await operator.post(
          `/api/pools/${pool.id}/grants?organizationId=${ids().crane}`,
          { ms: 1, note: 'x' },
          { 'idempotency-key': 'k' },
        )
      ).status,
    ).toBe(404)
  })

  test('sees its own things only', async () => {
    expect((await craneAnn.get('/api/organizations')).body.items.map(({ name }: { name: string }) => name)).toEqual([
      'Crane',
    ])
    expect((await craneAnn.get('/api/members')).body.items.map(({ login }: { login: string }) => login).sort()).toEqual(
      ['crane-ann', 'crane-bob'],
    )
    const pools = (await craneAnn.get('/api/pools')).body.items as { memberName: string | null }[]
    expect(pools.map(({ memberName }) => memberName).sort()).toEqual(['Ann', 'Bob', null])
  })

  test('is named by the operator, who has none', async () => {
    expect((await operator.get('/api/members')).body).toMatchObject({
      code: 'bad-request',
      faults: [{ path: 'organizationId' }],
    })
    expect((await operator.get(`/api/members?organizationId=${ids().crane}`)).status).toBe(200)
  })
})

describe('people', () => {
  test('an ordinary member sees neither the shielded nor hidden numbers; the administrator both', async () => {
    await ann.post('/api/members', { name: 'Chief', login: 'heron-chief', phone: '+8613900000011', isShielded: true })
    await ann.post('/api/members', {
      name: 'Shy',
      login: 'heron-shy',
      phone: '+8613900000012',
      isNumberHidden: true,
      limits: { mayCall: 'nobody', monthlyMs: null },
    })
    const seenBy = async (reader: Outsider, name: string) =>
      (await reader.get('/api/members')).body.items.find((one: Json) => one.name === name)
    expect(await seenBy(bob, 'Chief')).toBeUndefined()
    expect(await seenBy(ann, 'Chief')).toMatchObject({ phone: '+8613900000011' })
    expect(await seenBy(bob, 'Shy')).toMatchObject({ phone: null, isCallable: true, limits: { mayCall: null } })
    expect(await seenBy(ann, 'Shy')).toMatchObject({ phone: '+8613900000012', limits: { mayCall: 'nobody' } })
  })

  test('people and contacts are found as their names are read, and in either script', async () => {
    await ann.post('/api/members', { name: '陈立', login: 'heron-li', phone: '+8613900000013' })
    await bob.post('/api/contacts', { name: '陳安', number: '13900000014' })
    const found = async (path: string, text: string) =>
      (await bob.get(`/api/${path}?text=${encodeURIComponent(text)}`)).body.items.map(({ name }: Json) => name)
    for (const text of ['chenli', 'Chen Li', 'cl', '陳立', '陈立'])
      expect(await found('members', text)).toEqual(['陈立'])
    for (const text of ['chenan', '陈安', '0014']) expect(await found('contacts', text)).toEqual(['陳安'])
    expect(await found('contacts', 'chenli')).toEqual([])
  })

  test("an ordinary member sees his own pool and the organization's", async () => {
    const pools = (await bob.get('/api/pools')).body.items as { memberName: string | null }[]
    expect(pools.map(({ memberName }) => memberName).sort()).toEqual(['Bob', null])
  })
})
