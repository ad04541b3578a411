import {
  call,
  carrier,
  contact,
  decision,
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
  session,
  subscription,
  trunk,
} from '@tandem/contract'
import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { isAnybody } from './access.ts'

/** Named once, referred to from everywhere; what only one route has stays in it. */
const schemaRegistry = z.registry<{ id?: string }>()
const NAMED = {
  Call: call,
  Carrier: carrier,
  Contact: contact,
  Decision: decision,
  Event: event,
  Handset: handset,
  Health: health,
  Hello: hello,
  LedgerEntry: ledgerEntry,
  Licence: licence,
  Member: member,
  Organization: organization,
  PlacedCall: placedCall,
  Plan: plan,
  PlanVersion: planVersion,
  Pool: pool,
  Problem: problem,
  Record: record,
  Session: session,
  Subscription: subscription,
  Trunk: trunk,
}
for (const [id, schema] of Object.entries(NAMED)) schemaRegistry.add(schema, { id })

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
        license: { name: 'AGPL-3.0-only', identifier: 'AGPL-3.0-only' },
      },
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
    transform: createJsonSchemaTransform({ schemaRegistry }),
    transformObject: (document) =>
      polish(createJsonSchemaTransformObject({ schemaRegistry })(document) as unknown as ApiDocument) as never,
  })
  app.get('/api/openapi.json', { schema: { hide: true } as never, config: { access: isAnybody } }, async () =>
    app.swagger(),
  )
}

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
  '4XX': 'Refused; see `code`',
  '5XX': 'A fault on our side, or a part is not running',
}

function polish(document: ApiDocument): ApiDocument {
  describeAnswers(document)
  document.paths['/api/events'] = EVENTS
  keepUsedSchemas(document)
  return document
}

/** Problems travel under their own media type. */
function describeAnswers({ paths }: ApiDocument): void {
  const answers = Object.values(paths)
    .flatMap((path) => Object.values(path))
    .flatMap(({ responses }) => Object.entries(responses ?? {}))
  for (const [status, answer] of answers) {
    answer.description = DESCRIPTIONS[status] ?? answer.description ?? ''
    const json = answer.content?.['application/json']
    if (/^[45]/.test(status) && json !== undefined) answer.content = { 'application/problem+json': json }
  }
}

/** The generator has no words for a WebSocket. */
const EVENTS = {
  get: {
    summary: 'Events by WebSocket: first a Hello, then Events; `after` resumes behind that `seq`',
    tags: ['events'],
    parameters: [{ name: 'after', in: 'query', required: false, schema: { type: 'integer', minimum: 0 } }],
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
