import { ERRORS, type ErrorCode } from '@tandem/contract'
import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from 'fastify'
import { isAnybody, isSignedIn } from './access.ts'
import { UNDOCUMENTED } from './parts.ts'

/** What each route may refuse beyond what `commonErrors` says of it. */
const OWN: { readonly [route: string]: readonly ErrorCode[] } = {
  'POST /api/session': ['sign-in-failed', 'sign-in-busy'],
  'PATCH /api/me': ['password-wrong', 'password-weak', 'sign-in-busy'],
  'PUT /api/me/push': ['push-service-unknown'],
  'POST /api/organizations': ['organization-code-taken'],
  'POST /api/members': [
    'login-taken',
    'login-not-ours',
    'extension-taken',
    'extension-reserved',
    'reference-unknown',
    'password-weak',
    'sign-in-busy',
  ],
  'PATCH /api/members/:id': [
    'login-taken',
    'login-not-ours',
    'extension-taken',
    'extension-reserved',
    'reference-unknown',
    'last-administrator',
    'changed-meanwhile',
  ],
  'POST /api/members/:id/password': ['password-weak', 'sign-in-busy'],
  'PATCH /api/organizations/:id': ['reference-unknown', 'changed-meanwhile'],
  'POST /api/departments': ['reference-unknown', 'name-taken', 'department-too-deep'],
  'PATCH /api/departments/:id': [
    'reference-unknown',
    'name-taken',
    'department-cycle',
    'department-too-deep',
    'changed-meanwhile',
  ],
  'DELETE /api/departments/:id': ['department-in-use', 'changed-meanwhile'],
  'POST /api/calls': [
    'idempotency-key-missing',
    'idempotency-key-reused',
    'reference-unknown',
    'call-ended',
    'engine-unreachable',
    'emergency-number',
    'organization-suspended',
    'member-suspended',
    'too-many-attempts',
    'number-invalid',
    'several-numbers',
    'keys-invalid',
    'callee-shielded',
    'caller-barred',
    'callee-not-colleague',
    'callee-not-contact',
    'callee-undisturbed',
    'callee-off-hours',
    'monthly-limit-reached',
    'zone-denied',
    'licence-missing',
    'no-caller-number',
    'no-plan',
    'service-not-in-plan',
    'too-many-calls',
    'no-minutes',
    'no-route',
  ],
  'POST /api/calls/:id/ring': ['call-ended', 'call-not-ringing', 'engine-unreachable'],
  'POST /api/calls/:id/decline': ['call-ended', 'call-not-ringing', 'engine-unreachable'],
  'POST /api/calls/:id/hangup': ['call-ended', 'engine-unreachable'],
  'POST /api/calls/:id/hold': ['call-ended', 'call-not-connected', 'engine-unreachable'],
  'POST /api/calls/:id/resume': ['call-ended', 'call-not-connected', 'engine-unreachable'],
  'POST /api/calls/:id/digits': ['call-ended', 'call-not-connected', 'engine-unreachable'],
  'POST /api/calls/:id/attach': ['call-ended', 'call-not-ringing', 'engine-unreachable'],
  'POST /api/pools/:id/grants': ['idempotency-key-missing', 'idempotency-key-reused'],
  'POST /api/contacts': ['emergency-number', 'number-invalid', 'several-numbers', 'keys-invalid'],
  'POST /api/carriers': ['name-taken'],
  'POST /api/trunks': ['name-taken', 'reference-unknown', 'demo-refused', 'engine-unreachable'],
  'PATCH /api/trunks/:id': [
    'name-taken',
    'reference-unknown',
    'demo-refused',
    'engine-unreachable',
    'changed-meanwhile',
  ],
  'POST /api/numbers': ['number-taken', 'reference-unknown'],
  'POST /api/licences': ['reference-unknown'],
  'POST /api/plans': ['name-taken'],
  'POST /api/plans/:id/versions': ['instant-taken', 'instant-past'],
  'POST /api/subscriptions': ['reference-unknown', 'subscription-overlaps', 'instant-past'],
  // A WebSocket is more than reading.
  'GET /api/events': ['origin-refused'],
  'GET /api/demo/accounts': ['demo-only'],
  'GET /api/demo/numbers': ['demo-only'],
  'POST /api/demo/handsets': ['demo-only', 'reference-unknown', 'engine-unreachable'],
}

type Route = {
  readonly method: string
  readonly url: string
  readonly schema?: { readonly [part: string]: unknown } | undefined
  readonly config?: Pick<FastifyContextConfig, 'access'> | undefined
}

/** What a route refuses because of what it is. */
function commonErrors({ method, url, schema = {}, config = {} }: Route): readonly ErrorCode[] {
  const { access } = config
  const isOpen = access === isAnybody
  const changes = method !== 'GET'
  const asks = schema['querystring'] !== undefined || schema['params'] !== undefined || schema['body'] !== undefined
  const isList = JSON.stringify(Object.keys(shapeOf(schema['querystring']))).includes('"cursor"')
  const namesOne =
    url.includes('/:id') || 'organizationId' in { ...shapeOf(schema['querystring']), ...shapeOf(schema['body']) }
  return [
    'host-unknown',
    'too-many-requests',
    'internal-error',
    'server-restarting',
    'ledger-unreachable',
    ...when(!isOpen, 'not-signed-in'),
    ...when(!isOpen && access !== undefined && access !== isSignedIn, 'not-allowed'),
    ...when(asks || changes, 'bad-request'),
    ...when(schema['body'] !== undefined, 'body-too-large'),
    ...when(changes, 'origin-refused'),
    ...when(namesOne, 'not-found'),
    ...when(isList, 'cursor-invalid'),
  ]
}

const when = (condition: boolean, code: ErrorCode): readonly ErrorCode[] => (condition ? [code] : [])

const shapeOf = (schema: unknown): object => (schema as { readonly shape?: object } | undefined)?.shape ?? {}

declare module 'fastify' {
  interface FastifyInstance {
    /** Every code that a route (`GET /api/members/:id`) may answer, in the order of the register. */
    codesOf(route: string): readonly ErrorCode[]
  }
}

/** Before any route is added. */
export function collectCodes(app: FastifyInstance): void {
  const known = new Map<string, readonly ErrorCode[]>()
  app.addHook('onRoute', ({ method, url, schema, config }) => {
    for (const each of [method].flat()) {
      const name = `${each} ${url}`
      const route = { method: each, url, schema: schema as Route['schema'], config }
      const codes = new Set([...commonErrors(route), ...(OWN[name] ?? [])])
      known.set(
        name,
        (Object.keys(ERRORS) as ErrorCode[]).filter((code) => codes.has(code)),
      )
    }
  })
  app.decorate('codesOf', (route: string) => known.get(route) ?? [])
}

export function tellUndocumented(request: FastifyRequest, code: ErrorCode): void {
  const { method, routeOptions, headers } = request
  // Who upgrades a page asks for something that is no route.
  const isElsewhere = routeOptions.url === undefined || request.is404
  if (isElsewhere || (headers.upgrade !== undefined && code === 'not-found')) return
  const route = `${method === 'HEAD' ? 'GET' : method} ${routeOptions.url}`
  if (!request.server.codesOf(route).includes(code)) request.log.debug({ route, code }, UNDOCUMENTED)
}
