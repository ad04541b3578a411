import { ledgerEntry, ledgerFilter, listOf, newGrant, pageOf, pool, scopeQuery, type WirePool } from '@tandem/contract'
import type { FastifyRequest } from 'fastify'
import { hasFreeSeat, poolsToOpen, subscriptionAt, type NewPool, type Pool } from '#entitlements'
import { computedId, durationMs, type MemberId, type OrganizationId, type Instant, type PoolId } from '#kernel'
import { mayGrantMinutes, mayReadLedger, mayReadPools } from './access.ts'
import { audited } from './audited.ts'
import { LEDGER, pageAsked, pageToWire } from './cursor.ts'
import { withIdempotency, keyHeader } from './idempotency.ts'
import { ledgerEntryToWire, callsOfLegs } from './ledger.ts'
import type { Parts } from './parts.ts'
import { peopleFor, type People } from './people.ts'
import { found, ProblemAnswer } from './problem.ts'
import { routesOf, type App } from './routes.ts'
import { actorOf, idOf, organizationOf, visibleMember, whoOf } from './scope.ts'
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
      const pools = (await poolsOfNow(organizationId, lookerOf(request), parts)).filter(
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
      const pools = await poolsOfNow(organizationId, lookerOf(request), parts)
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

function lookerOf(request: FastifyRequest): MemberId | null {
  const who = whoOf(request)
  return who.kind === 'member' ? who.memberId : null
}

/** A month's pools are made at first use, and can be seen before: looking writes nothing. */
export async function poolsOfNow(
  organizationId: OrganizationId,
  looker: MemberId | null,
  parts: Parts,
): Promise<readonly Pool[]> {
  const at = parts.clock.now()
  const subscription = subscriptionAt(await parts.stores.entitlements.subscriptions(organizationId), at)
  return poolsWithSeats({ organizationId, looker, seats: subscription?.seats ?? null, at }, parts)
}

type Look = {
  readonly organizationId: OrganizationId
  readonly looker: MemberId | null
  /** `null`: everybody has one. */
  readonly seats: number | null
  readonly at: Instant
}

/**
 * Looking takes no seat: beside the pools that are there stand those that would be made at a call now, as long as there
 * is a seat for everybody who has none yet; when there is not, who looks sees what he would get himself.
 */
async function poolsWithSeats(look: Look, parts: Parts): Promise<readonly Pool[]> {
  const { organizationId, looker, seats, at } = look
  const { directory, entitlements } = parts.stores
  const [version, organization, members] = await Promise.all([
    entitlements.planVersionAt(organizationId, at),
    directory.organization(organizationId),
    directory.members(organizationId),
  ])
  const pools = await entitlements.pools(organizationId)
  if (version === undefined || organization === undefined) return pools
  const there = pools.filter(({ period }) => period.from <= at && at < period.until)
  const taken = there.filter(({ bucket }) => bucket === 'member').length
  const without = members.filter(({ id }) => !there.some(({ memberId }) => memberId === id))
  const isRoomForAll = seats === null || taken + without.length <= seats
  const { zone } = organization
  const expected = members.flatMap(({ id: memberId }) => {
    const hasSeat = isRoomForAll || (memberId === looker && hasFreeSeat(seats, taken))
    const own = there.filter((pool) => pool.memberId === null || pool.memberId === memberId)
    const opening = { owner: { organizationId, memberId }, at, zone, offer: version.terms, inForce: null, pools: own }
    return poolsToOpen(opening).filter(({ pool: made }) => made.bucket === 'organization' || hasSeat)
  })
  // The organization's is everybody's, and stands there once.
  const once = new Map(expected.map((one) => [one.pool.id, untouched(one)]))
  return [...once.values(), ...pools]
}

/** A pool that was only shown is made before somebody grants to it; that does take a seat. */
async function makeExpected(organizationId: OrganizationId, poolId: PoolId, parts: Parts): Promise<void> {
  const { entitlements } = parts.stores
  const isThere = (await entitlements.pools(organizationId)).some(({ id }) => id === poolId)
  const shown = isThere ? undefined : (await poolsOfNow(organizationId, null, parts)).find(({ id }) => id === poolId)
  if (shown === undefined) return
  const memberId = shown.memberId ?? (await parts.stores.directory.members(organizationId))[0]?.id
  if (memberId !== undefined) await entitlements.openPools({ organizationId, memberId }, { at: parts.clock.now() })
}

const untouched = ({ pool: made, grant }: NewPool): Pool => ({
  ...made,
  grantedMs: grant.ms,
  usedMs: durationMs(0),
  heldMs: durationMs(0),
  seq: 0,
})

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
