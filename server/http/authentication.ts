import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { SESSION_LIFE_MS } from '#identity'
import type { Access, Who } from './access.ts'
import { isAnybody } from './access.ts'
import { createFailures } from './failures.ts'
import type { Parts } from './parts.ts'
import { ProblemAnswer } from './problem.ts'

declare module 'fastify' {
  interface FastifyRequest {
    who: Who
  }
  interface FastifyContextConfig {
    /** Left out: anybody who is signed in or has a key. */
    access?: Access
  }
}

/** `__Host-` binds the cookie to this very host, and browsers take it over HTTPS only. */
const cookieName = (request: FastifyRequest): string =>
  request.protocol === 'https' ? '__Host-tandem_session' : 'tandem_session'

export function setSessionCookie(request: FastifyRequest, reply: FastifyReply, token: string): void {
  reply.setCookie(cookieName(request), token, {
    httpOnly: true,
    sameSite: 'strict',
    secure: request.protocol === 'https',
    path: '/',
    maxAge: SESSION_LIFE_MS / 1000,
  })
}

export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(cookieName(request), { path: '/', secure: request.protocol === 'https' })
}

/** Says of each request who asks, and turns away who may not. */
export function authenticate(app: FastifyInstance, parts: Parts): void {
  app.decorateRequest('who', undefined)
  const strangers = createFailures({ limit: parts.settings.limits.strangers, windowMs: 60_000 })
  app.addHook('onRequest', async (request) => {
    const access = request.routeOptions.config.access ?? null
    if (access === isAnybody || request.is404) return
    refuseOtherOrigin(request, parts.settings.publicUrl)
    // Before the look-up: a stranger with an invented token costs the database nothing.
    if (strangers.isBlocked(request.ip, parts.clock.now())) throw new ProblemAnswer('too-many-requests')
    request.who = await identify(request, parts)
    if (request.who === undefined) {
      strangers.add(request.ip, parts.clock.now())
      throw new ProblemAnswer('not-signed-in')
    }
    if (access !== null && !access(request.who)) throw new ProblemAnswer('not-allowed')
  })
}

async function identify(request: FastifyRequest, { signIns, operatorKeys, clock }: Parts): Promise<Who> {
  const bearer = bearerOf(request)
  if (bearer?.startsWith('tdm_')) return (await operatorKeys.operatorOf(bearer)) as Who
  const token = bearer ?? request.cookies[cookieName(request)]
  return token === undefined ? undefined : signIns.memberOf(token, clock.now())
}

const bearerOf = (request: FastifyRequest): string | undefined =>
  /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * A browser says from which site a request comes. What changes something, and every WebSocket, must come from ours:
 * the cookie alone proves only whose browser it is. A program with a key and no cookie has no site.
 */
export function refuseOtherOrigin(request: FastifyRequest, publicUrl: string): void {
  const isUpgrade = request.headers.upgrade !== undefined
  if (SAFE.has(request.method) && !isUpgrade) return
  if (bearerOf(request) !== undefined && request.headers.cookie === undefined) return
  const origin = request.headers.origin
  const isOurs =
    origin === undefined || origin === `${request.protocol}://${request.host}` || origin === new URL(publicUrl).origin
  if (!isOurs || request.headers['sec-fetch-site'] === 'cross-site') throw new ProblemAnswer('origin-refused')
}
