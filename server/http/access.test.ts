import { afterAll, beforeAll, expect, test } from 'vitest'
import { openHouse, type House } from '../testing/house.ts'
import { foundOrganization, outsider, PASSWORD, signInAs, type Outsider } from '../testing/outsider.ts'

let house: House
let askers: { readonly [name: string]: Outsider }
let query: string

beforeAll(async () => {
  house = await openHouse()
  const { operator, organization } = await foundOrganization(house, 'Heron')
  const [member, administrator] = [
    await signInAs(house, 'heron-bob', PASSWORD),
    await signInAs(house, 'heron-ann', PASSWORD),
  ]
  askers = { nobody: outsider(house), member, administrator, operator }
  query = `?organizationId=${organization.id}`
})
afterAll(() => house.stop())

const NOBODY = '00000000-0000-7000-8000-000000000000'
const ALL = ['member', 'administrator', 'operator']
const MEMBERS = ['member', 'administrator']
const IN_CHARGE = ['administrator', 'operator']
const OPERATOR = ['operator']

/** Each route and who may use it; `?` stands for the organization. */
const TABLE: readonly (readonly ['GET' | 'POST' | 'DELETE', string, readonly string[]])[] = [
  ['GET', '/api/session', MEMBERS],
  ['GET', '/api/operator-keys', OPERATOR],
  ['POST', '/api/operator-keys', OPERATOR],
  ['DELETE', `/api/operator-keys/${NOBODY}`, OPERATOR],
  ['GET', '/api/organizations', ALL],
  ['POST', '/api/organizations', OPERATOR],
  ['GET', '/api/members?', ALL],
  ['POST', '/api/members', IN_CHARGE],
  ['GET', '/api/contacts', MEMBERS],
  ['POST', '/api/contacts', MEMBERS],
  ['POST', '/api/calls', MEMBERS],
  ['GET', '/api/calls?', ALL],
  ['GET', `/api/calls/${NOBODY}?`, ALL],
  ['POST', `/api/calls/${NOBODY}/hangup?`, ALL],
  ['POST', `/api/calls/${NOBODY}/hold`, MEMBERS],
  ['POST', `/api/calls/${NOBODY}/resume`, MEMBERS],
  ['POST', `/api/calls/${NOBODY}/digits`, MEMBERS],
  ['POST', `/api/calls/${NOBODY}/attach`, MEMBERS],
  ['GET', '/api/pools?', ALL],
  ['POST', `/api/pools/${NOBODY}/grants?`, OPERATOR],
  ['GET', '/api/ledger?', IN_CHARGE],
  ['GET', '/api/records?', ALL],
  ['GET', '/api/decisions?', IN_CHARGE],
  ['GET', '/api/carriers', IN_CHARGE],
  ['POST', '/api/carriers', OPERATOR],
  ['GET', '/api/trunks', IN_CHARGE],
  ['POST', '/api/trunks', OPERATOR],
  ['GET', '/api/numbers?', IN_CHARGE],
  ['POST', '/api/numbers', OPERATOR],
  ['GET', '/api/licences', IN_CHARGE],
  ['POST', '/api/licences', OPERATOR],
  ['GET', '/api/plans', IN_CHARGE],
  ['POST', '/api/plans', OPERATOR],
  ['GET', `/api/plans/${NOBODY}/versions`, IN_CHARGE],
  ['POST', `/api/plans/${NOBODY}/versions`, OPERATOR],
  ['GET', '/api/subscriptions?', IN_CHARGE],
  ['POST', '/api/subscriptions', OPERATOR],
  ['GET', '/metrics', OPERATOR],
]

test.each(TABLE)('%s %s is for %j', async (method, path, allowed) => {
  for (const [name, asker] of Object.entries(askers)) {
    const { status, body } = await asker.send({
      method,
      path: path.replace('?', query),
      ...(method === 'POST' ? { body: {} } : {}),
    })
    const expected = allowed.includes(name) ? 'allowed' : name === 'nobody' ? 'not-signed-in' : 'not-allowed'
    expect([name, [401, 403].includes(status) ? body.code : 'allowed']).toEqual([name, expected])
  }
})

test('no route of the document is missing here, but those for everybody', async () => {
  const { paths } = (await outsider(house).get('/api/openapi.json')).body as {
    paths: { [path: string]: { [method: string]: { security?: unknown[] } } }
  }
  const documented = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { security }]) => security?.length !== 0)
      .map(([method]) => `${method.toUpperCase()} ${path}`),
  )
  const here = TABLE.map(([method, path]) => `${method} ${path.replace('?', '').replace(NOBODY, '{id}')}`)
  // Signing out would end the table's own session; the feed has its own tests.
  expect(documented.filter((route) => !here.includes(route)).sort()).toEqual(['DELETE /api/session', 'GET /api/events'])
})
