import { listOf, newPlan, newPlanVersion, plan, planVersion, type planTerms } from '@tandem/contract'
import type { z } from 'zod'
import { faultsOf, type PlanTerms, type PlanVersion } from '#entitlements'
import { newId } from '#kernel'
import { mayChangeOffer, mayReadOffer } from './access.ts'
import { audited } from './audited.ts'
import type { Parts } from './parts.ts'
import { found, ProblemAnswer } from './problem.ts'
import { routesOf, type App } from './routes.ts'
import { idOf } from './scope.ts'
import { answers, idParam, instantOf, timestampOf } from './wire.ts'

const tags = ['offer']

export const planRoutes = routesOf(listPlans, createPlan, listVersions, createVersion)

function listPlans(app: App, parts: Parts): void {
  const { entitlements } = parts.stores
  app.get(
    '/api/plans',
    {
      schema: { tags, summary: 'Plans', response: answers(200, listOf(plan)) },
      config: { access: mayReadOffer },
    },
    async () => ({ items: (await entitlements.plans()).map(({ id, name }) => ({ id, name })) }),
  )
}

function createPlan(app: App, parts: Parts): void {
  const { entitlements } = parts.stores
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
      const made = await entitlements.createPlan({ id: newId(at), name: request.body.name })
      if (!made.ok) throw new ProblemAnswer(made.refusal.code)
      const { id, name } = made.value
      await audited(request, parts, {
        organizationId: null,
        action: 'plan.created',
        subjectId: id,
        detail: { name },
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
      schema: { tags, summary: 'Versions of a plan', params: idParam, response: answers(200, listOf(planVersion)) },
      config: { access: mayReadOffer },
    },
    async (request) => {
      const id = idOf<'plan'>(request.params.id)
      found((await entitlements.plans()).find((one) => one.id === id))
      return { items: (await entitlements.planVersions(id)).map(planVersionToWire) }
    },
  )
}

function createVersion(app: App, parts: Parts): void {
  const { entitlements } = parts.stores
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
      const effectiveFrom = instantOf(request.body.effectiveFrom)
      const made = await entitlements.createPlanVersion({
        id: newId(at),
        planId: idOf(request.params.id),
        effectiveFrom,
        terms,
      })
      if (!made.ok) throw new ProblemAnswer(made.refusal.code === 'plan-unknown' ? 'not-found' : made.refusal.code)
      await audited(request, parts, {
        organizationId: null,
        action: 'plan-version.created',
        subjectId: made.value.id,
        detail: { planId: made.value.planId, effectiveFrom: request.body.effectiveFrom },
      })
      return reply.code(201).send(planVersionToWire(made.value))
    },
  )
}

/** Milliseconds ≥ 0 by the schema, so the brands hold; what the numbers mean together is the domain's to judge. */
function termsFromWire(wire: z.infer<typeof planTerms>): PlanTerms {
  const terms = wire as unknown as PlanTerms
  const faults = faultsOf(terms)
  if (faults.length === 0) return terms
  throw new ProblemAnswer('bad-request', {
    faults: faults.map(({ field, code }) => ({ path: `terms.${field}`, message: code })),
  })
}

const planVersionToWire = ({ id, planId, effectiveFrom, terms }: PlanVersion) => ({
  id,
  planId,
  effectiveFrom: timestampOf(effectiveFrom),
  terms: {
    ...terms,
    services: [...terms.services],
    draws: [...terms.draws],
    zones: [...terms.zones],
    serviceCodes: [...terms.serviceCodes],
  },
})
