import { z } from 'zod'

/**
 * The register of error codes: HTTP status and meaning. A code never changes its meaning. The texts for people are in
 * the web's translations under `error.<code>`; a test keeps register, API document and translations equal.
 */
export const ERRORS = {
  'bad-request': { status: 400, title: 'The request does not fit its schema' },
  'cursor-invalid': { status: 400, title: 'This is no cursor of this list' },
  'body-too-large': { status: 413, title: 'The request is too large' },
  'password-weak': { status: 422, title: 'This password is easy to guess' },
  'not-signed-in': { status: 401, title: 'Sign in or send a key' },
  'sign-in-failed': { status: 401, title: 'Login or password is wrong' },
  'origin-refused': { status: 403, title: 'The request comes from another site' },
  'not-allowed': { status: 403, title: 'You may not do this' },
  'not-found': { status: 404, title: 'There is no such thing here' },
  'login-taken': { status: 409, title: 'Somebody has this login' },
  'organization-code-taken': { status: 409, title: 'Another organization has this code' },
  'login-not-ours': { status: 422, title: 'What follows the @ belongs to another organization' },
  'extension-taken': { status: 409, title: 'A colleague has this extension' },
  'extension-reserved': { status: 422, title: 'This extension is an emergency number or a service code' },
  'last-administrator': { status: 409, title: 'The organization would be without an administrator' },
  'changed-meanwhile': { status: 412, title: 'Somebody else has changed it' },
  'department-cycle': { status: 409, title: 'A department cannot be part of itself' },
  'department-too-deep': { status: 409, title: 'Departments are at most 10 levels deep' },
  'department-in-use': { status: 409, title: 'The department has members or departments below' },
  'password-wrong': { status: 422, title: 'The current password is wrong' },
  'name-taken': { status: 409, title: 'This name is in use' },
  'number-taken': { status: 409, title: 'Another organization holds this number' },
  'subscription-overlaps': { status: 409, title: 'The organization has a plan in that time' },
  'instant-taken': { status: 409, title: 'Another version begins at this instant' },
  'instant-past': { status: 422, title: 'It would begin in the past' },
  'call-ended': { status: 409, title: 'The call is over' },
  'call-not-ringing': { status: 409, title: 'The call does not ring here' },
  'call-not-connected': { status: 409, title: 'The call is not connected yet' },
  'host-unknown': { status: 421, title: 'Tandem does not go by this name' },
  'reference-unknown': { status: 422, title: 'It names something that does not exist' },
  'push-service-unknown': { status: 422, title: 'Tandem does not send to this push service' },
  'idempotency-key-reused': { status: 422, title: 'The Idempotency-Key was used with another body' },
  'idempotency-key-missing': { status: 400, title: 'The request needs an Idempotency-Key' },
  'demo-only': { status: 404, title: 'Only in demo mode' },
  'demo-refused': { status: 409, title: 'Demo mode has only the simulated carrier on this machine' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'sign-in-busy': { status: 503, title: 'Too many people sign in at once' },
  'internal-error': { status: 500, title: 'A fault on our side' },
  'server-restarting': { status: 503, title: 'The server is starting' },
  'engine-unreachable': { status: 503, title: 'The telephone engine is not running' },
  'ledger-unreachable': { status: 503, title: 'The ledger is not reachable' },
  // Refusals of a call (admission): all 403 with `refusal` and `alternatives` in the problem.
  'emergency-number': { status: 403, title: 'Call emergency numbers from a phone' },
  'organization-suspended': { status: 403, title: 'The organization is suspended' },
  'member-suspended': { status: 403, title: 'The member is suspended' },
  'number-invalid': { status: 403, title: 'Not a telephone number' },
  'several-numbers': { status: 403, title: 'More than one telephone number' },
  'keys-invalid': { status: 403, title: 'What follows the number cannot be pressed' },
  'too-many-attempts': { status: 403, title: 'Too many calls that nobody answered' },
  'callee-shielded': { status: 403, title: 'This person cannot be called' },
  'caller-barred': { status: 403, title: 'Calls to phones are switched off for you' },
  'callee-not-colleague': { status: 403, title: 'You may call colleagues only' },
  'callee-not-contact': { status: 403, title: 'You may call saved contacts only' },
  'callee-undisturbed': { status: 403, title: 'This person does not want to be disturbed' },
  'callee-off-hours': { status: 403, title: 'Outside the working hours of this person' },
  'monthly-limit-reached': { status: 403, title: 'Your monthly limit is reached' },
  'zone-denied': { status: 403, title: 'Calls to this destination are not allowed' },
  'licence-missing': { status: 403, title: 'No licence lets this call through' },
  'no-caller-number': { status: 403, title: 'The organization has no number to show' },
  'no-plan': { status: 403, title: 'The organization has no plan' },
  'service-not-in-plan': { status: 403, title: 'The plan does not offer this' },
  'too-many-calls': { status: 403, title: 'Too many calls at once' },
  'no-minutes': { status: 403, title: 'No minutes left' },
  'no-route': { status: 403, title: 'No trunk can take this call now' },
} as const

export type ErrorCode = keyof typeof ERRORS

export const alternative = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('native-dialler').describe('Call it from a phone'),
    digits: z.string().describe('What to dial there'),
  }),
  z.object({
    kind: z
      .literal('ask-administrator')
      .describe('The organization’s administrator can change it, or ask the operator to'),
  }),
  z.object({
    kind: z.literal('call-in-app').describe('The colleague can be reached inside the app: a *network* call'),
    memberId: z.uuid().describe('The colleague'),
  }),
  z.object({
    kind: z.literal('wait-until').describe('It is possible later'),
    at: z.iso.datetime({ precision: 3 }).describe('From then on; UTC'),
  }),
])

/** RFC 9457 problem details; `code` is ours and stable. */
export const problem = z.object({
  type: z.string().describe('`urn:tandem:error:` and the code'),
  title: z.string().describe('The code’s meaning in English'),
  status: z.int().describe('HTTP status'),
  code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]).describe('Stable; never changes its meaning'),
  detail: z.string().optional().describe('More about this very case, in English'),
  params: z
    .record(z.string(), z.union([z.string(), z.number()]))
    .optional()
    .describe('Parameters for the translated sentence'),
  /** Where the request is wrong: a path in the body and why. */
  faults: z
    .array(
      z.object({
        path: z.string().describe('Dotted path of the field'),
        message: z.string().describe('What is wrong with it'),
      }),
    )
    .optional()
    .describe('Where the request is wrong'),
  alternatives: z.array(alternative).optional().describe('What is lawful instead of a refused call'),
  decisionId: z.string().optional().describe('The stored decision of a refused call'),
})
export type Problem = z.infer<typeof problem>
export type WireAlternative = z.infer<typeof alternative>
