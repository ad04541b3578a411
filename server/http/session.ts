import {
  createdOperatorKey,
  listOf,
  newOperatorKey,
  newSession,
  operatorKey,
  session,
  signIn,
  type WireSession,
} from '@tandem/contract'
import type { FastifyRequest } from 'fastify'
import { doNotDisturbAt, resolveLimits, type LimitsInForce, type Member, type Organization } from '#directory'
import { emergencyPlanOf } from '#carriers'
import type { MemberPrincipal, OperatorKey, SignedIn } from '#identity'
import type { CountryCode } from '#kernel'
import { isAnybody, isMember, mayChangeKeys } from './access.ts'
import { audited } from './audited.ts'
import { clearSessionCookie, cookieOf, refuseOtherOrigin, setSessionCookie } from './authentication.ts'
import { callerAddress } from './caller-address.ts'
import type { Parts } from './parts.ts'
import { found, ProblemAnswer, tooMany } from './problem.ts'
import { doNotDisturbToWire } from './reach.ts'
import { routesOf, type App } from './routes.ts'
import { memberOf } from './scope.ts'
import { createSignInAttempts, type Attempt } from './sign-in-attempts.ts'
import { answers, idParam, nothing, timestampOf, timestampOrNull } from './wire.ts'

const tags = ['session']

export const sessionRoutes = routesOf(openSession, readOwnSession, closeSession)

/** A browser stays known for so long after its latest sign-in; a year, the longest that browsers keep a cookie. */
const DEVICE_KNOWN_S = 365 * 24 * 3600

function openSession(app: App, parts: Parts): void {
  const { limits, publicUrl } = parts.settings
  const attempts = createSignInAttempts(limits)
  // Before the body is read, a stranger costs us nothing.
  const refuseOther = async (request: FastifyRequest) => refuseOtherOrigin(request, publicUrl)
  app.post(
    '/api/session',
    {
      schema: { tags, summary: 'Sign in', security: [], body: signIn, response: answers(200, newSession) },
      config: { access: isAnybody, rateLimit: false },
      onRequest: refuseOther,
    },
    async (request, reply) => {
      const { password, token: wantsToken } = request.body
      const device = deviceCookie(request, parts)
      const login = request.body.login.toLowerCase()
      const attempt = {
        login,
        address: callerAddress(request.ip),
        device: parts.knownDevices.deviceOf(device.mark, login),
      }
      const signedIn = await checkPassword({ attempts, attempt, password, parts })
      const { token, session: made } = signedIn
      const wire = await sessionToWire(made, parts)
      if (wantsToken === true) return { ...wire, token }
      setSessionCookie(reply, parts.settings, token)
      const mark = parts.knownDevices.markFor(device.mark, login)
      reply.setCookie(device.name, mark, { ...device.options, maxAge: DEVICE_KNOWN_S })
      return wire
    },
  )
}

function deviceCookie(request: FastifyRequest, { settings }: Parts) {
  const cookie = cookieOf(settings, 'device')
  return { ...cookie, mark: request.cookies[cookie.name] }
}

type Check = {
  readonly attempts: ReturnType<typeof createSignInAttempts>
  readonly attempt: Attempt
  readonly password: string
  readonly parts: Parts
}

/** Counted first and hashed then; a try that was not decided (too many at once, no database) is not counted. */
async function checkPassword({ attempts, attempt, password, parts }: Check): Promise<SignedIn> {
  const at = parts.clock.now()
  const waitMs = attempts.begin(attempt, at)
  if (waitMs > 0) throw tooMany(waitMs)
  const urgency = attempt.device === null ? 'stranger' : 'known'
  const signedIn = await parts.signIns
    .signIn({ login: attempt.login, password, urgency }, at)
    .catch((error: unknown) => {
      attempts.undecided(attempt)
      throw error
    })
  if (!signedIn.ok) throw new ProblemAnswer('sign-in-failed')
  attempts.succeeded(attempt)
  return signedIn.value
}

function readOwnSession(app: App, parts: Parts): void {
  app.get(
    '/api/session',
    {
      schema: { tags, summary: 'Who is signed in', response: answers(200, session) },
      config: { access: isMember },
    },
    async (request) => sessionToWire(memberOf(request), parts),
  )
}

function closeSession(app: App, parts: Parts): void {
  app.delete(
    '/api/session',
    {
      schema: { tags, summary: 'Sign out', response: answers(204, nothing) },
      config: { access: isMember },
    },
    async (request, reply) => {
      await parts.signOuts.session(memberOf(request).sessionHash)
      clearSessionCookie(reply, parts.settings)
      return reply.code(204).send(null)
    },
  )
}

export const operatorKeyRoutes = routesOf(listOperatorKeys, createOperatorKey, revokeOperatorKey)

function listOperatorKeys(app: App, parts: Parts): void {
  app.get(
    '/api/operator-keys',
    {
      schema: {
        tags,
        summary: 'Operator keys, the bootstrap key and revoked ones too; never the key itself',
        response: answers(200, listOf(operatorKey)),
      },
      config: { access: mayChangeKeys },
    },
    async () => ({ items: (await parts.stores.identity.operatorKeys()).map(operatorKeyToWire) }),
  )
}

function createOperatorKey(app: App, parts: Parts): void {
  app.post(
    '/api/operator-keys',
    {
      schema: {
        tags,
        summary: 'Make an operator key; it is told once',
        body: newOperatorKey,
        response: answers(201, createdOperatorKey),
      },
      config: { access: mayChangeKeys },
    },
    async (request, reply) => {
      const at = parts.clock.now()
      const { key, stored } = await parts.operatorKeys.create(request.body.name, at, (write) =>
        parts.stores.atomically(async (stores) => {
          const made = await write(stores.identity)
          await audited(
            request,
            { ...parts, stores },
            {
              organizationId: null,
              action: 'operator-key.created',
              subjectId: made.id,
              detail: { name: made.name },
            },
          )
          return made
        }),
      )
      return reply.code(201).send({ ...operatorKeyToWire(stored), key })
    },
  )
}

function revokeOperatorKey(app: App, parts: Parts): void {
  app.delete(
    '/api/operator-keys/:id',
    {
      schema: { tags, summary: 'Revoke an operator key', params: idParam, response: answers(204, nothing) },
      config: { access: mayChangeKeys },
    },
    async (request, reply) => {
      const at = parts.clock.now()
      const subjectId = request.params.id
      await parts.operatorKeys.revoke(subjectId, at, (write) =>
        parts.stores.atomically(async (stores) => {
          const isRevoked = await write(stores.identity)
          found(isRevoked ? subjectId : undefined)
          await audited(
            request,
            { ...parts, stores },
            { organizationId: null, action: 'operator-key.revoked', subjectId, detail: {} },
          )
          return isRevoked
        }),
      )
      return reply.code(204).send(null)
    },
  )
}

async function sessionToWire(
  who: Pick<MemberPrincipal, 'memberId' | 'organizationId'>,
  { stores, settings, clock }: Parts,
) {
  const [member, organization, limits, wish] = await Promise.all([
    stores.directory.member(who.organizationId, who.memberId),
    stores.directory.organization(who.organizationId),
    stores.directory.limitsOf(who.organizationId, who.memberId),
    stores.reach.doNotDisturb(who.memberId),
  ])
  const { id, name, role, language, standing } = found(member)
  const { zone, country, ...rest } = found(organization)
  return {
    memberId: id,
    name,
    role,
    organization: { id: rest.id, name: rest.name, code: rest.code, zone, country, emergency: emergencyToWire(country) },
    barredBy: barredBy(found(organization), standing, found(limits)),
    isDemo: settings.isDemo,
    language,
    doNotDisturb: doNotDisturbToWire(doNotDisturbAt(wish, clock.now())),
  }
}

/** What admission would say to any call, so that nobody has to try; the same order. */
function barredBy(
  organization: Organization,
  standing: Member['standing'],
  { own, departments }: LimitsInForce,
): WireSession['barredBy'] {
  if (organization.standing === 'suspended') return 'organization-suspended'
  if (standing === 'suspended') return 'member-suspended'
  return resolveLimits(own, departments).mayCall === 'nobody' ? 'caller-barred' : null
}

function emergencyToWire(country: CountryCode) {
  const { numbers, ...plan } = emergencyPlanOf(country)
  return { ...plan, numbers: [...numbers] }
}

const operatorKeyToWire = (key: OperatorKey) => ({
  id: key.id,
  name: key.name,
  prefix: key.prefix,
  createdAt: timestampOf(key.createdAt),
  revokedAt: timestampOrNull(key.revokedAt),
})
