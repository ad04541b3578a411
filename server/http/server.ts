import compress from '@fastify/compress'
import type { IncomingMessage } from 'node:http'
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import websocket from '@fastify/websocket'
import { constants } from 'node:zlib'
import { fastify, LogController, type FastifyInstance, type FastifyRequest } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { authenticate } from './authentication.ts'
import { readJsonBodies } from './body.ts'
import { callerAddress } from './caller-address.ts'
import { callActionRoutes, callRoutes } from './calls.ts'
import { dialledRoutes } from './dialled.ts'
import { carrierRoutes } from './carriers.ts'
import { decisionRoutes } from './decisions.ts'
import { demoRoutes } from './demo.ts'
import { departmentRoutes } from './departments.ts'
import { DOCS_PATH, serveDocs } from './docs-page.ts'
import { EVENTS_PATH, eventRoutes } from './events.ts'
import { healthRoutes } from './health.ts'
import { licenceRoutes } from './licences.ts'
import { ownRoutes } from './me.ts'
import { memberChangeRoutes } from './member-changes.ts'
import { contactRoutes, memberRoutes } from './members.ts'
import { metricsRoutes } from './metrics-routes.ts'
import { networkRoutes } from './network.ts'
import { newMemberRoutes } from './new-member.ts'
import { numberRoutes } from './numbers.ts'
import { describeApi } from './openapi.ts'
import { organizationRoutes } from './organizations.ts'
import type { Parts } from './parts.ts'
import { planRoutes } from './plans.ts'
import { ledgerRoutes, poolRoutes } from './pools.ts'
import { answerError, ProblemAnswer } from './problem.ts'
import { reachRoutes } from './reach.ts'
import { recordRoutes } from './records.ts'
import { operatorKeyRoutes, sessionRoutes } from './session.ts'
import { logRequests } from './request-log.ts'
import { keepAnswersPrivate, securityHeaders } from './security-headers.ts'
import { refuseUnstorableText } from './storable.ts'
import { subscriptionRoutes } from './subscriptions.ts'
import { trunkRoutes } from './trunks.ts'
import { collectCodes } from './route-errors.ts'
import { serveWeb } from './web.ts'

const ROUTES = [
  sessionRoutes,
  operatorKeyRoutes,
  organizationRoutes,
  memberRoutes,
  newMemberRoutes,
  memberChangeRoutes,
  departmentRoutes,
  ownRoutes,
  reachRoutes,
  contactRoutes,
  callRoutes,
  dialledRoutes,
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

/** Of answers; the pages are compressed at their build. Small ones are not worth it, and requests are taken plain only. */
const COMPRESSION = {
  encodings: ['br' as const, 'gzip' as const],
  threshold: 1024,
  // The usual 11 is for files: it takes longer than the answer itself.
  brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
  globalDecompression: false,
}

/** The whole HTTP side, not listening yet. */
export async function createHttp(parts: Parts): Promise<Http> {
  const app = fastify({
    loggerInstance: parts.log,
    // Only the edge on this machine speaks to us, and it says for whom.
    trustProxy: 'loopback',
    bodyLimit: 100_000,
    http: { shouldUpgradeCallback: isToWebSocket },
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => crypto.randomUUID(),
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(answerError)
  logRequests(app, parts)
  readJsonBodies(app)
  endRefusedUpgrades(app)
  refuseOtherUpgrades(app)
  refuseUnstorableText(app)
  keepAnswersPrivate(app)
  await app.register(helmet, securityHeaders(parts.settings.publicUrl))
  await compressAnswers(app)
  await app.register(cookie)
  authenticate(app, parts)
  await app.register(rateLimit, {
    max: parts.settings.limits.requests,
    timeWindow: 60_000,
    keyGenerator: callerOf,
    allowList: (request: FastifyRequest) => request.routeOptions.config.isFile === true,
    errorResponseBuilder: () => new ProblemAnswer('too-many-requests'),
  })
  await app.register(websocket, { options: { maxPayload: 1000 } })
  collectCodes(app)
  await describeApi(app)
  for (const routes of ROUTES) await app.register(routes(parts))
  await serveDocs(app)
  await serveWeb(app, parts.settings.webRoot)
  app.addHook('preClose', async () => parts.hub.close())
  return app
}

async function compressAnswers(app: FastifyInstance): Promise<void> {
  app.addHook('onRoute', (route) => {
    // 5 MB of script: compressing it anew for whoever asks would be a stranger's way to our processor.
    if (route.url.startsWith(DOCS_PATH)) route.compress = false
  })
  await app.register(compress, COMPRESSION)
}

/** Whose requests are counted together; who is known is counted by himself, whatever others do at his address. */
function callerOf({ who, ip }: FastifyRequest): string {
  if (who === undefined) return callerAddress(ip)
  return who.kind === 'member' ? who.memberId : who.keyId
}

/** Only events are a WebSocket: whoever wants to upgrade another page is told so at once, and not held. */
function refuseOtherUpgrades(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    if (request.headers.upgrade !== undefined && request.routeOptions.url !== EVENTS_PATH)
      throw new ProblemAnswer('not-found')
  })
}

/** An upgrade to anything else is not taken: it is an ordinary request then (RFC 9110, 7.8), with ordinary limits. */
const isToWebSocket = ({ method, url }: IncomingMessage): boolean =>
  method === 'GET' && url?.split('?', 1)[0] === '/api/events'

/** A refused upgrade leaves a socket that Node counts no more: it would stay open, and keep us from stopping. */
function endRefusedUpgrades(app: FastifyInstance): void {
  app.addHook('onResponse', async (request) => {
    if (request.headers.upgrade !== undefined) request.raw.socket.destroySoon()
  })
}
