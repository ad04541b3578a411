import type { Pool, Settled } from '#entitlements'
import { between, computedId, durationMs, type DurationMs, type Instant, type PoolId } from '#kernel'
import type { CallRecord, EndReason, RecordDraw, RecordLeg } from '#records'
import type { CallState } from './call.ts'
import type { CallDependencies } from './dependencies.ts'
import type { LiveCall } from './live-call.ts'
import { ratedOf } from './meter.ts'
import { leftOf } from './reserve.ts'

type Ended = CallState & { readonly name: 'ended' }

export type Closed = {
  readonly record: CallRecord
  /** What the caller may still talk. */
  readonly leftMs: DurationMs
  /** Rated time that the call took for held and the ledger did not hold: 0, or a fault of ours to be looked into. */
  readonly uncoveredMs: DurationMs
}

/** What is left to do when a call has ended: settle, write the record, end the call in the store; each of them once. */
export async function closeCall(
  live: LiveCall,
  { stores, clock }: Pick<CallDependencies, 'stores' | 'clock'>,
): Promise<Closed> {
  const state = live.call.state as Ended
  const { legId } = live.meter
  const settled = await stores.ledger.settle({
    operationId: computedId(legId, 'settle'),
    legId,
    ratedMs: rated(live),
    at: clock.now(),
  })
  const used = settled.draws.filter((draw) => draw.usedMs > 0)
  const { pools: open, leftMs } = await leftOf(live.call, { at: clock.now() }, { stores })
  // One that is not open paid in the month before, or under another plan.
  const elsewhere = used.filter(({ poolId }) => !open.some(({ id }) => id === poolId))
  const closed = await Promise.all(
    elsewhere.map(({ poolId }) => stores.entitlements.pool(live.call.organizationId, poolId)),
  )
  const pools = [...open, ...closed.filter((pool) => pool !== undefined)]
  const record = recordOf(live, { ...settled, draws: used }, pools)
  await stores.calls.saveEnd({ ...live.call, state }, record, actorOfEnd(live))
  return { record, leftMs, uncoveredMs: durationMs(Math.max(0, rated(live) - record.ratedMs)) }
}

/** Who did it, for the audit: whoever asked for it, else whoever the reason names, else nobody. */
export function actorOfEnd({ call, ending }: LiveCall): string {
  const { reason } = call.state as Ended
  if (ending?.actor !== undefined) return ending.actor
  if (CALLERS_DEEDS.has(reason)) return `member:${call.memberId}`
  return CALLEES_DEEDS.has(reason) ? 'callee' : 'system'
}

const CALLERS_DEEDS: ReadonlySet<EndReason> = new Set<EndReason>(['hangup-caller', 'cancelled'])
const CALLEES_DEEDS: ReadonlySet<EndReason> = new Set<EndReason>(['hangup-callee', 'busy', 'rejected'])

/** What the talk costs. A 200 that crossed our CANCEL is the operator's loss. */
export function rated(live: LiveCall): DurationMs {
  const { answeredAt, endedAt } = live.call.state as Ended
  if (answeredAt === null) return durationMs(0)
  return ratedOf(live.meter, between(answeredAt, endedAt))
}

/** Whatever was spoken and not drawn is the operator's: also what the ledger, against our reckoning, did not hold. */
function overrunOf(live: LiveCall, drawnMs: DurationMs): DurationMs {
  const { answeredAt, endedAt } = live.call.state as Ended
  return answeredAt === null ? strayTalkMs(live) : durationMs(Math.max(0, between(answeredAt, endedAt) - drawnMs))
}

const strayTalkMs = (live: LiveCall): DurationMs =>
  durationMs(
    live.legs.reduce(
      (sum, leg) =>
        sum +
        (leg.kind === 'app' || leg.answeredAt === null || leg.endedAt === null
          ? 0
          : between(leg.answeredAt, leg.endedAt)),
      0,
    ),
  )

/** Written once: its id is computed, so that writing it again after a crash changes nothing. */
export function recordOf(live: LiveCall, settled: Settled, pools: readonly Pool[]): CallRecord {
  const { call } = live
  const state = call.state as Ended
  const ratedMs = durationMs(settled.draws.reduce((sum, { usedMs }) => sum + usedMs, 0))
  return {
    id: computedId<'record'>(call.id, 'record'),
    supersedes: null,
    callId: call.id,
    organizationId: call.organizationId,
    memberId: call.memberId,
    kind: 'business',
    mode: 'direct',
    path: call.terms.path,
    callerId: call.terms.callerNumber,
    dialled: call.terms.dialled.kind === 'number' ? call.terms.dialled.number : call.terms.dialled.code,
    calleeId: call.terms.calleeId ?? null,
    isByNumber: call.terms.calleeId === null,
    placedAt: call.placedAt,
    answeredAt: state.answeredAt,
    endedAt: state.endedAt,
    endReason: state.reason,
    planVersionId: call.terms.planVersionId,
    ratedMs,
    overrunMs: overrunOf(live, ratedMs),
    legs: live.legs.map((leg) => recordLeg(live, leg, state.endedAt)),
    draws: settled.draws.map((draw): RecordDraw => ({
      legId: live.meter.legId,
      ...poolFacts(pools, draw.poolId),
      ...draw,
    })),
  }
}

function recordLeg(live: LiveCall, leg: LiveCall['legs'][number], endedAt: Instant): RecordLeg {
  return {
    legId: leg.id,
    kind: leg.kind,
    trunkId: leg.trunkId,
    carrierId: live.routes.find((route) => route.trunkId === leg.trunkId)?.carrierId ?? null,
    startedAt: leg.startedAt,
    answeredAt: leg.answeredAt,
    endedAt: leg.endedAt ?? endedAt,
    sipStatus: leg.sipStatus,
    q850Cause: leg.q850Cause,
  }
}

function poolFacts(pools: readonly Pool[], poolId: PoolId): Pick<RecordDraw, 'bucket' | 'period'> {
  const pool = pools.find(({ id }) => id === poolId)
  if (pool === undefined) throw new Error(`the ledger drew from pool ${poolId}, which the organization does not have`)
  return { bucket: pool.bucket, period: pool.period }
}
