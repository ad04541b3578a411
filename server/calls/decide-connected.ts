import { extendAfterMs, warnAfterMs, WARNING_MS } from '#entitlements'
import { between, durationMs, later, unreachable, type Instant, type OperationId } from '#kernel'
import type { CallState } from './call.ts'
import { hangUpAll, reasonOf, reasonOfCommand } from './decide-ending.ts'
import { withAnswer, withState } from './legs.ts'
import {
  calleeLegOf,
  calleeOf,
  callerLegOf,
  callerOf,
  coverageOf,
  endsAt,
  leaseNow,
  livingLegs,
  paidUntil,
  reserveOperationId,
  withLegEnded,
  type LegEnd,
  type LiveCall,
} from './live-call.ts'
import { unchanged, type Decision, type Effect, type Input, type SliceAnswer } from './machine.ts'
import { takeOver } from './take-over.ts'

type Connected = CallState & { readonly name: 'connected' }

/** While the ledger does not answer. */
const ASK_AGAIN_AFTER_MS = 1_000
/** When the pools were empty, others may still give back: asked again at half of the rest, until this much is left. */
const LAST_ASK_BEFORE_END_MS = 5_000

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
      return isAwaited(live, input) ? extended(live, input, now) : unchanged(live)
    case 'reserve-failed':
      return isAwaited(live, input)
        ? { live, effects: [{ kind: 'wake', timer: 'extend', afterMs: ASK_AGAIN_AFTER_MS }] }
        : unchanged(live)
    case 'due':
      return due(live, input.timer, now)
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
  const talking = withAnswer(live, answeredAt)
  const answer: Effect = { kind: 'indicate', channelId: callerLegOf(live).channelId, what: 'answer' }
  const noProbe: Effect = { kind: 'wake', timer: 'sign-of-life', afterMs: null }
  return {
    live: talking,
    effects: [...leases(talking, now), answer, noProbe, ...meterTimers(talking, now), ...keysOf(talking)],
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

/** When to reserve more, and when to warn. */
export function meterTimers(live: LiveCall, now: Instant): readonly Effect[] {
  const { answeredAt } = live.call.state as Connected
  const elapsedMs = between(answeredAt, now)
  const coverage = coverageOf(live)
  const after = (offsetMs: number | null): number | null =>
    offsetMs === null ? null : Math.max(0, offsetMs - elapsedMs)
  const warnMs = live.isWarned ? null : after(warnAfterMs(coverage))
  const extendMs = coverage.isLast ? askEmptyPoolsAgainMs(live, now) : after(extendAfterMs(coverage))
  return [
    { kind: 'wake', timer: 'extend', afterMs: extendMs },
    { kind: 'wake', timer: 'warn', afterMs: warnMs },
  ]
}

function askEmptyPoolsAgainMs(live: LiveCall, now: Instant): number | null {
  const { answeredAt } = live.call.state as Connected
  if (live.meter.heldMs >= live.call.metering.longestCallMs) return null
  const leftMs = paidUntil(live, answeredAt) - now
  return leftMs <= LAST_ASK_BEFORE_END_MS ? null : Math.floor(leftMs / 2)
}

function due(live: LiveCall, timer: string, now: Instant): Decision {
  if (timer === 'extend') return { live, effects: [nextSliceOf(live)] }
  return timer === 'warn' ? warned(live, now) : unchanged(live)
}

function nextSliceOf({ call, meter: { heldMs } }: LiveCall): Effect {
  const { answeredAt } = call.state as Connected
  const operationId = reserveOperationId(call.id, heldMs)
  return { kind: 'reserve', operationId, heldMs, beginsAt: later(answeredAt, heldMs) }
}

/** An answer to what was asked before more was held is no news: what it took is among what is held. */
const isAwaited = ({ call, meter }: LiveCall, { operationId }: { readonly operationId: OperationId }): boolean =>
  operationId === reserveOperationId(call.id, meter.heldMs)

function extended(live: LiveCall, { tookMs, leftMs, isLimited }: SliceAnswer, now: Instant): Decision {
  const { meter } = live
  const meterNow = {
    ...meter,
    sliceFromMs: tookMs === 0 ? meter.sliceFromMs : meter.heldMs,
    heldMs: durationMs(meter.heldMs + tookMs),
    leftMs,
    isLimited,
    isLast: tookMs === 0,
  }
  const next = { ...live, meter: meterNow }
  const isSafeAgain = live.isWarned && endsAt(next, (live.call.state as Connected).answeredAt) - now > WARNING_MS
  const calm = isSafeAgain ? { ...next, isWarned: false } : next
  return { live: calm, effects: [...(tookMs === 0 ? [] : leases(calm, now)), ...meterTimers(calm, now)] }
}

/** Seen and heard by the caller. */
function warned(live: LiveCall, now: Instant): Decision {
  const ends = endsAt(live, (live.call.state as Connected).answeredAt)
  // Others gave minutes back since the timer was set.
  if (ends - now > WARNING_MS + 1_000) return { live, effects: meterTimers(live, now) }
  return {
    live: { ...live, isWarned: true },
    effects: [
      { kind: 'warn', endsAt: ends },
      { kind: 'announce', channelId: callerLegOf(live).channelId },
    ],
  }
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
