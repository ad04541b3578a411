import {
  assert,
  between,
  computedId,
  type CallId,
  type CarrierId,
  type DurationMs,
  type Instant,
  type LegId,
  type TrunkId,
} from '#kernel'
import type { EndReason } from '#records'
import type { Call, Leg } from './call.ts'
import type { EndedBy } from './engine.ts'
import type { CallSnapshot } from './events.ts'
import { isLeaseDue, leaseOf, paidUntil, reasonOfLease, type LiveMeter } from './meter.ts'

/** A call that goes on: what is stored of it, and what matters only while it lives. */
export type LiveCall = {
  readonly call: Call
  /** Lawful routes, first to last. */
  readonly routes: readonly Route[]
  /** All so far, in the order of their start; failed tries too. */
  readonly legs: readonly LiveLeg[]
  /** The caller's channel now; another tab may take over. `null` until the INVITE. */
  readonly callerChannelId: string | null
  /** Index in `routes` of the one being tried or used; −1 before the first. */
  readonly route: number
  readonly ringTimeoutMs: DurationMs
  /** After so long without a packet of the caller's the engine ends his leg. */
  readonly browserGoneMs: DurationMs
  /** All routes together ring no longer than this. */
  readonly ringsUntil: Instant | null
  readonly meter: LiveMeter
  /** Not `null`: hanging up, until every leg has ended. */
  readonly ending: Ending | null
}

export type Route = {
  readonly trunkId: TrunkId
  readonly carrierId: CarrierId
  /** Whom to call, in the trunk's format. */
  readonly requestUri: string
  /** Who calls, in the trunk's format. */
  readonly callerId: string
  readonly failsOverOnTimeout: boolean
}

export type LiveLeg = Leg & {
  /** The life of the engine that it is in. */
  readonly bootId: string
  readonly endedBy: EndedBy | null
}

/**
 * `reason` `null`: a leg was ended by its tie, and the other one's end will say why. `actor`: who asked for it, as the
 * audit names him; of other ends the reason tells.
 */
export type Ending = { readonly reason: EndReason | null; readonly actor?: string | undefined }

export type LegEnd = {
  readonly at: Instant
  readonly by: EndedBy
  readonly q850Cause: number
  readonly sipStatus: number | null
}

/** The leg of one try; computed, so that after a crash its channel is known again. */
export const routeLegId = (callId: CallId, route: number): LegId => computedId<'leg'>(callId, `route:${route}`)

/**
 * Holds and settlement of a call carry the id of its first dialled leg, whichever trunk answers in the end: failing over
 * moves no money and reserves nothing twice.
 */
export const payingLegId = (callId: CallId): LegId => routeLegId(callId, 0)

export const callerOf = (live: LiveCall): LiveLeg | undefined =>
  live.legs.find((leg) => leg.channelId === live.callerChannelId)

/** The leg that is being tried, or that talks. */
export const calleeOf = (live: LiveCall): LiveLeg | undefined => live.legs.findLast((leg) => leg.kind === 'phone-out')

/** The caller's leg in a state that cannot be without one. */
export const callerLegOf = (live: LiveCall): LiveLeg => present(live, 'caller', callerOf(live))

/** The callee's leg in a state that cannot be without one. */
export const calleeLegOf = (live: LiveCall): LiveLeg => present(live, 'callee', calleeOf(live))

function present({ call }: LiveCall, side: 'caller' | 'callee', leg: LiveLeg | undefined): LiveLeg {
  assert(leg !== undefined, `call ${call.id} is ${call.state.name} and has no ${side}`)
  return leg
}

export const livingLegs = (live: LiveCall): readonly LiveLeg[] => live.legs.filter((leg) => leg.endedAt === null)

export const withLeg = (live: LiveCall, channelId: string, change: Partial<LiveLeg>): LiveCall => ({
  ...live,
  legs: live.legs.map((leg) => (leg.channelId === channelId ? { ...leg, ...change } : leg)),
})

/** The first end counts. */
export function withLegEnded(live: LiveCall, channelId: string, end: LegEnd): LiveCall {
  const leg = live.legs.find((found) => found.channelId === channelId)
  if (leg === undefined || leg.endedAt !== null) return live
  const { at, by, q850Cause, sipStatus } = end
  return withLeg(live, channelId, { endedAt: at, endedBy: by, q850Cause, sipStatus })
}

/** The lease for either leg now. */
export function leaseNow(live: LiveCall, now: Instant): DurationMs {
  const ringsMs = live.ringsUntil === null ? live.ringTimeoutMs : between(now, live.ringsUntil)
  return leaseOf(live.meter, { now, ringsMs })
}

/**
 * Nobody hung up and no leg says why: both leases were due at once and each leg was ended by the other one's tie, or
 * somebody ended it at the engine's own console.
 */
export function reasonOfNobody(live: LiveCall): EndReason {
  const { state } = live.call
  const endedAt = calleeOf(live)?.endedAt ?? null
  if (state.name !== 'connected' || endedAt === null) return 'network-failure'
  return isLeaseDue(live.meter, endedAt) ? reasonOfLease(live.meter) : 'network-failure'
}

export function snapshotOf(live: LiveCall): CallSnapshot {
  const { call, meter } = live
  const isConnected = call.state.name === 'connected'
  return {
    ...snapshotOfStored(call),
    paidUntil: isConnected ? paidUntil(meter) : null,
    leftMs: meter.leftMs,
    isLastMinute: isConnected && meter.isWarned,
  }
}

/** Of a call that does not live here. */
export function snapshotOfStored(call: Call): CallSnapshot {
  const { state, terms } = call
  return {
    callId: call.id,
    memberId: call.memberId,
    state: state.name,
    dialled: call.dialledText,
    calleeId: terms.calleeId ?? null,
    isByNumber: terms.calleeId === null,
    number: terms.dialled.kind === 'number' ? terms.dialled.number : null,
    callerNumber: terms.callerNumber,
    placedAt: call.placedAt,
    answeredAt: state.name === 'connected' || state.name === 'ended' ? state.answeredAt : null,
    isOnHold: state.name === 'connected' && state.isOnHold,
    paidUntil: null,
    leftMs: null,
    isLastMinute: false,
    endedAt: state.name === 'ended' ? state.endedAt : null,
    endReason: state.name === 'ended' ? state.reason : null,
  }
}
