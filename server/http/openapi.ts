import {
  ERRORS,
  call,
  carrier,
  contact,
  decision,
  department,
  event,
  handset,
  health,
  hello,
  ledgerEntry,
  licence,
  member,
  organization,
  placedCall,
  plan,
  planVersion,
  pool,
  problem,
  record,
  ringing,
  session,
  subscription,
  trunk,
  type ErrorCode,
} from '@tandem/contract'
import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { isAnybody } from './access.ts'

/** Named once, referred to from everywhere; what only one route has stays in it. */
const NAMED = {
  Call: call,
  Carrier: carrier,
  Contact: contact,
  Decision: decision,
  Department: department,
  Event: event,
  Handset: handset,
  Health: health,
  Hello: hello,
  LedgerEntry: ledgerEntry,
  Licence: licence,
  Member: member,
  Organization: organization,
  PlacedCall: placedCall,
  Ringing: ringing,
  Plan: plan,
  PlanVersion: planVersion,
  Pool: pool,
  Problem: problem,
  Record: record,
  Session: session,
  Subscription: subscription,
  Trunk: trunk,
}
for (const [id, schema] of Object.entries(NAMED)) z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), id })

const DESCRIPTION = `Business calls and the minutes that pay for them.

Sign in with a session cookie, or send \`Authorization: Bearer\` with a session's token or an operator key. Errors are
problems (RFC 9457) with a stable \`code\`; times are UTC with milliseconds; durations are integers of milliseconds.
An operator names the organization that he acts on by \`organizationId\`.`

export async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tandem',
        version: '0.1.0',
        description: DESCRIPTION,
        license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'This installation' }],
      tags: TAGS,
      components: {
        securitySchemes: {
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: 'tandem_session',
            description: 'Over HTTPS: `__Host-tandem_session`',
          },
          bearer: { type: 'http', scheme: 'bearer' },
        },
      },
      security: [{ session: [] }, { bearer: [] }],
    },
    transform: createJsonSchemaTransform({}),
    transformObject: (document) =>
      polish(app, createJsonSchemaTransformObject({})(document) as unknown as ApiDocument) as never,
  })
  app.get('/api/openapi.json', { schema: { hide: true } as never, config: { access: isAnybody } }, async () =>
    app.swagger(),
  )
}

const TAGS = [
  { name: 'session', description: 'Signing in and out, one’s own password and language, operator keys' },
  {
    name: 'reach',
    description: 'Where a member’s browsers are woken to ring, and the calls inside the app that he missed',
  },
  { name: 'organizations', description: 'Who uses this installation' },
  { name: 'members', description: 'The people of an organization, and the contacts that they saved' },
  { name: 'departments', description: 'The tree that people belong to, and the limits that come from it' },
  { name: 'calls', description: 'Placing calls, and what is done to those that go on' },
  { name: 'minutes', description: 'Pools, grants, and the ledger that both are the sum of' },
  { name: 'records', description: 'What became of each call, and of each wish to call' },
  { name: 'network', description: 'Carriers, trunks, numbers and licences: the operator’s' },
  { name: 'offer', description: 'Plans, their versions, and who is on them' },
  { name: 'events', description: 'What happens, as it happens' },
  { name: 'operation', description: 'Health and metrics of this installation' },
  { name: 'demo', description: 'The simulated network; in demo mode only' },
]

type ApiResponse = { content?: { [type: string]: unknown }; description?: string }
type ApiDocument = {
  paths: {
    [path: string]: { [method: string]: { responses?: { [status: string]: ApiResponse }; [name: string]: unknown } }
  }
  components: { schemas: { [name: string]: unknown } }
}

const DESCRIPTIONS: { readonly [status: string]: string } = {
  200: 'Done',
  201: 'Made',
  204: 'Done, nothing to tell',
}

function polish(app: FastifyInstance, document: ApiDocument): ApiDocument {
  document.paths['/api/events'] = structuredClone(EVENTS)
  describeAnswers(app, document)
  keepUsedSchemas(document)
  return document
}

/** The good answer in words; and each status that a route may refuse with, with its codes. */
function describeAnswers(app: FastifyInstance, { paths }: ApiDocument): void {
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const answers = (operation.responses ??= {})
      for (const [status, answer] of Object.entries(answers))
        answer.description = DESCRIPTIONS[status] ?? answer.description ?? ''
      delete answers['4XX']
      delete answers['5XX']
      const codes = app.codesOf(`${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`)
      Object.assign(answers, refusalsOf(codes))
    }
  }
}

/** By status; problems travel under their own media type. */
function refusalsOf(codes: readonly ErrorCode[]): { [status: string]: ApiResponse } {
  const byStatus = Map.groupBy(codes, (code) => ERRORS[code].status)
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => [
      status,
      {
        description: ofStatus.map((code) => `\`${code}\`: ${ERRORS[code].title}`).join('. '),
        content: {
          'application/problem+json': {
            schema: {
              allOf: [
                { $ref: '#/components/schemas/Problem' },
                { properties: { code: { enum: ofStatus, description: 'Which of all codes it can be here' } } },
              ],
            },
          },
        },
      },
    ]),
  )
}

/** The generator has no words for a WebSocket. */
const EVENTS = {
  get: {
    summary: 'Events by WebSocket: first a Hello, then Events; `after` resumes behind that `seq`',
    tags: ['events'],
    parameters: [
      {
        name: 'after',
        in: 'query',
        required: false,
        description: 'Tells what came after this `seq` first',
        schema: { type: 'integer', minimum: 0 },
      },
    ],
    responses: {
      101: {
        description: 'The messages from then on',
        content: {
          'application/json': {
            schema: { oneOf: [{ $ref: '#/components/schemas/Hello' }, { $ref: '#/components/schemas/Event' }] },
          },
        },
      },
    },
  },
}

/** It names each schema twice, as it is sent and as it is read (`…Input`); what nobody refers to is left out. */
function keepUsedSchemas(document: ApiDocument): void {
  const { schemas } = document.components
  let unused: readonly string[]
  do {
    const text = JSON.stringify(document)
    unused = Object.keys(schemas).filter((name) => !text.includes(`"#/components/schemas/${name}"`))
    for (const name of unused) delete schemas[name]
  } while (unused.length > 0)
}
