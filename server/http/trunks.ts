import { changedTrunk, listOf, newTrunk, trunk, type WireTrunk } from '@tandem/contract'
import type { z } from 'zod'
import type { Trunk } from '#carriers'
import { newId } from '#kernel'
import { mayChangeNetwork, mayReadNetwork } from './access.ts'
import { audited, changesOf } from './audited.ts'
import { refuseOutdated, tellEtag } from './etag.ts'
import type { Parts } from './parts.ts'
import { badRequest, found, ProblemAnswer, referenceUnknown } from './problem.ts'
import { routesOf, type App } from './routes.ts'
import { idOf } from './scope.ts'
import { answers, idParam } from './wire.ts'

const tags = ['network']
/** The demo's passwords are public: it must not reach a real telephone network. */
const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/

export const trunkRoutes = routesOf(listTrunks, createTrunk, changeTrunk)

function listTrunks(app: App, parts: Parts): void {
  const { carriers } = parts.stores
  app.get(
    '/api/trunks',
    {
      schema: { tags, summary: 'Trunks and whether they answer', response: answers(200, listOf(trunk)) },
      config: { access: mayReadNetwork },
    },
    async () => ({ items: (await carriers.trunks()).map((one) => trunkToWire(one, parts)) }),
  )
}

function createTrunk(app: App, parts: Parts): void {
  app.post(
    '/api/trunks',
    {
      schema: { tags, summary: 'Make a trunk; it works at once', body: newTrunk, response: answers(201, trunk) },
      config: { access: mayChangeNetwork },
    },
    async (request, reply) => {
      refuseRealNetworkInDemo(request.body, parts)
      const at = parts.clock.now()
      const { carrierId, ...told } = request.body
      const wanted: Trunk = { ...told, id: newId(at), carrierId: idOf(carrierId), standing: 'active' }
      const made = await parts.stores.atomically(async (stores) => {
        const written = await stores.carriers.createTrunk(wanted)
        if (!written.ok)
          throw written.refusal.code === 'carrier-unknown'
            ? referenceUnknown('carrierId')
            : new ProblemAnswer(written.refusal.code)
        const { id, name, host } = written.value
        await audited(
          request,
          { ...parts, stores },
          { organizationId: null, action: 'trunk.created', subjectId: id, detail: { name, host } },
        )
        return written.value
      })
      await parts.engine.pushTrunk(made)
      tellEtag(reply, publicOf(made))
      return reply.code(201).send(trunkToWire(made, parts))
    },
  )
}

function changeTrunk(app: App, parts: Parts): void {
  app.patch(
    '/api/trunks/:id',
    {
      schema: {
        tags,
        summary: 'Change a trunk, or suspend it; new calls find it so at once, calls in progress go on',
        params: idParam,
        body: changedTrunk,
        response: answers(200, trunk),
      },
      config: { access: mayChangeNetwork },
    },
    async (request, reply) => {
      refuseRealNetworkInDemo(request.body, parts)
      const changed = await parts.stores.atomically(async (stores) => {
        const before = found(await stores.carriers.lockTrunk(idOf<'trunk'>(request.params.id)))
        refuseOutdated(request, publicOf(before))
        const after = withChange(before, request.body)
        const detail = detailOf(before, after)
        if (detail === undefined) return after
        const written = await stores.carriers.changeTrunk(after)
        if (!written.ok) throw new ProblemAnswer(written.refusal.code)
        await audited(
          request,
          { ...parts, stores },
          { organizationId: null, action: 'trunk.changed', subjectId: before.id, detail },
        )
        return after
      })
      await parts.engine.pushTrunk(changed)
      tellEtag(reply, publicOf(changed))
      return trunkToWire(changed, parts)
    },
  )
}

function refuseRealNetworkInDemo(
  { host, outboundProxy }: { readonly host?: string | undefined; readonly outboundProxy?: string | null | undefined },
  { settings }: Parts,
): void {
  const hosts = [host, outboundProxy?.replace(/:\d+$/, '')].filter((named) => named !== undefined)
  if (settings.isDemo && !hosts.every((named) => LOOPBACK.test(named))) throw new ProblemAnswer('demo-refused')
}

function withChange(before: Trunk, { auth, ...change }: z.infer<typeof changedTrunk>): Trunk {
  const told = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
  return { ...before, ...told, ...(auth === undefined ? {} : { auth: withPassword(before, auth) }) }
}

/** Of a password only that it is another one. */
function detailOf(before: Trunk, after: Trunk) {
  const changes = changesOf(publicOf(before), publicOf(after))
  const isOther = passwordOf(after) !== undefined && passwordOf(after) !== passwordOf(before)
  return isOther ? { ...changes, passwordChanged: true } : changes
}

const passwordOf = ({ auth }: Trunk): string | undefined => (auth.kind === 'digest' ? auth.password : undefined)

function withPassword({ auth }: Trunk, changed: NonNullable<z.infer<typeof changedTrunk>['auth']>): Trunk['auth'] {
  if (changed.kind === 'ip') return changed
  const password = changed.password ?? (auth.kind === 'digest' ? auth.password : undefined)
  if (password === undefined) throw badRequest('auth.password', 'a trunk that had no password needs one')
  return { ...changed, password }
}

/** Without the trunk's password, which is never told. */
const publicOf = ({ auth, ...rest }: Trunk) => ({
  ...rest,
  auth: auth.kind === 'digest' ? ({ kind: 'digest', username: auth.username } as const) : auth,
})

const trunkToWire = (one: Trunk, { calls, engine }: Pick<Parts, 'calls' | 'engine'>): WireTrunk => ({
  id: one.id,
  carrierId: one.carrierId,
  name: one.name,
  host: one.host,
  port: one.port,
  transport: one.transport,
  auth: publicOf(one).auth,
  registers: one.registers,
  numberFormat: one.numberFormat,
  callerIdFormat: one.callerIdFormat,
  fromUser: one.fromUser,
  fromDomain: one.fromDomain,
  outboundProxy: one.outboundProxy,
  qualifyIntervalS: one.qualifyIntervalS,
  zones: one.zones.filter((zone) => zone === 'domestic' || zone === 'international'),
  priority: one.priority,
  failsOverOnTimeout: one.failsOverOnTimeout,
  standing: one.standing,
  reachability: calls.reachability()[one.id] ?? 'unknown',
  ...engine.trunkProvisioning(one.id),
})
