import { between, unreachable, type Instant } from '#kernel'
import type { EndReason } from '#records'
import { CAUSE, reasonAfterAnswer, reasonBeforeAnswer } from './causes.ts'
import {
  calleeLegOf,
  calleeOf,
  callerLegOf,
  callerOf,
  livingLegs,
  reasonOfNobody,
  withLeg,
  withLegEnded,
  type Ending,
  type LegEnd,
  type LiveCall,
} from './live-call.ts'
import { unchanged, type Decision, type Effect, type Input } from './machine.ts'
import { reasonOfLease } from './meter.ts'

/** Every leg was told to end. One that has not said so within this time is asked after, and again after as long. */
const GRACE_MS = 2_000

/** `q850Cause` is what the parties are told. */
type HangUp = Ending & { readonly q850Cause?: number }

/** Hangs up whatever lives; the call has ended when all have said so. */
export function hangUpAll(live: LiveCall, { reason, actor, q850Cause = CAUSE.normal }: HangUp, now: Instant): Decision {
  const isSame = live.ending !== null && live.ending.reason === reason
  const endingNow: LiveCall = { ...live, ending: isSame ? live.ending : { reason, actor } }
  const living = livingLegs(live)
  if (living.length === 0) return finished(endingNow, now)
  const hangups = living.map((leg): Effect => ({ kind: 'hangup', channelId: leg.channelId, q850Cause }))
  return {
    live: endingNow,
    effects: [...hangups, ...withoutTimers(), { kind: 'wake', timer: 'grace', afterMs: GRACE_MS }],
  }
}

/** Waiting for the ends of all legs. */
export function ending(live: LiveCall, input: Input, now: Instant): Decision {
  switch (input.kind) {
    case 'caller-ended':
      return oneEnded(live, { side: 'caller', end: input.end }, now)
    case 'callee-ended':
      return oneEnded(live, { side: 'callee', end: input.end }, now)
    case 'stray-ended':
      return finishedOrWaiting(live, now)
    case 'callee-answered':
      // RFC 3261, 9.1: the 200 crossed our CANCEL. The engine ends it at once; it is written down and not charged.
      return unchanged(withLeg(live, calleeLegOf(live).channelId, { answeredAt: input.at }))
    case 'caller-arrived':
      return { live, effects: [{ kind: 'hangup', channelId: input.channelId, q850Cause: CAUSE.rejected }] }
    case 'due':
      return input.timer === 'grace' ? askWhatBecame(live) : unchanged(live)
    case 'stray-answered':
    case 'callee-ringing':
    case 'callee-early-media':
    case 'callee-silent':
    case 'callee-impossible':
    case 'hangup-asked':
    case 'hold-asked':
    case 'resume-asked':
    case 'digits-asked':
    case 'reserved':
    case 'reserve-failed':
      return unchanged(live)
    default:
      return unreachable(input)
  }
}

/** Speech may go on: the engine may be out of reach, and never have been told. Nothing is settled on a guess. */
const askWhatBecame = (live: LiveCall): Decision => ({
  live,
  effects: [{ kind: 'reconcile' }, { kind: 'wake', timer: 'grace', afterMs: GRACE_MS }],
})

/**
 * After a fault of ours that even hanging up did not survive: every leg is told to end and none is waited for. The
 * leases end what does not listen.
 */
export function cutOff(live: LiveCall, now: Instant): Decision {
  const hangups = livingLegs(live).map(({ channelId }): Effect => {
    return { kind: 'hangup', channelId, q850Cause: CAUSE.outOfOrder }
  })
  const { live: ended, effects } = finished({ ...live, ending: { reason: 'internal-fault' } }, now)
  return { live: ended, effects: [...hangups, ...effects] }
}

type OneEnd = { readonly side: 'caller' | 'callee'; readonly end: LegEnd }

function oneEnded(live: LiveCall, { side, end }: OneEnd, now: Instant): Decision {
  const leg = side === 'caller' ? callerLegOf(live) : calleeLegOf(live)
  const marked = withLegEnded(live, leg.channelId, end)
  const reason = live.ending?.reason ?? reasonOf(marked, side, end)
  return finishedOrWaiting({ ...marked, ending: { ...live.ending, reason } }, now)
}

export const reasonOfCommand = (by: 'caller' | 'administrator', ofCaller: EndReason): EndReason =>
  by === 'administrator' ? 'hangup-administrator' : ofCaller

/** Why the call ended, as far as one side's end tells; `null`: it was ended from the other side. */
export function reasonOf(live: LiveCall, side: 'caller' | 'callee', end: LegEnd): EndReason | null {
  if (end.by === 'no-media') return side === 'caller' ? 'browser-gone' : 'network-failure'
  if (live.call.state.name !== 'connected') return reasonWithoutAnswer(side, end)
  if (end.by === 'party') return reasonAfterAnswer(side, end.q850Cause)
  return end.by === 'lease' ? reasonOfLease(live.meter) : null
}

/** The dial's own time-out is a command with its cause. */
function reasonWithoutAnswer(side: 'caller' | 'callee', end: LegEnd): EndReason | null {
  if (end.by === 'lease') return 'no-answer'
  if (end.by === 'command') return side === 'callee' && end.q850Cause === CAUSE.noAnswer ? 'no-answer' : null
  return side === 'caller' ? 'cancelled' : reasonBeforeAnswer(end)
}

const finishedOrWaiting = (live: LiveCall, now: Instant): Decision =>
  livingLegs(live).length === 0 ? finished(live, now) : unchanged(live)

/** Legs that never said so are taken to have ended now. A conversation ends when the callee's leg does. */
function finished(live: LiveCall, now: Instant): Decision {
  const silent = { at: now, by: 'command', q850Cause: CAUSE.normal, sipStatus: null } as const
  const closed = livingLegs(live).reduce((call, leg) => withLegEnded(call, leg.channelId, silent), live)
  const { state } = closed.call
  const connectedAt = state.name === 'connected' ? state.answeredAt : null
  const answeredAt = connectedAt !== null && wasCallerThere(closed, connectedAt) ? connectedAt : null
  const lastEnd = closed.legs.reduce<Instant | null>(
    (latest, { endedAt }) => (endedAt !== null && (latest === null || endedAt > latest) ? endedAt : latest),
    null,
  )
  const endedAt = (connectedAt === null ? null : calleeOf(closed)?.endedAt) ?? lastEnd ?? now
  const reason = live.ending?.reason ?? reasonOfNobody(closed)
  const call = { ...closed.call, state: { name: 'ended', answeredAt, endedAt, reason } as const }
  return {
    live: { ...closed, call },
    effects: [...withoutTimers(), { kind: 'wake', timer: 'grace', afterMs: null }, { kind: 'close' }],
  }
}

/** The engine looks once a second, and rounds. */
const SILENCE_TOLERANCE_MS = 2_000

/**
 * A caller of whom nothing was ever heard after the answer was not there: his browser lost its connection while it rang.
 * Such an answer connected nobody, and what it cost is the operator's.
 */
function wasCallerThere(live: LiveCall, answeredAt: Instant): boolean {
  const caller = callerOf(live)
  if (caller === undefined || caller.endedBy !== 'no-media' || caller.endedAt === null) return true
  return between(answeredAt, caller.endedAt) > live.browserGoneMs + SILENCE_TOLERANCE_MS
}

const withoutTimers = (): readonly Effect[] =>
  (['abandoned', 'sign-of-life', 'extend', 'warn'] as const).map((timer) => ({ kind: 'wake', timer, afterMs: null }))
