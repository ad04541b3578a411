import { afterAll, beforeAll, expect, test } from 'vitest'
import { openHouse, type House } from '../testing/house.ts'
import { foundOrganization, outsider, PASSWORD, signInAs, type Json, type Outsider } from '../testing/outsider.ts'

/**
 * Whatever is written into a field of a route, the answer is the caller's fault or a good one, never ours. Routes and
 * fields are those of the API document, so that a new one is tried by itself.
 */
let house: House
let document: Json
let callers: readonly { readonly caller: Outsider }[]

beforeAll(async () => {
  house = await openHouse()
  const heron = await foundOrganization(house, 'Heron')
  known = { organizationId: heron.organization.id, planId: heron.plan.id, memberId: heron.member.id }
  callers = [{ caller: heron.operator }, { caller: await signInAs(house, 'heron-ann', PASSWORD) }]
  document = (await outsider(house).get('/api/openapi.json')).body
})
afterAll(() => house.stop())

let known: { readonly [name: string]: string } = {}

const HOSTILE: readonly unknown[] = [
  null,
  true,
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '\u202e',
  'x'.repeat(90_000),
  '0000-01-01',
  '0001-01-01T00:00:00.000Z',
  '9999-12-31',
  '9999-12-31T23:59:59.999Z',
  '1969-12-31T23:59:59.999Z',
  '+275760-09-13T00:00:00.000Z',
  '2026-02-30',
  '24:00',
  'Etc/GMT+99',
  'Asia/Shanghai\0',
  '__proto__',
  'constructor',
  '00000000-0000-0000-0000-000000000000',
  'FFFFFFFF-FFFF-4FFF-BFFF-FFFFFFFFFFFF',
  '+999999999999999',
  "'; DROP TABLE member; --",
  '%00',
  -1,
  0,
  0.5,
  2 ** 31,
  2 ** 53 - 1,
  2 ** 53,
  1e308,
  -1e308,
  [],
  {},
  [[]],
  nested(20),
  Array.from({ length: 500 }, () => 'x'),
]

function nested(depth: number): unknown {
  return depth === 0 ? [] : [nested(depth - 1)]
}

const operations = (): readonly { readonly method: string; readonly path: string; readonly operation: Json }[] =>
  Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )

const resolved = (schema: Json): Json =>
  schema?.$ref === undefined ? schema : document.components.schemas[String(schema.$ref).split('/').at(-1)!]

/** Something that fits, so that the one hostile field is what decides. */
function sampleOf(reference: Json, name: string): unknown {
  const schema = resolved(reference)
  const fromName = known[name]
  if (fromName !== undefined) return fromName
  if (schema.const !== undefined) return schema.const
  if (schema.enum !== undefined) return schema.enum[0]
  const [first] = schema.anyOf ?? schema.oneOf ?? []
  if (first !== undefined) return sampleOf(first, name)
  if (schema.type === 'object' || schema.properties !== undefined)
    return Object.fromEntries(
      Object.entries(schema.properties ?? {}).map(([inner, part]) => [inner, sampleOf(part, inner)]),
    )
  if (schema.type === 'array') return [sampleOf(schema.items, name)]
  if (schema.type === 'integer' || schema.type === 'number') return Math.max(1, schema.minimum ?? 1)
  if (schema.type === 'boolean') return false
  return sampleText(schema, name)
}

function sampleText(schema: Json, name: string): string {
  if (schema.format === 'date-time') return '2026-05-01T00:00:00.000Z'
  if (schema.format === 'date') return '2026-05-01'
  if (schema.format === 'uuid') return '01900000-0000-7000-8000-000000000001'
  if (name === 'zone') return 'Asia/Shanghai'
  if (name === 'country') return 'CN'
  if (name === 'host') return 'sip.example.net'
  if (/number|phone/i.test(name)) return '+8613800000001'
  if (name === 'digits') return '1'
  return 'Something long enough'
}

/** The same body with each place in it, one after the other, holding `value`. */
function* spoilt(body: unknown, value: unknown): Generator {
  yield value
  if (typeof body !== 'object' || body === null) return
  for (const [name, inner] of Object.entries(body))
    for (const one of spoilt(inner, value))
      yield Array.isArray(body)
        ? body.map((item, index) => (String(index) === name ? one : item))
        : { ...body, [name]: one }
}

const pathWith = (path: string, value: string): string => path.replaceAll(/\{\w+\}/g, encodeURIComponent(value))

/** Half of a pair has no form in a URL. */
const asText = (value: unknown): string => String(value).toWellFormed().slice(0, 4000)

let sent = 0
async function check(caller: Outsider, wish: { method: string; path: string; body?: unknown }): Promise<void> {
  const headers = { 'idempotency-key': `hostile ${++sent}`, 'x-forwarded-for': `192.0.2.${sent % 250}` }
  const { status, body } = await caller.send({ ...wish, headers } as never)
  const what = `${wish.method} ${wish.path} ${JSON.stringify(wish.body ?? null).slice(0, 300)}`
  // A part that is not there (the engine) is told by its own code; anything else of 500 and above is a fault of ours.
  const isOurFault = status >= 500 && body?.code !== 'engine-unreachable'
  expect([what, isOurFault ? [status, body] : 'fine']).toEqual([what, 'fine'])
}

const isTried = ({ path, method }: { readonly path: string; readonly method: string }): boolean =>
  path !== '/api/events' && path !== '/metrics' && `${method} ${path}` !== 'DELETE /api/session'

/** Who gets as far as the body; whom the route turns away has looked at nothing. */
async function callerFor(method: string, path: string): Promise<Outsider> {
  for (const { caller } of callers) {
    const { status } = await caller.send({ method, path, body: {} } as never)
    if (status !== 403 && status !== 401) return caller
  }
  return callers[0]!.caller
}

test('no value of a field of a body is a fault of ours', { timeout: 120_000 }, async () => {
  for (const { method, path: pattern, operation } of operations().filter(isTried)) {
    const schema = operation.requestBody?.content?.['application/json']?.schema
    if (schema === undefined) continue
    const path = pathWith(pattern, known.planId!)
    const caller = await callerFor(method, path)
    const { password: _, ...body } = sampleOf(schema, '') as { readonly password?: string }
    for (const value of HOSTILE) for (const one of spoilt(body, value)) await check(caller, { method, path, body: one })
  }
})

test('no password is a fault of ours', async () => {
  for (const password of HOSTILE) {
    await check(outsider(house), { method: 'POST', path: '/api/session', body: { login: 'heron-ann', password } })
    await check(callers[1]!.caller, {
      method: 'POST',
      path: '/api/members',
      body: { name: 'Eve', login: `eve ${++sent}`, password },
    })
  }
})

test('no value in an address is a fault of ours', { timeout: 120_000 }, async () => {
  const texts = [...new Set(HOSTILE.map(asText))].filter((text) => text.length < 100)
  for (const { method, path, operation } of operations().filter(isTried)) {
    const names = (operation.parameters ?? []).filter((one: Json) => one.in === 'query').map((one: Json) => one.name)
    for (const value of texts) {
      if (path.includes('{')) await check(callers[0]!.caller, { method, path: pathWith(path, value) })
      if (method !== 'GET') continue
      for (const name of names) {
        const scope = name === 'organizationId' ? '' : `&organizationId=${known.organizationId}`
        const query = `${name}=${encodeURIComponent(value)}${scope}`
        await check(callers[0]!.caller, { method, path: `${pathWith(path, known.planId!)}?${query}` })
      }
    }
  }
})
