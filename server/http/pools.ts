import { ledgerEntry, ledgerFilter, listOf, newGrant, pageOf, pool, scopeQuery, type WirePool } from '@tandem/contract'
import type { Member } from '#directory'
import type { Pool } from '#entitlements'
import { computedId, durationMs, type MemberId, type OrganizationId } from '#kernel'
import { mayGrantMinutes, mayReadLedger, mayReadPools } from './access.ts'
import { audited } from './audited.ts'
import { LEDGER, pageAsked, pageToWire } from './cursor.ts'
import { withIdempotency, keyHeader } from './idempotency.ts'
import { ledgerEntryToWire, callsOfLegs } from './ledger.ts'
import type { Parts } from './parts.ts'
import { peopleFor, type People } from './people.ts'
import { found, ProblemAnswer } from './problem.ts'
import { routesOf, type App } from './routes.ts'
import { actorOf, idOf, organizationOf, visibleMember } from './scope.ts'
import { answers, idParam, timestampOf } from './wire.ts'

const tags = ['minutes']

export const poolRoutes = routesOf(listPools, grantMinutes)

function listPools(app: App, parts: Parts): void {
  app.get(
    '/api/pools',
    {
      schema: {
        tags,
        summary: "Pools of minutes: a member's own and the organization's",
        querystring: scopeQuery,
        response: answers(200, listOf(pool)),
      },
      config: { access: mayReadPools },
    },
    async (request) => {
      const organizationId = organizationOf(request, request.query.organizationId)
      const own = visibleMember(request)
      const pools = (await poolsOfNow(organizationId, parts)).filter(
        (one) => own === null || one.memberId === null || one.memberId === own,
      )
      const people = await peopleFor(request, parts, { organizationId, memberIds: ownersOf(pools) })
      return { items: pools.map((one) => poolToWire(one, people)) }
    },
  )
}

function grantMinutes(app: App, parts: Parts): void {
  app.post(
    '/api/pools/:id/grants',
    {
      schema: {
        tags,
        summary: 'Add minutes to a pool; once per Idempotency-Key',
        params: idParam,
        querystring: scopeQuery,
        headers: keyHeader,
        body: newGrant,
        response: answers(201, pool),
      },
      config: { access: mayGrantMinutes },
    },
    async (request, reply) => {
      const organizationId = organizationOf(request, request.query.organizationId)
      const poolId = idOf<'pool'>(request.params.id)
      const answer = await withIdempotency({ request, parts, purpose: `grant:${poolId}` }, async () => {
        const at = parts.clock.now()
        const { ms, note } = request.body
        const operationId = computedId<'operation'>(
          poolId,
          `grant:${actorOf(request)}:${request.headers['idempotency-key']}`,
        )
        const actor = actorOf(request)
        const grant = { operationId, organizationId, poolId, ms: durationMs(ms), actor, note, at }
        const deed = { organizationId, action: 'minutes.granted', subjectId: poolId, detail: { ms, note } }
        const granted = await parts.stores.atomically(async (stores) => {
          const answer = await stores.entitlements.grant(grant)
          // Repeated after a crash it is written down already, and by whom it was.
          if (answer.ok && !answer.value.isRepeated) await audited(request, { ...parts, stores }, deed)
          return answer
        })
        if (!granted.ok) throw new ProblemAnswer('not-found')
        const people = await peopleFor(request, parts, { organizationId, memberIds: ownersOf([granted.value.pool]) })
        return { status: 201, body: poolToWire(granted.value.pool, people) }
      })
      return reply.code(201).send(pool.parse(answer.body))
    },
  )
}

export const ledgerRoutes = routesOf(readLedger)

function readLedger(app: App, parts: Parts): void {
  app.get(
    '/api/ledger',
    {
      schema: {
        tags,
        summary: "A pool's movements, newest first",
        querystring: ledgerFilter,
        response: answers(200, pageOf(ledgerEntry)),
      },
      config: { access: mayReadLedger },
    },
    async (request) => {
      const organizationId = organizationOf(request, request.query.organizationId)
      const id = idOf<'pool'>(request.query.poolId)
      const pools = await parts.stores.entitlements.pools(organizationId)
      found(pools.find((one) => one.id === id))
      const entries = await parts.stores.entitlements.ledger({
        organizationId,
        poolId: id,
        page: pageAsked(LEDGER, request.query),
      })
      const callOf = await callsOfLegs(entries, organizationId, parts)
      return pageToWire(LEDGER, entries, {
        limit: request.query.limit,
        cursorOf: (entry) => ({ key: entry.seq, id: entry.poolId }),
        toWire: (entry) => ledgerEntryToWire(entry, callOf),
      })
    },
  )
}

/** A month's pools are made at first use; looking at them is a use, so that they can be seen before the first call. */
async function poolsOfNow(organizationId: OrganizationId, { stores, clock }: Parts): Promise<readonly Pool[]> {
  const { directory, entitlements } = stores
  const at = clock.now()
  const open = (member: Member) => entitlements.openPools({ organizationId, memberId: member.id }, { at })
  const [members, pools] = await Promise.all([directory.members(organizationId), entitlements.pools(organizationId)])
  const current = pools.filter(({ period }) => period.from <= at && at < period.until)
  const withPool = new Set(current.map(({ memberId }) => memberId))
  const [first, ...others] = members.filter(({ id }) => !withPool.has(id))
  if (first === undefined) return pools
  // Where the plan has no pool for a member, one look at it tells for all.
  const opened = await open(first)
  if (opened.some(({ bucket }) => bucket === 'member')) await Promise.all(others.map(open))
  return entitlements.pools(organizationId)
}

const ownersOf = (pools: readonly Pool[]): readonly MemberId[] => pools.flatMap(({ memberId }) => memberId ?? [])

const poolToWire = (one: Pool, people: People): WirePool => ({
  id: one.id,
  bucket: one.bucket,
  memberId: one.memberId,
  memberName: one.memberId === null ? null : people.nameOf(one.memberId),
  periodFrom: timestampOf(one.period.from),
  periodUntil: timestampOf(one.period.until),
  grantedMs: one.grantedMs,
  usedMs: one.usedMs,
  heldMs: one.heldMs,
})
