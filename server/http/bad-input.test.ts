import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openHouse, type House } from '../testing/house.ts'
import { foundOrganization, PASSWORD, signInAs, type Outsider } from '../testing/outsider.ts'

/** What must not get in, and what must not get out with a refusal. */
let house: House
let heron: Awaited<ReturnType<typeof foundOrganization>>
let operator: Outsider
let ann: Outsider
let bob: Outsider

beforeAll(async () => {
  house = await openHouse()
  heron = await foundOrganization(house, 'Heron')
  operator = heron.operator
  ann = await signInAs(house, 'heron-ann', PASSWORD)
  bob = await signInAs(house, 'heron-bob', PASSWORD)
})
afterAll(() => house.stop())

test.each([
  '0.0.0.0/0',
  'sip.example.net:5060',
  'a;transport=tcp',
  'a b',
  '*',
  '0.0.0.0',
  '127.1',
  '2130706433',
  '0x7f.0.0.1',
  'a\r\nb',
])('a trunk at %j would make carriers of strangers, or nothing', async (host) => {
  const { status, body } = await operator.post('/api/trunks', {
    carrierId: heron.organization.id,
    name: 'Trunk',
    host,
    auth: { kind: 'ip' },
  })
  expect([status, body.code, body.faults[0].path]).toEqual([400, 'bad-request', 'host'])
})

test.each(['\0', 'a\ud800'])('text that cannot be stored (%j) is refused before anything is done', async (text) => {
  const organization = { name: `Wader ${text}`, zone: 'Asia/Shanghai', country: 'CN', jurisdiction: 'cn' }
  const { status, body } = await operator.post('/api/organizations', organization)
  expect([status, body.code, body.faults[0].path]).toEqual([400, 'bad-request', 'body.name'])
  const { items } = (await operator.get('/api/organizations')).body
  expect(items.filter(({ name }: { name: string }) => name.startsWith('Wader'))).toEqual([])
  expect((await bob.get('/api/records?number=%00')).body.code).toBe('bad-request')
})

test('the right to a number ends after it begins', async () => {
  const { status, body } = await operator.post('/api/numbers', {
    organizationId: heron.organization.id,
    number: '+865925550198',
    proof: 'contract 8',
    validFrom: '2026-02-01T00:00:00.000Z',
    validUntil: '2026-01-01T00:00:00.000Z',
  })
  expect([status, body.faults]).toEqual([400, [{ path: 'validUntil', message: 'not after validFrom' }]])
})

test.each(['+8613911112222', '+86139111'])(
  'a refused call to a colleague tells no hidden number (%s)',
  async (phone) => {
    const shy = {
      organizationId: heron.organization.id,
      name: 'Timid',
      login: `timid${phone}`,
      phone,
      isNumberHidden: true,
    }
    const { id } = (await operator.post('/api/members', shy)).body
    const call = (caller: Outsider) =>
      caller.post('/api/calls', { to: { memberId: id } }, { 'idempotency-key': `timid ${phone}` })
    const { status, body } = await call(bob)
    expect(status).toBe(403)
    expect(JSON.stringify(body)).not.toContain(phone.slice(3))
    expect(JSON.stringify((await call(ann)).body)).toContain(phone)
  },
)

describe('a body', () => {
  const deep = (open: string, close: string) => `${open.repeat(10_000)}1${close.repeat(10_000)}`
  test.each([
    ['arrays', deep('[', ']')],
    ['objects', deep('{"a":', '}')],
    ['both, in a field', `{"login":"x","password":${deep('[{"a":', '}]')}}`],
  ])(
    'nested without end (%s) is refused before anybody walks over it, without a session too',
    async (_name, payload) => {
      const headers = { 'content-type': 'application/json' }
      const answer = await house.http.inject({ method: 'POST', url: '/api/session', headers, payload })
      expect([answer.statusCode, answer.json().code]).toEqual([400, 'bad-request'])
    },
  )

  test('whose texts have brackets is as deep as it is', async () => {
    const name = `Wader ${'[{'.repeat(30)} \\" ${'['.repeat(20)}`
    const made = { name, zone: 'Asia/Shanghai', country: 'CN', jurisdiction: 'cn' }
    expect((await operator.post('/api/organizations', made)).status).toBe(201)
  })

  test.each([
    ['told in its head', (text: string) => text],
    ['in chunks', (text: string) => new Blob([text]).stream()],
  ])('that is too large (%s) is refused as that', async (_name, bodyOf) => {
    const answer = await fetch(`${house.address}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: bodyOf(JSON.stringify({ login: 'x', password: 'x'.repeat(300_000) })),
      duplex: 'half',
    })
    expect([answer.status, await answer.json()]).toEqual([413, expect.objectContaining({ code: 'body-too-large' })])
  })
})

test.each(['0000-01-01', '1969-12-31'])(
  'a licence from %s is refused: no calendar of ours has that day',
  async (day) => {
    const licence = {
      kind: 'voice',
      number: 'A1',
      holder: { kind: 'operator' },
      validFrom: day,
      validUntil: '2030-01-01',
    }
    const { status, body } = await operator.post('/api/licences', licence)
    expect([status, body.code, body.faults[0].path]).toEqual([400, 'bad-request', 'validFrom'])
  },
)

test('a request that says JSON and has no body is one without a body', async () => {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${house.bootstrapKey}` }
  const send = async (method: 'DELETE' | 'POST', url: string) =>
    (await house.http.inject({ method, url, headers })).json().code
  const nobody = '00000000-0000-7000-8000-000000000000'
  expect(await send('DELETE', `/api/operator-keys/${nobody}`)).toBe('not-found')
  expect(await send('DELETE', `/api/subscriptions/${nobody}`)).toBe('not-found')
  // Where one is needed it is missed as any other field is.
  expect(await send('POST', '/api/carriers')).toBe('bad-request')
})

test.each([
  ['/api/organizations', { name: 'W', zone: 'Asia/Shanghai', country: 'CN', jurisdiction: 'cn' }],
  ['/api/plans', { name: 'Misspelt' }],
  ['/api/carriers', { name: 'Misspelt' }],
] as const)('a field that there is not is named and nothing is made (%s)', async (path, body) => {
  const before = (await operator.get(path)).body.items.length
  const answer = await operator.post(path, { ...body, standing: 'suspended', sead: 1 })
  expect([answer.status, answer.body.code]).toEqual([400, 'bad-request'])
  expect(answer.body.faults).toEqual([
    { path: 'standing', message: 'unknown' },
    { path: 'sead', message: 'unknown' },
  ])
  expect((await operator.get(path)).body.items).toHaveLength(before)
})

test('a field that there is not is named with its place', async () => {
  const auth = { kind: 'ip', username: 'u' }
  const trunk = { carrierId: heron.organization.id, name: 'T', host: 'a.example', auth }
  const { status, body } = await operator.post('/api/trunks', trunk)
  expect([status, body.faults]).toEqual([400, [{ path: 'auth.username', message: 'unknown' }]])
})
