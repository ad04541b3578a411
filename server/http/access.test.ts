import { afterAll, beforeAll, expect, test } from 'vitest'
import { openHouse, type House } from '../testing/house.ts'
import { foundOrganization, outsider, PASSWORD, PLAN_TERMS, signInAs, type Outsider } from '../testing/outsider.ts'

let house: House
let askers: { readonly [name: string]: Outsider }
let names: { readonly [name: string]: string }

beforeAll(async () => {
  house = await openHouse()
  const { operator, organization, plan, member, make } = await foundOrganization(house, 'Heron')
  await foundOrganization(house, 'Crane')
  const { id: department } = await make('/api/departments', { organizationId: organization.id, name: 'Drivers' })
  // In the department, so that whoever may remove it finds it in use.
  const { id: cem } = await make('/api/members', {
    organizationId: organization.id,
    name: 'Cem',
    login: 'heron-cem',
    departmentIds: [department],
  })
  const { id: carrier } = await make('/api/carriers', { name: 'Carrier' })
  askers = {
    nobody: outsider(house),
    member: await signInAs(house, 'heron-bob', PASSWORD),
    administrator: await signInAs(house, 'heron-ann', PASSWORD),
    'other member': await signInAs(house, 'crane-bob', PASSWORD),
    'other administrator': await signInAs(house, 'crane-ann', PASSWORD),
    operator,
  }
  const pools = (await operator.get(`/api/pools?organizationId=${organization.id}`)).body.items as { id: string }[]
  names = {
    organization: organization.id,
    member: member.id,
    plan: plan.id,
    pool: pools[0]!.id,
    carrier,
    new: cem,
    department,
    nobody: '00000000-0000-7000-8000-000000000000',
  }
})
afterAll(() => house.stop())

/** Who may: each list begins with who may ask of his own organization, then of another's. */
const EVERYBODY = ['member', 'administrator', 'other member', 'other administrator', 'operator']
const MEMBERS = ['member', 'administrator', 'other member', 'other administrator']
const ADMINISTRATORS = ['administrator', 'other administrator', 'operator']
const OPERATOR = ['operator']
/** Who asks about things of Heron by name: Crane's people find nothing there. */
const HERON = ['member', 'administrator', 'operator']
const HERON_CHARGE = ['administrator', 'operator']

type Row = {
  readonly route: string
  /** Filled in from `names`, as in the body. Left out: the route's own path. */
  readonly path?: string
  readonly body?: object
  readonly for: readonly string[]
  /** Whom the route lets in, and answers that there is no such thing. */
  readonly hidden?: readonly string[]
}

const OTHERS = ['other member', 'other administrator']
const OTHER_ADMINISTRATOR = ['other administrator']
const ofHeron = (route: string, path = route.split(' ')[1]!) => ({
  route,
  path: `${path}?organizationId={organization}`,
})

/**
 * Each route of the document: who gets through, who is told that it does not exist, and (everybody else) who is refused.
 * `{nobody}` is an id that nothing has: who gets through finds nothing, whosoever's it would be.
 */
const TABLE: readonly Row[] = [
  { route: 'GET /api/session', for: MEMBERS },
  { route: 'GET /api/me/minutes', for: MEMBERS },
  { route: 'GET /api/me/missed', for: MEMBERS },
  { route: 'POST /api/me/missed/seen', for: MEMBERS },
  { route: 'GET /api/me/push', for: MEMBERS },
  { route: 'PUT /api/me/push', for: MEMBERS },
  { route: 'DELETE /api/me/push', for: MEMBERS },
  { route: 'GET /api/operator-keys', for: OPERATOR },
  { route: 'POST /api/operator-keys', for: OPERATOR },
  { route: 'DELETE /api/operator-keys/{id}', path: '/api/operator-keys/{nobody}', for: OPERATOR },
  { route: 'GET /api/organizations', for: EVERYBODY },
  { route: 'POST /api/organizations', for: OPERATOR },
  { route: 'GET /api/organizations/{id}', path: '/api/organizations/{organization}', for: HERON, hidden: OTHERS },
  {
    route: 'PATCH /api/organizations/{id}',
    path: '/api/organizations/{organization}',
    for: HERON_CHARGE,
    hidden: OTHER_ADMINISTRATOR,
  },
  { ...ofHeron('GET /api/members'), for: HERON, hidden: OTHERS },
  {
    route: 'POST /api/members',
    body: { organizationId: '{organization}', name: 'X', login: 'heron-bob' },
    for: HERON_CHARGE,
    hidden: OTHER_ADMINISTRATOR,
  },
  { ...ofHeron('GET /api/members/{id}', '/api/members/{member}'), for: HERON, hidden: OTHERS },
  {
    ...ofHeron('PATCH /api/members/{id}', '/api/members/{member}'),
    for: HERON_CHARGE,
    hidden: OTHER_ADMINISTRATOR,
  },
  {
    route: 'POST /api/members/{id}/password',
    path: '/api/members/{new}/password',
    body: { password: PASSWORD },
    for: HERON_CHARGE,
    hidden: OTHER_ADMINISTRATOR,
  },
  { route: 'PATCH /api/me', for: MEMBERS },
  { ...ofHeron('GET /api/departments'), for: HERON_CHARGE, hidden: OTHER_ADMINISTRATOR },
  {
    route: 'POST /api/departments',
    body: { organizationId: '{organization}', name: 'Sales' },
    for: HERON_CHARGE,
    hidden: OTHER_ADMINISTRATOR,
  },
  {
    route: 'PATCH /api/departments/{id}',
    path: '/api/departments/{department}',
    for: HERON_CHARGE,
    hidden: OTHER_ADMINISTRATOR,
  },
  {
    ...ofHeron('DELETE /api/departments/{id}', '/api/departments/{department}'),
    for: HERON_CHARGE,
    hidden: OTHER_ADMINISTRATOR,
  },
  { route: 'GET /api/contacts', for: MEMBERS },
  { route: 'POST /api/contacts', for: MEMBERS },
  { route: 'GET /api/dialled', path: '/api/dialled?text=1', for: MEMBERS },
  { route: 'POST /api/calls', for: MEMBERS },
  { ...ofHeron('GET /api/calls'), for: HERON, hidden: OTHERS },
  { ...ofHeron('GET /api/calls/{id}', '/api/calls/{nobody}'), for: EVERYBODY },
  { ...ofHeron('POST /api/calls/{id}/hangup', '/api/calls/{nobody}/hangup'), for: EVERYBODY },
  { route: 'POST /api/calls/{id}/ring', path: '/api/calls/{nobody}/ring', for: MEMBERS },
  { route: 'POST /api/calls/{id}/decline', path: '/api/calls/{nobody}/decline', for: MEMBERS },
  { route: 'POST /api/calls/{id}/hold', path: '/api/calls/{nobody}/hold', for: MEMBERS },
  { route: 'POST /api/calls/{id}/resume', path: '/api/calls/{nobody}/resume', for: MEMBERS },
  { route: 'POST /api/calls/{id}/digits', path: '/api/calls/{nobody}/digits', for: MEMBERS },
  { route: 'POST /api/calls/{id}/attach', path: '/api/calls/{nobody}/attach', for: MEMBERS },
  { ...ofHeron('GET /api/pools'), for: HERON, hidden: OTHERS },
  { ...ofHeron('GET /api/pools/{id}', '/api/pools/{pool}'), for: HERON, hidden: OTHERS },
  { ...ofHeron('POST /api/pools/{id}/grants', '/api/pools/{pool}/grants'), for: OPERATOR },
  {
    route: 'GET /api/ledger',
    path: '/api/ledger?poolId={pool}&organizationId={organization}',
    for: HERON_CHARGE,
    hidden: OTHER_ADMINISTRATOR,
  },
  { ...ofHeron('GET /api/records'), for: HERON, hidden: OTHERS },
  { ...ofHeron('GET /api/decisions'), for: HERON_CHARGE, hidden: OTHER_ADMINISTRATOR },
  // The network is the operator's; an administrator sees his own organization's part of it.
  { route: 'GET /api/carriers', for: OPERATOR },
  { route: 'POST /api/carriers', for: OPERATOR },
  { route: 'GET /api/trunks', for: OPERATOR },
  { route: 'POST /api/trunks', for: OPERATOR },
  { route: 'PATCH /api/trunks/{id}', path: '/api/trunks/{nobody}', for: OPERATOR },
  { route: 'GET /api/network', for: ADMINISTRATORS },
  { ...ofHeron('GET /api/numbers'), for: HERON_CHARGE, hidden: OTHER_ADMINISTRATOR },
  { route: 'POST /api/numbers', for: OPERATOR },
  { route: 'GET /api/licences', for: ADMINISTRATORS },
  { route: 'POST /api/licences', for: OPERATOR },
  { route: 'GET /api/plans', for: ADMINISTRATORS },
  { route: 'POST /api/plans', for: OPERATOR },
  {
    route: 'GET /api/plans/{id}/versions',
    path: '/api/plans/{plan}/versions',
    for: HERON_CHARGE,
    hidden: OTHER_ADMINISTRATOR,
  },
  { route: 'POST /api/plans/{id}/versions', path: '/api/plans/{plan}/versions', for: OPERATOR },
  { ...ofHeron('GET /api/subscriptions'), for: HERON_CHARGE, hidden: OTHER_ADMINISTRATOR },
  { route: 'POST /api/subscriptions', for: OPERATOR },
  { route: 'PATCH /api/subscriptions/{id}', path: '/api/subscriptions/{nobody}', for: OPERATOR },
  { route: 'DELETE /api/subscriptions/{id}', path: '/api/subscriptions/{nobody}', for: OPERATOR },
  { route: 'GET /metrics', for: OPERATOR },
]

const filled = (text: string): string => text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => names[name] ?? whole)

test.each(TABLE)('$route is for $for', async (row) => {
  const [method, path] = row.route.split(' ') as ['GET' | 'POST' | 'PATCH' | 'DELETE', string]
  const body =
    method === 'POST' || method === 'PATCH' ? { body: JSON.parse(filled(JSON.stringify(row.body ?? {}))) } : {}
  // At once: without an engine a command to a call waits for it.
  const outcomes = await Promise.all(
    Object.entries(askers).map(async ([name, asker]) => {
      const answer = await asker.send({ method, path: filled(row.path ?? path), ...body })
      return [name, outcomeOf(answer, row)]
    }),
  )
  expect(outcomes).toEqual(Object.keys(askers).map((name) => [name, expectedOf(row, name)]))
})

/** What was answered, in the words of the table. Beyond the door a request may still be bad, or find nothing. */
function outcomeOf({ status, body }: Awaited<ReturnType<Outsider['send']>>, { path }: Row): string {
  if (status === 401 || status === 403) return body.code
  return status === 404 && path?.includes('{nobody}') !== true ? 'not-found' : 'allowed'
}

function expectedOf({ for: allowed, hidden = [] }: Row, name: string): string {
  if (name === 'nobody') return 'not-signed-in'
  if (allowed.includes(name)) return 'allowed'
  return hidden.includes(name) ? 'not-found' : 'not-allowed'
}

type Documented = {
  readonly paths: { readonly [path: string]: { readonly [method: string]: { security?: unknown[] } } }
}

test('no route of the document is missing here, but those for everybody', async () => {
  const { paths } = (await outsider(house).get('/api/openapi.json')).body as Documented
  const documented = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { security }]) => security?.length !== 0)
      .map(([method]) => `${method.toUpperCase()} ${path}`),
  )
  const here = TABLE.map(({ route }) => route)
  // Signing out would end the table's own session; the feed has its own tests.
  expect(documented.filter((route) => !here.includes(route)).sort()).toEqual(['DELETE /api/session', 'GET /api/events'])
  expect(here.filter((route) => !documented.includes(route))).toEqual([])
})

test('no route is kept out of the document, but the document itself and its page', async () => {
  const { paths } = (await outsider(house).get('/api/openapi.json')).body as Documented
  const documented = Object.keys(paths).map((path) => path.replaceAll(/\{(\w+)\}/g, ':$1'))
  const served = pathsOf(house.http.printRoutes({ commonPrefix: false }))
  expect(served.filter((path) => !documented.includes(path)).sort()).toEqual([
    '/api/docs',
    '/api/docs/',
    '/api/docs/js/scalar.js',
    '/api/openapi.json',
  ])
})

/** The paths of Fastify's tree, where each line continues the one above it that stands further left. */
function pathsOf(tree: string): readonly string[] {
  const parents: string[] = []
  return tree.split('\n').flatMap((line) => {
    const [, indent = '', part] = /^([│ ]*)[├└]── (\S+) \(/.exec(line) ?? []
    if (part === undefined) return []
    const depth = indent.length / 4
    parents[depth] = `${parents[depth - 1] ?? ''}${part}`.replace('//', '/')
    return [parents[depth]]
  })
}

test('what an administrator sees of the offer and of licences is his organization’s part', async () => {
  const { operator, administrator, 'other administrator': other } = askers
  const licence = {
    kind: 'voice',
    number: 'L-1',
    holder: { kind: 'operator' },
    validFrom: '2026-01-01',
    validUntil: '2027-12-31',
    agreement: 'A-1',
  }
  await operator!.post('/api/licences', licence)
  await operator!.post('/api/licences', {
    ...licence,
    number: 'L-2',
    holder: { kind: 'carrier', carrierId: names['carrier'] },
  })
  await operator!.post(`/api/plans/${names['plan']}/versions`, {
    effectiveFrom: '2030-01-01T00:00:00.000Z',
    terms: PLAN_TERMS,
  })

  expect((await operator!.get('/api/licences')).body.items).toHaveLength(2)
  expect((await administrator!.get('/api/licences')).body.items).toEqual([
    { ...licence, id: expect.any(String), number: null, agreement: null, jurisdiction: 'cn' },
  ])
  const planNames = async (asker: Outsider) =>
    (await asker.get('/api/plans')).body.items.map((one: { name: string }) => one.name)
  expect(await planNames(operator!)).toEqual(['Crane plan', 'Heron plan'])
  expect(await planNames(administrator!)).toEqual(['Heron plan'])
  expect(await planNames(other!)).toEqual(['Crane plan'])
})
