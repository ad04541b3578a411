import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import websocket from '@fastify/websocket'
import { fastify, LogController, type FastifyInstance, type FastifyRequest } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { authenticate } from './authentication.ts'
import { callActionRoutes, callRoutes } from './calls.ts'
import { carrierRoutes } from './carriers.ts'
import { decisionRoutes } from './decisions.ts'
import { demoRoutes } from './demo.ts'
import { serveDocs } from './docs-page.ts'
import { eventRoutes } from './events.ts'
import { healthRoutes } from './health.ts'
import { licenceRoutes } from './licences.ts'
import { contactRoutes, memberRoutes } from './members.ts'
import { metricsRoutes } from './metrics.ts'
import { networkRoutes } from './network.ts'
import { numberRoutes } from './numbers.ts'
import { describeApi } from './openapi.ts'
import { organizationRoutes } from './organizations.ts'
import type { Parts } from './parts.ts'
import { planRoutes } from './plans.ts'
import { ledgerRoutes, poolRoutes } from './pools.ts'
import { answerError, ProblemAnswer } from './problem.ts'
import { recordRoutes } from './records.ts'
import { operatorKeyRoutes, sessionRoutes } from './session.ts'
import { refuseUnstorableText } from './storable.ts'
import { subscriptionRoutes } from './subscriptions.ts'
import { trunkRoutes } from './trunks.ts'
import { serveWeb } from './web.ts'

const ROUTES = [
  sessionRoutes,
  operatorKeyRoutes,
  organizationRoutes,
  memberRoutes,
  contactRoutes,
  callRoutes,
  callActionRoutes,
  poolRoutes,
  ledgerRoutes,
  recordRoutes,
  decisionRoutes,
  carrierRoutes,
  trunkRoutes,
  networkRoutes,
  numberRoutes,
  licenceRoutes,
  planRoutes,
  subscriptionRoutes,
  eventRoutes,
  demoRoutes,
  healthRoutes,
  metricsRoutes,
]

export type Http = FastifyInstance

/** The whole HTTP side, not listening yet. */
export async function createHttp(parts: Parts): Promise<Http> {
  const app = fastify({
    loggerInstance: parts.log,
    // Only the edge on this machine speaks to us, and it says for whom.
    trustProxy: 'loopback',
    bodyLimit: 100_000,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => crypto.randomUUID(),
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(answerError)
  logRequests(app)
  endRefusedUpgrades(app)
  refuseUnstorableText(app)
  await app.register(helmet, securityHeaders(parts.settings.publicUrl))
  await app.register(cookie)
  authenticate(app, parts)
  await app.register(rateLimit, {
    max: parts.settings.limits.requests,
    timeWindow: 60_000,
    keyGenerator: callerOf,
    errorResponseBuilder: () => new ProblemAnswer('too-many-requests'),
  })
  await app.register(websocket, { options: { maxPayload: 1000 } })
  await describeApi(app)
  for (const routes of ROUTES) await app.register(routes(parts))
  await serveDocs(app)
  await serveWeb(app, parts.settings.webRoot)
  app.addHook('preClose', async () => parts.hub.close())
  return app
}

/** Whose requests are counted together. */
function callerOf({ who, ip }: FastifyRequest): string {
  if (who === undefined) return ip
  return who.kind === 'member' ? who.memberId : who.keyId
}

/** A refused upgrade leaves a socket that Node counts no more: it would stay open, and keep us from stopping. */
function endRefusedUpgrades(app: FastifyInstance): void {
  app.addHook('onResponse', async (request) => {
    if (request.headers.upgrade !== undefined) request.raw.socket.destroySoon()
  })
}

/** One line a request; the query stays out of it, since it can carry a number or a ticket. */
function logRequests(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    const level =
      reply.statusCode >= 500 ? 'warn' : request.routeOptions.url?.startsWith('/api/health') ? 'trace' : 'info'
    request.log[level](
      {
        method: request.method,
        route: pathOf(request),
        status: reply.statusCode,
        tookMs: Math.round(reply.elapsedTime),
      },
      'request',
    )
  })
}

/** The route's pattern, or for what has none the path. */
const pathOf = (request: FastifyRequest): string => request.routeOptions.url ?? request.url.split('?')[0] ?? ''

function securityHeaders(publicUrl: string) {
  const isHttps = publicUrl.startsWith('https:')
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        // Components place menus and bars by inline styles.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        mediaSrc: ["'self'", 'blob:', 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: isHttps,
    // A page on plain HTTP (loopback) has no use for it, and browsers warn.
    crossOriginOpenerPolicy: isHttps,
    originAgentCluster: isHttps,
  }
}
