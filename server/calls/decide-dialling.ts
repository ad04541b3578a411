import { between, later, unreachable, type Instant } from '#kernel'
import type { EndReason } from '#records'
import { CAUSE } from './causes.ts'
import { begin } from './decide-connected.ts'
import { hangUpAll, reasonOf, reasonOfCommand } from './decide-ending.ts'
import { mayFailOver, SILENT_AFTER_MS, type Progress } from './failover.ts'
import { newCallee, newCaller, withState } from './legs.ts'
import {
  calleeLegOf,
  calleeOf,
  callerLegOf,
  callerOf,
  leaseNow,
  routeLegId,
  withLegEnded,
  type LegEnd,
  type LiveCall,
} from './live-call.ts'
import { unchanged, type Decision, type Effect, type Input } from './machine.ts'
import { takeOver } from './take-over.ts'

/** Less than this is no time to ring. */
const SHORTEST_RING_MS = 1_000

/** Admitted and paid for a while; the browser has not dialled yet. */
export function placed(live: LiveCall, input: Input, now: Instant): Decision {
  switch (input.kind) {
    case 'caller-arrived':
      return startDialling(live, input, now)
    case 'hangup-asked':
      return hangUpAll(live, { reason: reasonOfCommand(input.by, 'cancelled'), actor: input.actor }, now)
    case 'due':
      return input.timer === 'abandoned' ? hangUpAll(live, { reason: 'abandoned' }, now) : unchanged(live)
    case 'caller-ended':
    case 'callee-ringing':
    case 'callee-early-media':
    case 'callee-answered':
    case 'callee-ended':
    case 'callee-silent':
    case 'callee-impossible':
    case 'stray-answered':
    case 'stray-ended':
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

/** Dialled; nothing but a SIP 100, if that, has come back. */
export function calling(live: LiveCall, input: Input, now: Instant): Decision {
  if (input.kind === 'callee-ringing') return progressed(live, 'ringing')
  if (input.kind === 'callee-early-media') return progressed(live, 'early-media')
  if (input.kind === 'callee-silent') return leaveSilentRoute(live, now)
  if (input.kind === 'due' && input.timer === 'sign-of-life') return probe(live)
  return beforeAnswer(live, input, { progress: 'calling', now })
}

/** The callee's phone rings. */
export function ringing(live: LiveCall, input: Input, now: Instant): Decision {
  if (input.kind === 'callee-early-media') return progressed(live, 'early-media')
  return beforeAnswer(live, input, { progress: 'ringing', now })
}

/** The caller hears the network: an announcement, its own ringing tone. It may fall back to ringing, and stays heard. */
export const earlyMedia = (live: LiveCall, input: Input, now: Instant): Decision =>
  beforeAnswer(live, input, { progress: 'early-media', now })

/** What means the same however far the callee has come. */
function beforeAnswer(
  live: LiveCall,
  input: Input,
  { progress, now }: { readonly progress: Progress; readonly now: Instant },
): Decision {
  switch (input.kind) {
    case 'callee-answered':
      return begin(live, input.at, now)
    case 'callee-ended':
      return tryEnded(live, { end: input.end, progress }, now)
    case 'callee-impossible':
      return nextRoute(withLegEnded(live, calleeLegOf(live).channelId, impossible(now)), 'no-route', now)
    case 'caller-ended':
      return callerLeft(live, input.end, now)
    case 'caller-arrived':
      return takeOver(live, input, now)
    case 'hangup-asked':
      return hangUpAll(live, { reason: reasonOfCommand(input.by, 'cancelled'), actor: input.actor }, now)
    case 'callee-ringing':
    case 'callee-early-media':
    case 'callee-silent':
    case 'stray-answered':
    case 'stray-ended':
    case 'hold-asked':
    case 'resume-asked':
    case 'digits-asked':
    case 'reserved':
    case 'reserve-failed':
    case 'due':
      return unchanged(live)
    default:
      return unreachable(input)
  }
}

function startDialling(
  live: LiveCall,
  caller: { readonly channelId: string; readonly bootId: string },
  now: Instant,
): Decision {
  const arrived = { ...newCaller(live, caller, now), ringsUntil: later(now, live.ringTimeoutMs) }
  const seat: Effect = { kind: 'seat', channelId: caller.channelId, leaseMs: leaseNow(arrived, now) }
  const { live: dialling, effects } = nextRoute(arrived, 'no-route', now)
  return { live: dialling, effects: [{ kind: 'wake', timer: 'abandoned', afterMs: null }, seat, ...effects] }
}

/** `otherwise` is the reason if there is no route left. */
function nextRoute(live: LiveCall, otherwise: EndReason | null, now: Instant): Decision {
  const route = live.routes[live.route + 1]
  const timeoutMs = live.ringsUntil === null ? live.ringTimeoutMs : between(now, live.ringsUntil)
  const caller = callerOf(live)
  if (route === undefined || timeoutMs < SHORTEST_RING_MS || caller === undefined)
    return hangUpAll(live, { reason: otherwise, q850Cause: lastCause(live) }, now)

  const dialling = withState(newCallee(live, { route: live.route + 1, bootId: caller.bootId }, now), {
    name: 'calling',
  })
  const dial: Effect = {
    kind: 'dial',
    legId: routeLegId(live.call.id, dialling.route),
    trunkId: route.trunkId,
    requestUri: route.requestUri,
    callerId: route.callerId,
    callerChannelId: caller.channelId,
    leaseMs: leaseNow(dialling, now),
    timeoutMs,
  }
  return { live: dialling, effects: [dial, { kind: 'wake', timer: 'sign-of-life', afterMs: SILENT_AFTER_MS }] }
}

function progressed(live: LiveCall, what: 'ringing' | 'early-media'): Decision {
  const { channelId } = callerLegOf(live)
  return {
    live: withState(live, { name: what }),
    effects: [
      { kind: 'indicate', channelId, what },
      { kind: 'wake', timer: 'sign-of-life', afterMs: null },
    ],
  }
}

function probe(live: LiveCall): Decision {
  return { live, effects: [{ kind: 'probe', legId: calleeLegOf(live).id }] }
}

/** Untied first: a 200 that crosses the CANCEL must not end the caller with it. */
function leaveSilentRoute(live: LiveCall, now: Instant): Decision {
  const { channelId } = calleeLegOf(live)
  const { live: next, effects } = nextRoute(live, 'no-route', now)
  if (next.ending !== null) return { live: next, effects }
  return {
    live: next,
    effects: [{ kind: 'untie', channelId }, { kind: 'hangup', channelId, q850Cause: CAUSE.normal }, ...effects],
  }
}

function tryEnded(
  live: LiveCall,
  { end, progress }: { readonly end: LegEnd; readonly progress: Progress },
  now: Instant,
): Decision {
  const marked = withLegEnded(live, calleeLegOf(live).channelId, end)
  const route = live.routes[live.route]
  const reason = reasonOf(live, 'callee', end)
  if (route !== undefined && mayFailOver(end, progress, route)) return nextRoute(marked, reason, now)
  return hangUpAll(marked, { reason, q850Cause: end.q850Cause }, now)
}

const callerLeft = (live: LiveCall, end: LegEnd, now: Instant): Decision =>
  hangUpAll(withLegEnded(live, callerLegOf(live).channelId, end), { reason: reasonOf(live, 'caller', end) }, now)

/** What the caller's phone is told: what the last route met. */
const lastCause = (live: LiveCall): number => calleeOf(live)?.q850Cause ?? CAUSE.noCircuit

const impossible = (now: Instant): LegEnd => ({ at: now, by: 'command', q850Cause: CAUSE.noCircuit, sipStatus: null })
