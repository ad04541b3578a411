import { carrier, listOf, newCarrier } from '@tandem/contract'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { newId } from '#kernel'
import { mayChangeNetwork, mayReadNetwork } from './access.ts'
import type { Parts } from './parts.ts'
import { ProblemAnswer } from './problem.ts'
import { actorOf } from './scope.ts'
import { answers } from './wire.ts'

const tags = ['network']

export const carrierRoutes = (parts: Parts): FastifyPluginAsyncZod => async (app) => {
  const { carriers, audit } = parts.stores

  app.get('/api/carriers', {
    schema: { tags, summary: 'Carriers', response: answers(200, listOf(carrier)) },
    config: { access: mayReadNetwork },
  }, async () => ({ items: (await carriers.carriers()).map(({ id, name }) => ({ id, name })) }))

  app.post('/api/carriers', {
    schema: { tags, summary: 'Make a carrier', body: newCarrier, response: answers(201, carrier) },
    config: { access: mayChangeNetwork },
  }, async (request, reply) => {
    const at = parts.clock.now()
    const made = await carriers.createCarrier({ id: newId(at), name: request.body.name })
    if (!made.ok) throw new ProblemAnswer(made.refusal.code)
    const { id, name } = made.value
    await audit.append({ at, organizationId: null, actor: actorOf(request), action: 'carrier.created', subjectId: id, detail: { name } })
    return reply.code(201).send({ id, name })
  })
}
