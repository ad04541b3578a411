import * as contract from '@tandem/contract'
import { ERRORS, type ErrorCode } from '@tandem/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { openHouse, type House } from '../testing/house.ts'
import { outsider, type Json } from '../testing/outsider.ts'

type Operation = {
  readonly summary?: string
  readonly tags?: string[]
  readonly responses: { readonly [status: string]: Json }
  readonly security?: unknown[]
  readonly parameters?: readonly Json[]
  readonly requestBody?: Json
}
type Document = {
  readonly openapi: string
  readonly servers: unknown
  readonly tags: readonly { readonly name: string; readonly description: string }[]
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
  }
})

test('every operation says by status which codes it refuses with, and what they mean', () => {
  const said = new Set<string>()
  for (const { name, operation } of operations()) {
    const refusals = Object.entries(operation.responses).filter(([status]) => !/^[12]/.test(status))
    expect([name, refusals.length > 2]).toEqual([name, true])
    for (const [status, { description, content }] of refusals) {
      const [base, { properties }] = content['application/problem+json'].schema.allOf
      expect(base).toEqual({ $ref: '#/components/schemas/Problem' })
      for (const code of properties.code.enum as ErrorCode[]) {
        expect([name, code, String(ERRORS[code].status)]).toEqual([name, code, status])
        expect(description).toContain(`\`${code}\`: ${ERRORS[code].title}`)
        said.add(code)
      }
    }
  }
  expect(Object.keys(ERRORS).filter((code) => !said.has(code))).toEqual([])
})

test('every field and every parameter is described', () => {
  const bare = [...barePropertiesOf(document, '')]
  const parameters = operations().flatMap(({ name, operation: { parameters = [] } }) =>
    parameters.filter(({ description }) => !description).map((one) => `${name}: ${one.name}`),
  )
  expect([...bare, ...parameters]).toEqual([])
})

/** The paths of schema properties that have neither a description nor a reference to something that has. */
function* barePropertiesOf(node: unknown, path: string): Generator<string> {
  if (typeof node !== 'object' || node === null) return
  const { properties } = node as { readonly properties?: { readonly [name: string]: Json } }
  if (typeof properties === 'object')
    for (const [name, property] of Object.entries(properties)) if (!property.description) yield `${path}.${name}`
  for (const [name, inner] of Object.entries(node)) yield* barePropertiesOf(inner, `${path}.${name}`)
}

test('every body that is sent has an example, and each example is one that the contract takes', () => {
  const bodies = operations().flatMap(({ name, operation: { requestBody } }) => {
    const content = requestBody?.content['application/json']
    return content === undefined
      ? []
      : [{ name, examples: Object.values(content.examples ?? { only: content.example }).filter(Boolean) }]
  })
  expect(bodies.filter(({ examples }) => examples.length === 0).map(({ name }) => name)).toEqual([])
  for (const [name, schema] of Object.entries(contract)) {
    if (!(schema instanceof z.ZodType)) continue
    for (const example of (schema.meta()?.['examples'] as unknown[] | undefined) ?? [])
      expect([name, schema.safeParse(example).error?.issues]).toEqual([name, undefined])
  }
})

test('it names its server, and each tag that is used with what it is about', () => {
  expect(document.servers).toEqual([{ url: '/', description: expect.any(String) }])
  const used = new Set(operations().flatMap(({ operation }) => operation.tags ?? []))
  expect(document.tags.map(({ name }) => name).sort()).toEqual([...used].sort())
  for (const { description } of document.tags) expect(description.length).toBeGreaterThan(10)
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

test('every body that is sent refuses fields that there are not, at any depth', () => {
  const open = operations().flatMap(({ name, operation: { requestBody } }) =>
    requestBody === undefined ? [] : openObjectsOf(requestBody.content['application/json'].schema, name),
  )
  expect(open).toEqual([])
})

/** Where a schema takes an object with any other field. */
function openObjectsOf(node: Json, path: string): readonly string[] {
  if (typeof node !== 'object' || node === null) return []
  const { $ref, properties, additionalProperties } = node
  if (typeof $ref === 'string')
    return openObjectsOf((document.components.schemas as Json)[$ref.split('/').at(-1)!], path)
  const here = typeof properties === 'object' && additionalProperties !== false ? [path] : []
  return [...here, ...Object.entries(node).flatMap(([name, inner]) => openObjectsOf(inner as Json, `${path}.${name}`))]
}
