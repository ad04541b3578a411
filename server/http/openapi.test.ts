import { ERRORS } from '@tandem/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openHouse, type House } from '../testing/house.ts'
import { outsider, type Json } from '../testing/outsider.ts'

type Operation = {
  readonly summary?: string
  readonly tags?: string[]
  readonly responses: { readonly [status: string]: Json }
  readonly security?: unknown[]
}
type Document = {
  readonly openapi: string
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } }
  readonly components: { readonly schemas: object }
}

let house: House
let document: Document
beforeAll(async () => {
  house = await openHouse()
  document = (await outsider(house).get('/api/openapi.json')).body
})
afterAll(() => house.stop())

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
  )

test('the document is the one that was agreed on', async () => {
  await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot('openapi.snapshot.json')
})

test('every reference leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
    ([, name]) => name!,
  )
  expect(references.length).toBeGreaterThan(20)
  for (const name of references) expect(Object.keys(document.components.schemas)).toContain(name)
})

test('every operation has a summary, a tag, a good answer and its problems', () => {
  for (const { name, operation } of operations()) {
    const statuses = Object.keys(operation.responses)
    expect([
      name,
      operation.summary !== undefined,
      operation.tags?.length,
      statuses.some((status) => /^[12]/.test(status)),
    ]).toEqual([name, true, 1, true])
    if (name === 'get /metrics' || name === 'get /api/events') continue
    for (const status of ['4XX', '5XX']) {
      expect([name, operation.responses[status]?.content]).toEqual([
        name,
        { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      ])
    }
  }
})

test('every code of the error register is in it', () => {
  const { properties } = (document.components.schemas as Json).Problem
  expect(properties.code.enum).toEqual(Object.keys(ERRORS))
})

test('what strangers may use says so', () => {
  const open = operations()
    .filter(({ operation }) => operation.security?.length === 0)
    .map(({ name }) => name)
  expect(open.sort()).toEqual([
    'get /api/demo/accounts',
    'get /api/demo/numbers',
    'get /api/health',
    'get /api/health/ready',
    'post /api/demo/handsets',
    'post /api/session',
  ])
})

test('the page to read it needs nothing from outside', async () => {
  const page = await outsider(house).get('/api/docs/')
  expect(page.status).toBe(200)
  expect(page.body).not.toMatch(/(src|href)="https?:/)
  expect(page.headers['content-security-policy']).toContain("connect-src 'self'")
  const script = await outsider(house).get('/api/docs/js/scalar.js')
  expect([script.status, String(script.headers['content-type'])]).toEqual([
    200,
    'application/javascript; charset=utf-8',
  ])
})
