import { between, unreachable, type Instant } from '#kernel'
import type { EndReason } from '#records'
import { CAUSE, reasonAfterAnswer } from './causes.ts'
import { neverDialled, type LegEnd } from './leg.ts'
import { unchanged, type Decision, type Effect, type Input } from './machine.ts'
import { isLeaseDue, reasonOfLease } from './meter.ts'
import { currentLeg, ofAnotherLeg, reasonOfTry, withLeg, withLegEnded, type Party, type PartyInput } from './party.ts'
import {
  calleeOf,
  callerOf,
  legsOf,
  livingLegs,
  meterIn,
  partyOfChannel,
  withParties,
  withParty,
  withState,
  type Ending,
  type Room,
} from './room.ts'

/** Every leg was told to end. One that has not said so within this time is asked after, and again after as long. */
const GRACE_MS = 2_000

/** `q850Cause` is what the parties are told. */
type HangUp = Ending & { readonly q850Cause?: number }

/** Hangs up whatever lives; the call has ended when all have said so. */
export function hangUpAll(room: Room, { reason, actor, q850Cause = CAUSE.normal }: HangUp, now: Instant): Decision {
  const isSame = room.ending !== null && room.ending.reason === reason
  const endingNow: Room = { ...room, ending: isSame ? room.ending : { reason, actor } }
  const living = livingLegs(room)
  if (living.length === 0) return finished(endingNow, now)
  const hangups = living.map((leg): Effect => ({ kind: 'hangup', channelId: leg.channelId, q850Cause }))
  return {
    room: endingNow,
    effects: [...hangups, ...withoutTimers(), { kind: 'wake', timer: 'grace', afterMs: GRACE_MS }],
  }
}

/** Waiting for the ends of all legs. */
export function ending(room: Room, input: Input, now: Instant): Decision {
  switch (input.kind) {
    case 'leg-ended':
      return legEnded(room, input, now)
    case 'leg-impossible':
      return legEnded(room, { ...input, end: neverDialled(now) }, now)
    case 'leg-answered':
      return crossed(room, input)
    case 'leg-arrived':
      return { room, effects: [{ kind: 'hangup', channelId: input.channelId, q850Cause: CAUSE.rejected }] }
    case 'due':
      return input.timer === 'grace' ? askWhatBecame(room) : unchanged(room)
    case 'leg-ringing':
    case 'leg-early-media':
    case 'leg-silent':
    case 'hangup-asked':
    case 'hold-asked':
    case 'resume-asked':
    case 'digits-asked':
    case 'reserved':
    case 'reserve-failed':
    case 'screens-told':
    case 'screen-rings':
    case 'declined':
      return unchanged(room)
    default:
      return unreachable(input)
  }
}

type LegEnded = Pick<PartyInput & { readonly kind: 'leg-ended' }, 'channelId' | 'end'>

/** It is written down. The end of a leg that is its party's says why, if nobody has said so yet. */
function legEnded(room: Room, { channelId, end }: LegEnded, now: Instant): Decision {
  const party = partyOfChannel(room, channelId)
  if (party === undefined) return unchanged(room)
  const marked = withParty(room, withLegEnded(party, channelId, end))
  const reason = room.ending?.reason ?? (party.channelId === channelId ? reasonOf(marked, party, end) : null)
  const told = { ...marked, ending: { ...room.ending, reason } }
  return livingLegs(told).length === 0 ? finished(told, now) : unchanged(told)
}

/**
 * RFC 3261, 9.1: a 200 that crossed our CANCEL. The engine ends it at once; it is written down and charged to nobody. One
 * of an earlier try was told nothing, and is.
 */
function crossed(room: Room, input: PartyInput & { readonly kind: 'leg-answered' }): Decision {
  const { channelId, at } = input
  const party = partyOfChannel(room, channelId)
  if (party === undefined) return unchanged(room)
  if (party.channelId !== channelId) {
    const { party: marked, effects } = ofAnotherLeg(party, input)
    return { room: withParty(room, marked), effects }
  }
  return unchanged(
    party.reach.kind === 'hunted' ? withParty(room, withLeg(party, channelId, { answeredAt: at })) : room,
  )
}

/** Speech may go on: the engine may be out of reach, and never have been told. Nothing is settled on a guess. */
const askWhatBecame = (room: Room): Decision => ({
  room,
  effects: [{ kind: 'reconcile' }, { kind: 'wake', timer: 'grace', afterMs: GRACE_MS }],
})

/**
 * After a fault of ours that even hanging up did not survive: every leg is told to end and none is waited for. The
 * leases end what does not listen.
 */
export function cutOff(room: Room, now: Instant): Decision {
  const hangups = livingLegs(room).map(({ channelId }): Effect => {
    return { kind: 'hangup', channelId, q850Cause: CAUSE.outOfOrder }
  })
  const { room: ended, effects } = finished({ ...room, ending: { reason: 'internal-fault' } }, now)
  return { room: ended, effects: [...hangups, ...effects] }
}

/** Why the call ended, as far as one side's end tells; `null`: it was ended from the other side. */
export function reasonOf(room: Room, { role, reach }: Pick<Party, 'role' | 'reach'>, end: LegEnd): EndReason | null {
  const isCaller = role === 'initiator'
  const isByApp = reach.kind === 'expected'
  if (isByApp && end.by === 'no-media') return 'browser-gone'
  if (room.call.state.name !== 'connected') {
    if (isCaller) return reasonOfImpatience(end)
    return isByApp ? 'rejected' : reasonOfTry(end)
  }
  if (end.by === 'no-media') return 'network-failure'
  // His CANCEL, which came before our 200 had left (RFC 3261, 9.1): he has taken leave.
  const q850Cause = isByApp && end.sipStatus === 487 ? CAUSE.normal : end.q850Cause
  if (end.by === 'party') return reasonAfterAnswer({ side: isCaller ? 'caller' : 'callee', isByApp }, q850Cause)
  return end.by === 'lease' ? reasonOfItsLease(room) : null
}

function reasonOfItsLease(room: Room): EndReason {
  const meter = meterIn(room)
  return meter === null ? 'longest-call' : reasonOfLease(meter)
}

/** Of a caller who was there no longer when the answer might have come. */
function reasonOfImpatience({ by }: LegEnd): EndReason | null {
  if (by === 'lease') return 'no-answer'
  return by === 'command' ? null : 'cancelled'
}

/**
 * Nobody hung up and no leg says why: both leases were due at once and each leg was ended by the other one's tie, or
 * somebody ended it at the engine's own console.
 */
export function reasonOfNobody(room: Room): EndReason {
  const endedAt = currentLeg(calleeOf(room))?.endedAt ?? null
  if (room.call.state.name !== 'connected' || endedAt === null) return 'network-failure'
  const meter = meterIn(room)
  return meter !== null && isLeaseDue(meter, endedAt) ? reasonOfLease(meter) : 'network-failure'
}

/** Legs that never said so are taken to have ended now. A conversation ends when the callee's leg does. */
function finished(room: Room, now: Instant): Decision {
  const silent = { at: now, by: 'command', q850Cause: CAUSE.normal, sipStatus: null } as const
  const closed = withParties(room, (party) =>
    party.legs.reduce((each, leg) => withLegEnded(each, leg.channelId, silent), party),
  )
  const { state } = closed.call
  const connectedAt = state.name === 'connected' ? state.answeredAt : null
  const answeredAt = connectedAt !== null && wasCallerThere(closed, connectedAt) ? connectedAt : null
  const lastEnd = legsOf(closed).reduce<Instant | null>(
    (latest, { endedAt }) => (endedAt !== null && (latest === null || endedAt > latest) ? endedAt : latest),
    null,
  )
  const endedAt = (connectedAt === null ? null : currentLeg(calleeOf(closed))?.endedAt) ?? lastEnd ?? now
  const reason = room.ending?.reason ?? reasonOfNobody(closed)
  return {
    room: withState(closed, { name: 'ended', answeredAt, endedAt, reason }),
    effects: [...withoutTimers(), { kind: 'wake', timer: 'grace', afterMs: null }, { kind: 'close' }],
  }
}

/** The engine looks once a second, and rounds. */
const SILENCE_TOLERANCE_MS = 2_000

/**
 * A caller of whom nothing was ever heard after the answer was not there: his browser lost its connection while it rang.
 * Such an answer connected nobody, and what it cost is the operator's.
 */
function wasCallerThere(room: Room, answeredAt: Instant): boolean {
  const caller = currentLeg(callerOf(room))
  if (caller === undefined || caller.endedBy !== 'no-media' || caller.endedAt === null) return true
  return between(answeredAt, caller.endedAt) > room.browserGoneMs + SILENCE_TOLERANCE_MS
}

const withoutTimers = (): readonly Effect[] =>
  (['abandoned', 'sign-of-life', 'ring', 'extend', 'warn'] as const).map((timer) => ({
    kind: 'wake',
    timer,
    afterMs: null,
  }))
