import {
  ledgerEntry,
  ledgerFilter,
  newGrant,
  pageOf,
  pool,
  poolFilter,
  scopeQuery,
  type WirePool,
} from '@tandem/contract'
import type { FastifyRequest } from 'fastify'
import { poolKey, type Pool } from '#entitlements'
import { computedId, durationMs, type MemberId, type OrganizationId, type PoolId } from '#kernel'
import { mayGrantMinutes, mayReadLedger, mayReadPools } from './access.ts'
import { audited } from './audited.ts'
import { LEDGER, pageAsked, pageToWire, POOLS } from './cursor.ts'
import { withIdempotency, keyHeader } from './idempotency.ts'
import { ledgerEntryToWire, callsOfLegs } from './ledger.ts'
import type { Parts } from './parts.ts'
import { peopleFor, type People } from './people.ts'
import { found, ProblemAnswer } from './problem.ts'
import { routesOf, type App } from './routes.ts'
import { actorOf, idOf, memberAsked, organizationOf, visibleMember, whoOf } from './scope.ts'
import { ownerOf, shownPool, shownPools } from './shown-pools.ts'
import { answers, idParam, timestampOf } from './wire.ts'

const tags = ['minutes']

export const poolRoutes = routesOf(listPools, readPool, grantMinutes)

function listPools(app: App, parts: Parts): void {
  app.get(
    '/api/pools',
    {
      schema: {
        tags,
        summary: "Pools of minutes of a month: the organization's, then its members' by name; a member's own alone",
        querystring: poolFilter,
        response: answers(200, pageOf(pool)),
      },
      config: { access: mayReadPools },
    },
    async (request) => {
      const { query } = request
      const organizationId = organizationOf(request, query.organizationId)
      const reader = visibleMember(request)
      // Refuses him who names another; the organization's stand beside his own.
      const memberId = query.memberId === undefined ? null : memberAsked(request, query.memberId)
      const { text = null, bucket = null, month = null } = query
      const page = pageAsked(POOLS, query)
      const looker = lookerOf(request)
      const rows = await shownPools({ organizationId, reader, looker, memberId, text, bucket, month, page }, parts)
      const memberIds = ownersOf(rows.map((row) => row.pool))
      const people = await peopleFor(request, parts, { organizationId, memberIds })
      return pageToWire(POOLS, rows, {
        limit: query.limit,
        cursorOf: (row) => ({ key: poolKey(row), id: row.memberId ?? organizationId }),
        toWire: (row) => poolToWire(row.pool, people),
      })
    },
  )
}

function readPool(app: App, parts: Parts): void {
  app.get(
    '/api/pools/:id',
    {
      schema: {
        tags,
        summary: 'A pool of minutes, of whatever month',
        params: idParam,
        querystring: scopeQuery,
        response: answers(200, pool),
      },
      config: { access: mayReadPools },
    },
    async (request) => {
      const organizationId = organizationOf(request, request.query.organizationId)
      const id = idOf<'pool'>(request.params.id)
      const seen = { organizationId, id, reader: visibleMember(request), looker: lookerOf(request) }
      const one = found(await shownPool(seen, parts))
      return poolToWire(one, await peopleFor(request, parts, { organizationId, memberIds: ownersOf([one]) }))
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
        await makeExpected(organizationId, poolId, parts)
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
      found(await shownPool({ organizationId, id, reader: null, looker: lookerOf(request) }, parts))
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

function lookerOf(request: FastifyRequest): MemberId | null {
  const who = whoOf(request)
  return who.kind === 'member' ? who.memberId : null
}

/** A pool that was only shown is made before somebody grants to it, and no other one; a member's takes a seat. */
async function makeExpected(organizationId: OrganizationId, id: PoolId, parts: Parts): Promise<void> {
  const { entitlements } = parts.stores
  if ((await entitlements.pool(organizationId, id)) !== undefined) return
  const at = parts.clock.now()
  const [shown, version] = await Promise.all([
    shownPool({ organizationId, id, reader: null, looker: null }, parts),
    entitlements.planVersionAt(organizationId, at),
  ])
  if (shown === undefined || version === undefined) return
  const offer = { draws: [shown.bucket], monthlyGrant: version.terms.monthlyGrant }
  await entitlements.openPools(ownerOf(organizationId, shown.memberId), { at, offer })
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
