import { missedCalls, missedSeen, pushEndpoint, pushKey, pushSubscription } from '@tandem/contract'
import type { FastifyRequest } from 'fastify'
import { doNotDisturbAt, type DoNotDisturb } from '#directory'
import { isMember } from './access.ts'
import { audited, changesOf } from './audited.ts'
import type { Parts } from './parts.ts'
import { badRequest, ProblemAnswer } from './problem.ts'
import { routesOf, type App } from './routes.ts'
import { memberOf } from './scope.ts'
import { answers, instantOf, nothing, timestampOrNull } from './wire.ts'

const tags = ['reach']

export const reachRoutes = routesOf(readMissed, markSeen, readPushKey, subscribe, unsubscribe)

function readMissed(app: App, parts: Parts): void {
  app.get(
    '/api/me/missed',
    {
      schema: { tags, summary: 'Missed calls inside the app', response: answers(200, missedCalls) },
      config: { access: isMember },
    },
    async (request) => missedOf(request, parts),
  )
}

function markSeen(app: App, parts: Parts): void {
  app.post(
    '/api/me/missed/seen',
    {
      schema: {
        tags,
        summary: 'Missed calls were seen, up to an instant: on all screens of the member',
        body: missedSeen,
        response: answers(200, missedCalls),
      },
      config: { access: isMember },
    },
    async (request) => {
      const until = instantOf(request.body.until)
      if (until > parts.clock.now()) throw badRequest('until', 'in the future')
      await parts.stores.reach.seen(memberOf(request), until)
      return missedOf(request, parts)
    },
  )
}

async function missedOf(request: FastifyRequest, { stores }: Parts) {
  const { count, seenUntil } = await stores.reach.missed(memberOf(request).memberId)
  return { count, seenUntil: timestampOrNull(seenUntil) }
}

function readPushKey(app: App, parts: Parts): void {
  app.get(
    '/api/me/push',
    {
      schema: { tags, summary: 'The key by which a browser subscribes to pushes', response: answers(200, pushKey) },
      config: { access: isMember },
    },
    async () => ({ publicKey: parts.pushServices.publicKey }),
  )
}

function subscribe(app: App, parts: Parts): void {
  app.put(
    '/api/me/push',
    {
      schema: {
        tags,
        summary: 'Have this browser woken to ring, for as long as its session goes on; the latest 10 of a member count',
        body: pushSubscription,
        response: answers(204, nothing),
      },
      config: { access: isMember },
    },
    async (request, reply) => {
      const { endpoint, keys } = request.body
      if (!parts.pushServices.isTrusted(endpoint)) throw new ProblemAnswer('push-service-unknown')
      const { sessionHash } = memberOf(request)
      await parts.stores.reach.subscribe({ endpoint, ...keys }, { sessionHash, at: parts.clock.now() })
      return reply.code(204).send(null)
    },
  )
}

function unsubscribe(app: App, parts: Parts): void {
  app.delete(
    '/api/me/push',
    {
      schema: {
        tags,
        summary: 'Wake this browser no more; also one that is not known',
        body: pushEndpoint,
        response: answers(204, nothing),
      },
      config: { access: isMember },
    },
    async (request, reply) => {
      await parts.stores.reach.unsubscribe(request.body.endpoint, memberOf(request).memberId)
      return reply.code(204).send(null)
    },
  )
}

type WireDoNotDisturb = { readonly until: string | null } | null

export const doNotDisturbToWire = (wish: DoNotDisturb | null) =>
  wish === null ? null : { until: timestampOrNull(wish.until) }

/** One that is over already is none. */
export async function changeDoNotDisturb(
  request: FastifyRequest,
  parts: Parts,
  wanted: WireDoNotDisturb,
): Promise<void> {
  const who = memberOf(request)
  const { organizationId, memberId } = who
  const wish = wanted === null ? null : { until: wanted.until === null ? null : instantOf(wanted.until) }
  const after = doNotDisturbAt(wish, parts.clock.now())
  await parts.stores.atomically(async (stores) => {
    const before = await stores.reach.doNotDisturb(memberId)
    const detail = changesOf({ doNotDisturb: before }, { doNotDisturb: after })
    if (detail === undefined) return
    await stores.reach.changeDoNotDisturb(who, after)
    await audited(
      request,
      { ...parts, stores },
      { organizationId, action: 'member.changed', subjectId: memberId, detail },
    )
  })
}
