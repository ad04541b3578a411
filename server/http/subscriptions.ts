import { listOf, newSubscription, scopeQuery, subscription, subscriptionChange } from '@tandem/contract'
import type { Subscription } from '#entitlements'
import { newId } from '#kernel'
import { mayChangeOffer, mayReadOffer } from './access.ts'
import { audited, changesOf } from './audited.ts'
import type { Parts } from './parts.ts'
import { badRequest, found, ProblemAnswer, referenceUnknown } from './problem.ts'
import { routesOf, type App } from './routes.ts'
import { idOf, organizationOf } from './scope.ts'
import { answers, beginningAt, idParam, instantOrNull, nothing, timestampOf, timestampOrNull } from './wire.ts'

const tags = ['offer']

export const subscriptionRoutes = routesOf(listSubscriptions, createSubscription, changeSubscription, endSubscription)

function listSubscriptions(app: App, parts: Parts): void {
  const { entitlements } = parts.stores
  app.get(
    '/api/subscriptions',
    {
      schema: {
        tags,
        summary: 'Plans that an organization was, is and will be on',
        querystring: scopeQuery,
        response: answers(200, listOf(subscription)),
      },
      config: { access: mayReadOffer },
    },
    async (request) => {
      const all = await entitlements.subscriptions(organizationOf(request, request.query.organizationId))
      return { items: all.map(subscriptionToWire) }
    },
  )
}

function createSubscription(app: App, parts: Parts): void {
  app.post(
    '/api/subscriptions',
    {
      schema: {
        tags,
        summary: 'Put an organization on a plan',
        body: newSubscription,
        response: answers(201, subscription),
      },
      config: { access: mayChangeOffer },
    },
    async (request, reply) => {
      const { body } = request
      const at = parts.clock.now()
      const [from, until] = [beginningAt(body.from, at), instantOrNull(body.until)]
      if (until !== null && until <= from) throw badRequest('until', 'not after from')
      const organizationId = idOf<'organization'>(body.organizationId)
      const { planId, seats } = body
      const wanted = { id: newId<'subscription'>(at), organizationId, planId: idOf<'plan'>(planId), from, until, seats }
      const made = await parts.stores.atomically(async (stores) => {
        if ((await stores.directory.organization(organizationId)) === undefined)
          throw referenceUnknown('organizationId')
        const written = await stores.entitlements.createSubscription(wanted)
        if (!written.ok)
          throw written.refusal.code === 'plan-unknown'
            ? referenceUnknown('planId')
            : new ProblemAnswer('subscription-overlaps')
        await audited(
          request,
          { ...parts, stores },
          { organizationId, action: 'subscription.created', subjectId: wanted.id, detail: { planId, seats } },
        )
        return written.value
      })
      return reply.code(201).send(subscriptionToWire(made))
    },
  )
}

function changeSubscription(app: App, parts: Parts): void {
  app.patch(
    '/api/subscriptions/:id',
    {
      schema: {
        tags,
        summary: 'Say how many members have a pool of their own; a raise counts from the next call on',
        params: idParam,
        body: subscriptionChange,
        response: answers(200, subscription),
      },
      config: { access: mayChangeOffer },
    },
    async (request) => {
      const { seats } = request.body
      return parts.stores.atomically(async (stores) => {
        const { before, after } = found(await stores.entitlements.changeSeats(idOf(request.params.id), seats))
        const detail = changesOf(before, after)
        const { id, organizationId } = after
        if (detail !== undefined)
          await audited(
            request,
            { ...parts, stores },
            { organizationId, action: 'subscription.changed', subjectId: id, detail },
          )
        return subscriptionToWire(after)
      })
    },
  )
}

function endSubscription(app: App, parts: Parts): void {
  app.delete(
    '/api/subscriptions/:id',
    {
      schema: {
        tags,
        summary: 'End a subscription now; calls that go on keep its terms. One that has not begun is taken away',
        params: idParam,
        response: answers(204, nothing),
      },
      config: { access: mayChangeOffer },
    },
    async (request, reply) => {
      const at = parts.clock.now()
      await parts.stores.atomically(async (stores) => {
        const id = idOf<'subscription'>(request.params.id)
        const { before, after } = found(await stores.entitlements.endSubscription(id, at))
        // Ended before: to end it again is to have ended it.
        if (after === before) return
        await audited(
          request,
          { ...parts, stores },
          {
            organizationId: before.organizationId,
            action: 'subscription.ended',
            subjectId: id,
            detail: { planId: before.planId, before: { until: before.until }, after: { until: after?.until ?? null } },
          },
        )
      })
      return reply.code(204).send(null)
    },
  )
}

const subscriptionToWire = ({ id, organizationId, planId, from, until, seats }: Subscription) => ({
  id,
  organizationId,
  planId,
  from: timestampOf(from),
  until: timestampOrNull(until),
  seats,
})
