import { unreachable, type Instant } from '#kernel'
import type { CallState } from './call.ts'
import { hangUpAll, reasonOf, reasonOfCommand } from './decide-ending.ts'
import { withAnswer, withState } from './legs.ts'
import {
  calleeLegOf,
  calleeOf,
  callerLegOf,
  callerOf,
  leaseNow,
  livingLegs,
  withLegEnded,
  type LegEnd,
  type LiveCall,
} from './live-call.ts'
import { unchanged, type Decision, type Effect, type Input, type Timer } from './machine.ts'
import { decideMeter, type MeterInput, type MeterTimer } from './meter.ts'
import { takeOver } from './take-over.ts'

type Connected = CallState & { readonly name: 'connected' }

/** Both talk. */
export function connected(live: LiveCall, input: Input, now: Instant): Decision {
  const state = live.call.state as Connected
  switch (input.kind) {
    case 'caller-ended':
      return oneLeft(live, { side: 'caller', end: input.end }, now)
    case 'callee-ended':
      return oneLeft(live, { side: 'callee', end: input.end }, now)
    case 'caller-arrived':
      return takeOver(live, input, now)
    case 'hangup-asked':
      return hangUpAll(live, { reason: reasonOfCommand(input.by, 'hangup-caller'), actor: input.actor }, now)
    case 'hold-asked':
      return held(live, { ...state, isOnHold: true })
    case 'resume-asked':
      return held(live, { ...state, isOnHold: false })
    case 'digits-asked':
      return { live, effects: [{ kind: 'digits', channelId: calleeLegOf(live).channelId, digits: input.digits }] }
    case 'reserved':
    case 'reserve-failed':
      return metered(live, input, now)
    case 'due':
      return isOfMeter(input.timer) ? metered(live, { kind: 'due', timer: input.timer }, now) : unchanged(live)
    case 'callee-ringing':
    case 'callee-early-media':
    case 'callee-answered':
    case 'callee-silent':
    case 'callee-impossible':
    case 'stray-answered':
    case 'stray-ended':
      return unchanged(live)
    default:
      return unreachable(input)
  }
}

/** The answer: metering starts. First the leases, then the voice. */
export function begin(live: LiveCall, answeredAt: Instant, now: Instant): Decision {
  const { meter, effects } = decideMeter(live.meter, { kind: 'answered', at: answeredAt }, now)
  const talking = { ...withAnswer(live, answeredAt), meter }
  const answer: Effect = { kind: 'indicate', channelId: callerLegOf(live).channelId, what: 'answer' }
  const noProbe: Effect = { kind: 'wake', timer: 'sign-of-life', afterMs: null }
  return {
    live: talking,
    effects: [...leases(talking, now), answer, noProbe, ...effects, ...keysOf(talking)],
  }
}

/** What was dialled behind the number. The engine keeps the pauses: nobody need be there any more. */
function keysOf(live: LiveCall): readonly Effect[] {
  const { keysAfterAnswer } = live.call.terms
  if (keysAfterAnswer === undefined || keysAfterAnswer === null) return []
  return [{ kind: 'digits', channelId: calleeLegOf(live).channelId, digits: keysAfterAnswer }]
}

/** Both legs have the same deadline, whichever the engine reaches first. */
export const leases = (live: LiveCall, now: Instant): readonly Effect[] =>
  livingLegs(live)
    .filter((leg) => leg === callerOf(live) || leg === calleeOf(live))
    .map((leg) => ({ kind: 'lease', channelId: leg.channelId, leaseMs: leaseNow(live, now) }))

const isOfMeter = (timer: Timer): timer is MeterTimer => timer === 'extend' || timer === 'warn'

/** More is paid: the leases move. Nothing more is there: seen and heard by the caller. */
function metered(before: LiveCall, input: MeterInput, now: Instant): Decision {
  const { meter, effects, news } = decideMeter(before.meter, input, now)
  const live = meter === before.meter ? before : { ...before, meter }
  if (news === null) return { live, effects }
  if (news.kind === 'extended') return { live, effects: [...leases(live, now), ...effects] }
  const announce: Effect = { kind: 'announce', channelId: callerLegOf(live).channelId }
  return { live, effects: [{ kind: 'warn', endsAt: news.endsAt }, announce, ...effects] }
}

function held(live: LiveCall, state: Connected): Decision {
  const { channelId } = calleeLegOf(live)
  if (state.isOnHold === (live.call.state as Connected).isOnHold) return unchanged(live)
  return { live: withState(live, state), effects: [{ kind: state.isOnHold ? 'hold' : 'resume', channelId }] }
}

/** The other one is hung up too, though its tie has done so already if the engine lives. */
function oneLeft(
  live: LiveCall,
  { side, end }: { readonly side: 'caller' | 'callee'; readonly end: LegEnd },
  now: Instant,
): Decision {
  const { channelId } = side === 'caller' ? callerLegOf(live) : calleeLegOf(live)
  return hangUpAll(withLegEnded(live, channelId, end), { reason: reasonOf(live, side, end) }, now)
}
