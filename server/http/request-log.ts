import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Instant } from '#kernel'
import type { Parts } from './parts.ts'

const TOLD_EVERY_MS = 60_000

/**
 * One line a request, without its query, which can carry a number or a ticket. What anybody can cause at will (a page or
 * an unknown address, no session, too many tries) is counted, and told once a minute for each status: the log has room
 * for so many lines only, and strangers would take it from what matters.
 */
export function logRequests(app: FastifyInstance, { clock, metrics }: Pick<Parts, 'clock' | 'metrics'>): void {
  const tellings = createTellings(TOLD_EVERY_MS)
  app.addHook('onResponse', async (request, reply) => {
    const status = reply.statusCode
    const line = { method: request.method, route: routeOf(request), status, tookMs: Math.round(reply.elapsedTime) }
    if (isStrangers(request, status)) {
      if (status >= 400) metrics.turnedAway(status)
      const count = tellings.tell(status, clock.now())
      const what = status >= 400 ? 'requests turned away' : 'requests of strangers'
      if (count > 0) request.log.info({ status, count, latest: line.route }, what)
    } else if (status >= 500) request.log.warn(line, 'request')
    else request.log[request.routeOptions.url?.startsWith('/api/health') === true ? 'trace' : 'info'](line, 'request')
  })
}

/** The pattern of the route; an address that is none of ours is a stranger's own text, and stays out. */
const routeOf = (request: FastifyRequest): string =>
  request.is404 ? '(unknown)' : (request.routeOptions.url ?? '(unknown)')

function isStrangers(request: FastifyRequest, status: number): boolean {
  if (status === 404 || status === 429) return true
  if (request.who !== undefined) return false
  if (request.method === 'POST' && request.routeOptions.url === '/api/session') return status >= 400
  return status < 500
}

/** How many of a kind happened since it was last told; 0 while it was told less than `everyMs` ago. */
function createTellings(everyMs: number) {
  const kinds = new Map<number, { count: number; toldAt: Instant }>()
  return {
    tell(kind: number, at: Instant): number {
      const known = kinds.get(kind)
      if (known === undefined || at - known.toldAt >= everyMs) {
        kinds.set(kind, { count: 0, toldAt: at })
        return (known?.count ?? 0) + 1
      }
      known.count += 1
      return 0
    },
  }
}
