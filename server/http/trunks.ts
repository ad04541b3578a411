import { listOf, newTrunk, trunk, type WireTrunk } from '@tandem/contract'
import type { Reachability } from '#admission'
import type { Trunk } from '#carriers'
import { newId } from '#kernel'
import { mayChangeNetwork, mayReadNetwork } from './access.ts'
import { audited } from './audited.ts'
import type { Parts } from './parts.ts'
import { ProblemAnswer, referenceUnknown } from './problem.ts'
import { routesOf, type App } from './routes.ts'
import { idOf } from './scope.ts'
import { answers } from './wire.ts'

const tags = ['network']
/** The demo's passwords are public: it must not reach a real telephone network. */
const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/

export const trunkRoutes = routesOf(listTrunks, createTrunk)

function listTrunks(app: App, parts: Parts): void {
  const { carriers } = parts.stores
  app.get(
    '/api/trunks',
    {
      schema: { tags, summary: 'Trunks and whether they answer', response: answers(200, listOf(trunk)) },
      config: { access: mayReadNetwork },
    },
    async () => {
      const reachability = parts.calls.reachability()
      return { items: (await carriers.trunks()).map((one) => trunkToWire(one, reachability)) }
    },
  )
}

function createTrunk(app: App, parts: Parts): void {
  const { carriers } = parts.stores
  app.post(
    '/api/trunks',
    {
      schema: { tags, summary: 'Make a trunk; it works at once', body: newTrunk, response: answers(201, trunk) },
      config: { access: mayChangeNetwork },
    },
    async (request, reply) => {
      if (parts.settings.isDemo && !LOOPBACK.test(request.body.host)) throw new ProblemAnswer('demo-refused')
      const at = parts.clock.now()
      const { carrierId, ...told } = request.body
      const made = await carriers.createTrunk({
        ...told,
        id: newId(at),
        carrierId: idOf(carrierId),
        standing: 'active',
      })
      if (!made.ok)
        throw made.refusal.code === 'carrier-unknown'
          ? referenceUnknown('carrierId')
          : new ProblemAnswer(made.refusal.code)
      const { id, name, host } = made.value
      await audited(request, parts, {
        organizationId: null,
        action: 'trunk.created',
        subjectId: id,
        detail: { name, host },
      })
      await parts.engine.addTrunk(made.value)
      return reply.code(201).send(trunkToWire(made.value, parts.calls.reachability()))
    },
  )
}

/** Without the trunk's password, which is never told. */
export const trunkToWire = (one: Trunk, reachability: Reachability): WireTrunk => ({
  id: one.id,
  carrierId: one.carrierId,
  name: one.name,
  host: one.host,
  port: one.port,
  transport: one.transport,
  auth: one.auth.kind === 'digest' ? { kind: 'digest', username: one.auth.username } : { kind: 'ip' },
  registers: one.registers,
  numberFormat: one.numberFormat,
  fromUser: one.fromUser,
  zones: one.zones.filter((zone) => zone === 'domestic' || zone === 'international'),
  priority: one.priority,
  failsOverOnTimeout: one.failsOverOnTimeout,
  standing: one.standing,
  reachability: reachability[one.id] ?? 'unknown',
})
