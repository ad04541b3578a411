import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { SESSION_LIFE_MS } from '#identity'
import type { Instant } from '#kernel'
import type { Access, Who } from './access.ts'
import { isAnybody } from './access.ts'
import { callerAddress } from './caller-address.ts'
import { createFailures, type Failures } from './failures.ts'
import type { Parts, Settings } from './parts.ts'
import { ProblemAnswer, tooMany } from './problem.ts'

declare module 'fastify' {
  interface FastifyRequest {
    who: Who
  }
  interface FastifyContextConfig {
    /** Left out: anybody who is signed in or has a key. */
    access?: Access
    /** A file of the web: as cheap as can be, and never counted. */
    isFile?: boolean
  }
}

/**
 * The address that people know decides, never what a request says of itself: a proxy may forget to keep the Host, and
 * a cookie must not be made under one name and looked for under another. `__Host-` binds a cookie to this very host, and
 * browsers take it over HTTPS only.
 */
export function cookieOf(settings: Pick<Settings, 'publicUrl'>, name: 'session' | 'device') {
  const secure = settings.publicUrl.startsWith('https:')
  const options = { httpOnly: true, sameSite: 'strict', secure, path: '/' } as const
  return { name: `${secure ? '__Host-' : ''}tandem_${name}`, options }
}

export function setSessionCookie(reply: FastifyReply, settings: Settings, token: string): void {
  const { name, options } = cookieOf(settings, 'session')
  reply.setCookie(name, token, { ...options, maxAge: SESSION_LIFE_MS / 1000 })
}

export function clearSessionCookie(reply: FastifyReply, settings: Settings): void {
  const { name, options } = cookieOf(settings, 'session')
  reply.clearCookie(name, options)
}

/** Says of each request who asks, and turns away who may not. */
export function authenticate(app: FastifyInstance, parts: Parts): void {
  app.decorateRequest('who', undefined)
  const { strangers: free } = parts.settings.limits
  const strangers = createFailures({ free, firstMs: 10_000, longestMs: 60_000, forgottenAfterMs: 60_000 })
  app.addHook('onRequest', async (request) => {
    const access = request.routeOptions.config.access ?? null
    if (access === isAnybody || request.is404) return
    refuseOtherOrigin(request, parts.settings.publicUrl)
    // What is good is looked at first: nothing that strangers do at the same address keeps it out. What is invented is
    // known by its form or from memory, and costs the database nothing.
    request.who = await identify(request, parts)
    if (request.who === undefined) throw strangerAnswer(strangers, callerAddress(request.ip), parts.clock.now())
    if (access !== null && !access(request.who)) throw new ProblemAnswer('not-allowed')
  })
}

function strangerAnswer(strangers: Failures, address: string, at: Instant): ProblemAnswer {
  const waitMs = strangers.waitMs(address, at)
  if (waitMs > 0) return tooMany(waitMs)
  strangers.add(address, at)
  return new ProblemAnswer('not-signed-in')
}

async function identify(request: FastifyRequest, { signIns, operatorKeys, clock, settings }: Parts): Promise<Who> {
  const bearer = bearerOf(request)
  if (bearer?.startsWith('tdm_')) return (await operatorKeys.operatorOf(bearer, clock.now())) as Who
  const token = bearer ?? request.cookies[cookieOf(settings, 'session').name]
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
