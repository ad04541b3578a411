import type { Pool, Settled } from '#entitlements'
import {
  between,
  type CallId,
  computedId,
  durationMs,
  type DurationMs,
  type Instant,
  type PoolId,
  type RecordId,
} from '#kernel'
import type { CallRecord, EndReason, RecordDraw, RecordLeg } from '#records'
import { callerNumberOf, dialledOf, type CallState } from './call.ts'
import type { CallDependencies } from './dependencies.ts'
import type { LiveLeg } from './leg.ts'
import { ratedOf } from './meter.ts'
import { leftOf } from './reserve.ts'
import { calleeOf, legsOf, membersOf, meterIn, meterOf, type Room } from './room.ts'

type Ended = CallState & { readonly name: 'ended' }

export type Closed = {
  readonly record: CallRecord
  /** What the caller may still talk; `null`: there was nothing to settle. */
  readonly leftMs: DurationMs | null
  /** Rated time that the call took for held and the ledger did not hold: 0, or a fault of ours to be looked into. */
  readonly uncoveredMs: DurationMs
}

/** What is left to do when a call has ended: settle, write the record, end the call in the store; each of them once. */
export async function closeCall(
  room: Room,
  { stores, clock }: Pick<CallDependencies, 'stores' | 'clock'>,
): Promise<Closed> {
  const state = room.call.state as Ended
  const meter = meterIn(room)
  if (meter === null) {
    const free = recordOf(room, { draws: [] }, [])
    await stores.calls.saveEnd({ ...room.call, state }, free, actorOfEnd(room))
    return { record: free, leftMs: null, uncoveredMs: durationMs(0) }
  }
  const { legId } = meter
  const settled = await stores.ledger.settle({
    operationId: computedId(legId, 'settle'),
    legId,
    ratedMs: rated(room),
    at: clock.now(),
    isSealedLater: true,
  })
  const used = settled.draws.filter((draw) => draw.usedMs > 0)
  const { pools: open, leftMs } = await leftOf(room.call, { at: clock.now() }, { stores })
  // One that is not open paid in the month before, or under another plan.
  const elsewhere = used.filter(({ poolId }) => !open.some(({ id }) => id === poolId))
  const closed = await Promise.all(
    elsewhere.map(({ poolId }) => stores.entitlements.pool(room.call.organizationId, poolId)),
  )
  const pools = [...open, ...closed.filter((pool) => pool !== undefined)]
  const record = recordOf(room, { ...settled, draws: used }, pools)
  await stores.calls.saveEnd({ ...room.call, state }, record, actorOfEnd(room))
  return { record, leftMs, uncoveredMs: durationMs(Math.max(0, rated(room) - record.ratedMs)) }
}

/** For the audit: who took the call from those who were in it. Of any other end the record says all. */
export function actorOfEnd(room: Room): string | null {
  const { reason } = room.call.state as Ended
  const actor = room.ending?.actor ?? (BY_FORCE.has(reason) ? 'system' : null)
  const own = membersOf(room).map(({ memberId }) => `member:${memberId}`)
  return actor !== null && own.includes(actor) ? null : actor
}

const BY_FORCE: ReadonlySet<EndReason> = new Set<EndReason>(['signed-out', 'internal-fault'])

/** What the talk costs. A 200 that crossed our CANCEL is the operator's loss. */
export function rated(room: Room): DurationMs {
  const { answeredAt, endedAt } = room.call.state as Ended
  if (answeredAt === null) return durationMs(0)
  return ratedOf(meterOf(room), between(answeredAt, endedAt))
}

/** Whatever was spoken and not drawn is the operator's: also what the ledger, against our reckoning, did not hold. */
function overrunOf(room: Room, drawnMs: DurationMs): DurationMs {
  if (meterIn(room) === null) return durationMs(0)
  const { answeredAt, endedAt } = room.call.state as Ended
  return answeredAt === null ? strayTalkMs(room) : durationMs(Math.max(0, between(answeredAt, endedAt) - drawnMs))
}

const strayTalkMs = (room: Room): DurationMs =>
  durationMs(
    legsOf(room).reduce(
      (sum, leg) =>
        sum +
        (leg.kind === 'app' || leg.answeredAt === null || leg.endedAt === null
          ? 0
          : between(leg.answeredAt, leg.endedAt)),
      0,
    ),
  )

/** Computed, so that writing it again after a crash changes nothing. */
export const recordIdOf = (callId: CallId): RecordId => computedId<'record'>(callId, 'record')

export function recordOf(room: Room, settled: Pick<Settled, 'draws'>, pools: readonly Pool[]): CallRecord {
  const { call } = room
  const state = call.state as Ended
  const ratedMs = durationMs(settled.draws.reduce((sum, { usedMs }) => sum + usedMs, 0))
  return {
    id: recordIdOf(call.id),
    supersedes: null,
    callId: call.id,
    organizationId: call.organizationId,
    memberId: call.memberId,
    kind: call.terms.kind,
    mode: 'direct',
    path: call.terms.path,
    callerId: callerNumberOf(call),
    dialled: dialledOf(call).text,
    calleeId: call.terms.calleeId ?? null,
    isByNumber: call.terms.calleeId === null,
    placedAt: call.placedAt,
    answeredAt: state.answeredAt,
    endedAt: state.endedAt,
    endReason: state.reason,
    planVersionId: call.terms.planVersionId,
    ratedMs,
    overrunMs: overrunOf(room, ratedMs),
    parties: membersOf(room),
    legs: legsOf(room).map((leg) => recordLeg(room, leg, state.endedAt)),
    draws: settled.draws.map((draw): RecordDraw => ({
      legId: meterOf(room).legId,
      ...poolFacts(pools, draw.poolId),
      ...draw,
    })),
  }
}

function recordLeg(room: Room, leg: LiveLeg, endedAt: Instant): RecordLeg {
  return {
    legId: leg.id,
    kind: leg.kind,
    trunkId: leg.trunkId,
    carrierId: carrierOf(room, leg),
    startedAt: leg.startedAt,
    answeredAt: leg.answeredAt,
    endedAt: leg.endedAt ?? endedAt,
    sipStatus: leg.sipStatus,
    q850Cause: leg.q850Cause,
  }
}

const carrierOf = (room: Room, { trunkId }: LiveLeg): RecordLeg['carrierId'] => {
  const { reach } = calleeOf(room)
  const routes = reach.kind === 'hunted' ? reach.routes : []
  return routes.find((route) => route.trunkId === trunkId)?.carrierId ?? null
}

function poolFacts(pools: readonly Pool[], poolId: PoolId): Pick<RecordDraw, 'bucket' | 'period'> {
  const pool = pools.find(({ id }) => id === poolId)
  if (pool === undefined) throw new Error(`the ledger drew from pool ${poolId}, which the organization does not have`)
  return { bucket: pool.bucket, period: pool.period }
}
