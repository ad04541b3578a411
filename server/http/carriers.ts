import { carrier, listOf, newCarrier } from '@tandem/contract'
import { newId } from '#kernel'
import { mayChangeNetwork, mayReadNetwork } from './access.ts'
import { audited } from './audited.ts'
import type { Parts } from './parts.ts'
import { ProblemAnswer } from './problem.ts'
import { routesOf, type App } from './routes.ts'
import { answers } from './wire.ts'

const tags = ['network']

export const carrierRoutes = routesOf(listCarriers, createCarrier)

function listCarriers(app: App, parts: Parts): void {
  const { carriers } = parts.stores
  app.get(
    '/api/carriers',
    {
      schema: { tags, summary: 'Carriers', response: answers(200, listOf(carrier)) },
      config: { access: mayReadNetwork },
    },
    async () => ({ items: (await carriers.carriers()).map(({ id, name }) => ({ id, name })) }),
  )
}

function createCarrier(app: App, parts: Parts): void {
  app.post(
    '/api/carriers',
    {
      schema: { tags, summary: 'Make a carrier', body: newCarrier, response: answers(201, carrier) },
      config: { access: mayChangeNetwork },
    },
    async (request, reply) => {
      const at = parts.clock.now()
      const { id, name } = await parts.stores.atomically(async (stores) => {
        const made = await stores.carriers.createCarrier({ id: newId(at), name: request.body.name })
        if (!made.ok) throw new ProblemAnswer(made.refusal.code)
        const detail = { name: made.value.name }
        await audited(
          request,
          { ...parts, stores },
          { organizationId: null, action: 'carrier.created', subjectId: made.value.id, detail },
        )
        return made.value
      })
      return reply.code(201).send({ id, name })
    },
  )
}
