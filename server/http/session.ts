import { createdOperatorKey, listOf, newOperatorKey, newSession, operatorKey, session, signIn } from '@tandem/contract'
import type { FastifyRequest } from 'fastify'
import type { MemberPrincipal, OperatorKey } from '#identity'
import { isAnybody, isMember, mayChangeKeys } from './access.ts'
import { audited } from './audited.ts'
import { clearSessionCookie, refuseOtherOrigin, setSessionCookie } from './authentication.ts'
import { createFailures } from './failures.ts'
import type { Parts } from './parts.ts'
import { found, ProblemAnswer } from './problem.ts'
import { routesOf, type App } from './routes.ts'
import { memberOf } from './scope.ts'
import { answers, idParam, nothing, timestampOf, timestampOrNull } from './wire.ts'

const tags = ['session']

export const sessionRoutes = routesOf(openSession, readOwnSession, closeSession)

function openSession(app: App, parts: Parts): void {
  const { limits, publicUrl } = parts.settings
  const windowMs = 5 * 60_000
  const failures = createFailures({ limit: limits.wrongPasswords, windowMs })
  // From many addresses at once a password is guessed as well; from one, nobody shuts another's account.
  const everywhere = createFailures({ limit: 20 * limits.wrongPasswords, windowMs })
  // Before the body is read, a stranger costs us nothing.
  const refuseOther = async (request: FastifyRequest) => refuseOtherOrigin(request, publicUrl)
  app.post(
    '/api/session',
    {
      schema: { tags, summary: 'Sign in', security: [], body: signIn, response: answers(200, newSession) },
      config: {
        access: isAnybody,
        rateLimit: { max: limits.signIns, timeWindow: 60_000, keyGenerator: (request) => `sign-in:${request.ip}` },
      },
      onRequest: refuseOther,
    },
    async (request, reply) => {
      const at = parts.clock.now()
      const login = request.body.login.toLowerCase()
      const here = `${login} ${request.ip}`
      if (failures.isBlocked(here, at) || everywhere.isBlocked(login, at)) throw new ProblemAnswer('too-many-requests')
      const signedIn = await parts.signIns.signIn(request.body, at)
      if (!signedIn.ok) {
        failures.add(here, at)
        everywhere.add(login, at)
        throw new ProblemAnswer('sign-in-failed')
      }
      failures.forget(here)
      const { token, session: made } = signedIn.value
      if (request.body.token !== true) setSessionCookie(request, reply, token)
      const wire = await sessionToWire(made, parts)
      return request.body.token === true ? { ...wire, token } : wire
    },
  )
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
      const { sessionHash } = memberOf(request)
      await parts.signIns.signOut(sessionHash)
      await parts.engine.removeBrowser(parts.sipAccess.userOfSession(sessionHash).sipUser)
      parts.hub.dropSession(sessionHash)
      clearSessionCookie(request, reply)
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
      const { key, stored } = await parts.operatorKeys.create(request.body.name, at)
      await audited(request, parts, {
        organizationId: null,
        action: 'operator-key.created',
        subjectId: stored.id,
        detail: { name: stored.name },
      })
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
      const isRevoked = await parts.operatorKeys.revoke(request.params.id, at)
      found(isRevoked ? request.params.id : undefined)
      await audited(request, parts, {
        organizationId: null,
        action: 'operator-key.revoked',
        subjectId: request.params.id,
        detail: {},
      })
      return reply.code(204).send(null)
    },
  )
}

async function sessionToWire(who: Pick<MemberPrincipal, 'memberId' | 'organizationId'>, { stores, settings }: Parts) {
  const [member, organization] = await Promise.all([
    stores.directory.member(who.organizationId, who.memberId),
    stores.directory.organization(who.organizationId),
  ])
  const { id, name, role } = found(member)
  const { zone, country, ...rest } = found(organization)
  return {
    memberId: id,
    name,
    role,
    organization: { id: rest.id, name: rest.name, zone, country },
    isDemo: settings.isDemo,
  }
}

const operatorKeyToWire = (key: OperatorKey) => ({
  id: key.id,
  name: key.name,
  prefix: key.prefix,
  createdAt: timestampOf(key.createdAt),
  revokedAt: timestampOrNull(key.revokedAt),
})
