import { afterAll, beforeAll, expect, test } from 'vitest'
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

test.each(['0.0.0.0/0', 'sip.example.net:5060', 'a;transport=tcp', 'a b', '*', 'a\r\nb'])(
  'a trunk at %j would make carriers of strangers, or nothing',
  async (host) => {
    const { status, body } = await operator.post('/api/trunks', {
      carrierId: heron.organization.id,
      name: 'Trunk',
      host,
      auth: { kind: 'ip' },
    })
    expect([status, body.code, body.faults[0].path]).toEqual([400, 'bad-request', 'host'])
  },
)

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
