import { listOf, newPlan, newPlanVersion, plan, planVersion, type planTerms } from '@tandem/contract'
import type { z } from 'zod'
import { faultsOf, versionsFor, type Plan, type PlanTerms, type PlanVersion } from '#entitlements'
import { newId, type PlanId } from '#kernel'
import type { FastifyRequest } from 'fastify'
import { mayChangeOffer, mayReadOffer } from './access.ts'
import { audited } from './audited.ts'
import type { Parts } from './parts.ts'
import { found, ProblemAnswer } from './problem.ts'
import { routesOf, type App } from './routes.ts'
import { idOf, whoOf } from './scope.ts'
import { answers, beginningAt, idParam, timestampOf } from './wire.ts'

const tags = ['offer']

export const planRoutes = routesOf(listPlans, createPlan, listVersions, createVersion)

function listPlans(app: App, parts: Parts): void {
  app.get(
    '/api/plans',
    {
      schema: {
        tags,
        summary: 'Plans; for an administrator those that his organization was, is or will be on',
        response: answers(200, listOf(plan)),
      },
      config: { access: mayReadOffer },
    },
    async (request) => ({ items: (await plansFor(request, parts)).map(({ id, name }) => ({ id, name })) }),
  )
}

/** The subscriptions of who asks; `null`: the operator, who sees every plan. */
async function subscriptionsOf(request: FastifyRequest, { stores }: Parts) {
  const who = whoOf(request)
  return who.kind === 'operator' ? null : stores.entitlements.subscriptions(who.organizationId)
}

const isOf = (planId: PlanId) => (subscription: { readonly planId: PlanId }) => subscription.planId === planId

async function plansFor(request: FastifyRequest, parts: Parts): Promise<readonly Plan[]> {
  const [plans, own] = await Promise.all([parts.stores.entitlements.plans(), subscriptionsOf(request, parts)])
  return own === null ? plans : plans.filter(({ id }) => own.some(isOf(id)))
}

function createPlan(app: App, parts: Parts): void {
  app.post(
    '/api/plans',
    {
      schema: {
        tags,
        summary: 'Make a plan; its terms come with a version',
        body: newPlan,
        response: answers(201, plan),
      },
      config: { access: mayChangeOffer },
    },
    async (request, reply) => {
      const at = parts.clock.now()
      const { id, name } = await parts.stores.atomically(async (stores) => {
        const made = await stores.entitlements.createPlan({ id: newId(at), name: request.body.name })
        if (!made.ok) throw new ProblemAnswer(made.refusal.code)
        const detail = { name: made.value.name }
        await audited(
          request,
          { ...parts, stores },
          { organizationId: null, action: 'plan.created', subjectId: made.value.id, detail },
        )
        return made.value
      })
      return reply.code(201).send({ id, name })
    },
  )
}

function listVersions(app: App, parts: Parts): void {
  const { entitlements } = parts.stores
  app.get(
    '/api/plans/:id/versions',
    {
      schema: {
        tags,
        summary: 'Versions of a plan; for an administrator those that were or may come in force for his organization',
        params: idParam,
        response: answers(200, listOf(planVersion)),
      },
      config: { access: mayReadOffer },
    },
    async (request) => {
      const id = idOf<'plan'>(request.params.id)
      found((await plansFor(request, parts)).find((one) => one.id === id))
      const versions = await entitlements.planVersions(id)
      const subscriptions = await subscriptionsOf(request, parts)
      const seen = subscriptions === null ? versions : versionsFor(versions, subscriptions.filter(isOf(id)))
      return { items: seen.map(planVersionToWire) }
    },
  )
}

function createVersion(app: App, parts: Parts): void {
  app.post(
    '/api/plans/:id/versions',
    {
      schema: {
        tags,
        summary: 'Add terms from an instant on',
        params: idParam,
        body: newPlanVersion,
        response: answers(201, planVersion),
      },
      config: { access: mayChangeOffer },
    },
    async (request, reply) => {
      const terms = termsFromWire(request.body.terms)
      const at = parts.clock.now()
      const effectiveFrom = beginningAt(request.body.effectiveFrom, at)
      const version = { id: newId<'plan-version'>(at), planId: idOf<'plan'>(request.params.id), effectiveFrom, terms }
      const made = await parts.stores.atomically(async (stores) => {
        const written = await stores.entitlements.createPlanVersion(version)
        if (!written.ok)
          throw new ProblemAnswer(written.refusal.code === 'plan-unknown' ? 'not-found' : written.refusal.code)
        const detail = { planId: version.planId, effectiveFrom: timestampOf(effectiveFrom) }
        await audited(
          request,
          { ...parts, stores },
          { organizationId: null, action: 'plan-version.created', subjectId: version.id, detail },
        )
        return written.value
      })
      return reply.code(201).send(planVersionToWire(made))
    },
  )
}

/** Milliseconds ≥ 0 by the schema, so the brands hold; what the numbers mean together is the domain's to judge. */
function termsFromWire({ draws, initiatorDraws, ...wire }: z.infer<typeof planTerms>): PlanTerms {
  const terms = { ...wire, draws: { participant: draws, initiator: initiatorDraws ?? draws } } as unknown as PlanTerms
  const faults = faultsOf(terms)
  if (faults.length === 0) return terms
  // What was not said has the fault of what was.
  const told = faults.filter(({ field }) => initiatorDraws !== undefined || field !== 'draws.initiator')
  throw new ProblemAnswer('bad-request', {
    faults: told.map(({ field, code }) => ({ path: `terms.${WIRE_NAMES.get(field) ?? field}`, message: code })),
  })
}

const WIRE_NAMES: ReadonlyMap<string, string> = new Map([
  ['draws.participant', 'draws'],
  ['draws.initiator', 'initiatorDraws'],
])

const planVersionToWire = ({ id, planId, effectiveFrom, terms }: PlanVersion) => ({
  id,
  planId,
  effectiveFrom: timestampOf(effectiveFrom),
  terms: {
    ...terms,
    services: [...terms.services],
    draws: [...terms.draws.participant],
    initiatorDraws: [...terms.draws.initiator],
    zones: [...terms.zones],
    serviceCodes: [...terms.serviceCodes],
  },
})
