import {
  assert,
  computedId,
  unreachable,
  type CallId,
  type CarrierId,
  type DurationMs,
  type E164,
  type Instant,
  type LegId,
  type MemberId,
  type PartyId,
  type TrunkId,
} from '#kernel'
import type { EndReason } from '#records'
import { CAUSE, reasonBeforeAnswer } from './causes.ts'
import { freshLeg, legEnded, neverDialled, routeLegId, type LegEnd, type LiveLeg } from './leg.ts'
import { leaseOf, type LiveMeter } from './meter.ts'

/** One person in a room, whatever his connections. */
export type Party = {
  readonly id: PartyId
  readonly role: PartyRole
  readonly who: Who
  readonly reach: Reach
  readonly state: PartyState
  /** All so far, in the order of their start: tabs that were taken over and tries that failed, too. */
  readonly legs: readonly LiveLeg[]
  /** Of the leg that is his now: the latest browser, the route that is tried or talks. `null` before the first. */
  readonly channelId: string | null
  /** What is paid for his dialled legs; `null`: nothing is. */
  readonly meter: LiveMeter | null
}

/** The initiator asked for the room; everybody else participates. */
export type PartyRole = 'initiator' | 'participant'

/** `number` `null`: he is reached by the app alone, or by a service code. */
export type Who = { readonly memberId: MemberId | null; readonly number: E164 | null }

/** `expected`: dials in, by a browser that was invited. `hunted`: we dial, one lawful route after the other. */
export type Reach =
  | { readonly kind: 'expected' }
  | {
      readonly kind: 'hunted'
      /** First to last. */
      readonly routes: readonly Route[]
      /** Index in `routes` of the one being tried or used; −1 before the first. */
      readonly route: number
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

/**
 * `awaited` (nobody has dialled) → hunted: `calling` (dialled; at most a SIP 100 has come back) → `ringing` |
 * `early-media` → `in` → `left`; expected: → `in` with his first leg. From every state to `left`.
 */
export type PartyState = 'awaited' | 'calling' | 'ringing' | 'early-media' | 'in' | 'left'

/** What happens to a party's connections. Of a channel that is no longer his, only what must be written down. */
export type PartyInput =
  | {
      readonly kind: 'leg-arrived'
      readonly partyId: PartyId
      readonly channelId: string
      readonly bootId: string
    }
  | { readonly kind: 'leg-ringing'; readonly channelId: string }
  | { readonly kind: 'leg-early-media'; readonly channelId: string }
  | { readonly kind: 'leg-answered'; readonly channelId: string; readonly at: Instant }
  | { readonly kind: 'leg-ended'; readonly channelId: string; readonly end: LegEnd }
  /** 4 s after the dial nothing had come back, not even a SIP 100. */
  | { readonly kind: 'leg-silent'; readonly channelId: string }
  /** The engine could not create or dial the leg. */
  | { readonly kind: 'leg-impossible'; readonly channelId: string }

export type PartyEffect =
  | {
      readonly kind: 'dial'
      readonly legId: LegId
      readonly trunkId: TrunkId
      readonly requestUri: string
      readonly callerId: string
      /** Whom the leg is tied to. */
      readonly callerChannelId: string
      readonly leaseMs: DurationMs
      readonly timeoutMs: DurationMs
      /** The caller takes his seat with it, under the same lease. */
      readonly seatsCaller: boolean
    }
  /** Answers `leg-silent` if nothing came back. */
  | { readonly kind: 'probe'; readonly channelId: string }
  | { readonly kind: 'untie'; readonly channelId: string }
  | { readonly kind: 'hangup'; readonly channelId: string; readonly q850Cause: number }
  | { readonly kind: 'wake'; readonly timer: 'sign-of-life'; readonly afterMs: number | null }

/** What the room has to know. */
export type PartyNews =
  /** His first leg is there. */
  | { readonly kind: 'arrived' }
  /** Another of his browsers is his leg now, instead of `before`. */
  | { readonly kind: 'replaced'; readonly before: string }
  | { readonly kind: 'progress'; readonly state: Progress }
  | { readonly kind: 'connected'; readonly at: Instant }
  /** No route is left. `reason` `null`: another party's end will say why. `q850Cause`: what the last route met. */
  | { readonly kind: 'failed'; readonly reason: EndReason | null; readonly q850Cause: number }
  /** The leg that was his has ended. */
  | { readonly kind: 'left'; readonly end: LegEnd }

/** How far the callee had come on this route. */
export type Progress = 'calling' | 'ringing' | 'early-media'

/** `isSeated`: he has been put into the room. */
type Company = { readonly channelId: string; readonly bootId: string; readonly isSeated: boolean }

/** What a party is told of its room. */
export type PartyContext = {
  readonly now: Instant
  readonly callId: CallId
  /** Of all parties, so far. */
  readonly legCount: number
  /** Whom a dialled leg is tied to, and the life of the engine that he is in; `null`: nobody is there any more. */
  readonly company: Company | null
  /** How long the room still rings, all routes together. */
  readonly ringsMs: DurationMs
}

export type PartyDecision = {
  readonly party: Party
  readonly effects: readonly PartyEffect[]
  readonly news: readonly PartyNews[]
}

/** A trunk that gave no sign of life at all for so long is left. PJSIP alone would wait 32 s (RFC 3261, timer B). */
export const SILENT_AFTER_MS = 4_000
/** Less than this is no time to ring. */
const SHORTEST_RING_MS = 1_000

/** Of a room of two, where nobody joins later. */
export const partyIdOf = (callId: CallId, role: PartyRole): PartyId => computedId<'party'>(callId, role)

/** A party's connections: what is so, what happened → what is so now, what is to be done, and what the room must know. */
export function decideParty(party: Party, input: PartyInput, context: PartyContext): PartyDecision {
  if (input.kind === 'leg-arrived') return arrived(party, input, context)
  if (input.channelId !== party.channelId) return ofAnotherLeg(party, input)
  switch (party.state) {
    case 'calling':
      return calling(party, input, context)
    case 'ringing':
    case 'early-media':
      return alerted(party, input, context)
    case 'in':
      return input.kind === 'leg-ended' ? left(party, input.end) : nothing(party)
    case 'awaited':
    case 'left':
      return nothing(party)
    default:
      return unreachable(party.state)
  }
}

const nothing = (party: Party): PartyDecision => ({ party, effects: [], news: [] })

/** A browser of his has dialled in. */
function arrived(party: Party, { channelId, bootId }: Arrival, { now, callId, legCount }: PartyContext): PartyDecision {
  const before = party.channelId
  return {
    party: withAppLeg(party, { channelId, bootId, callId, legCount, startedAt: now }),
    effects: [],
    news: [before === null ? { kind: 'arrived' } : { kind: 'replaced', before }],
  }
}

type Arrival = Pick<LiveLeg, 'channelId' | 'bootId'>

/** The id of an app leg is computed like a dialled one's, from a negative number, which no route has. */
export function withAppLeg(
  party: Party,
  { legCount, ...leg }: Arrival & Pick<LiveLeg, 'callId' | 'startedAt'> & { readonly legCount: number },
): Party {
  const id = routeLegId(leg.callId, -1 - legCount)
  const app = freshLeg({ ...leg, id, partyId: party.id, kind: 'app', trunkId: null, number: null })
  return { ...party, state: 'in', channelId: leg.channelId, legs: [...party.legs, app] }
}

/**
 * An earlier try, a tab that was taken over. Nobody is connected to the 200 of an earlier try, which crossed our CANCEL
 * (RFC 3261, 9.1): it is written down, for it costs the operator, and hung up again lest it talks on.
 */
export function ofAnotherLeg(
  party: Party,
  input: Exclude<PartyInput, { readonly kind: 'leg-arrived' }>,
): PartyDecision {
  const { channelId } = input
  if (input.kind === 'leg-ended') return nothing(withLegEnded(party, channelId, input.end))
  const leg = party.legs.find((each) => each.channelId === channelId)
  if (input.kind !== 'leg-answered' || leg?.kind !== 'phone-out') return nothing(party)
  return {
    party: withLeg(party, channelId, { answeredAt: input.at }),
    effects: [{ kind: 'hangup', channelId, q850Cause: CAUSE.normal }],
    news: [],
  }
}

/** Dialled; nothing but a SIP 100, if that, has come back. */
function calling(party: Party, input: OfLeg, context: PartyContext): PartyDecision {
  switch (input.kind) {
    case 'leg-ringing':
      return progressed(party, 'ringing')
    case 'leg-silent':
      return leaveSilentRoute(party, input.channelId, context)
    case 'leg-early-media':
    case 'leg-answered':
    case 'leg-ended':
    case 'leg-impossible':
      return alerted(party, input, context)
    default:
      return unreachable(input)
  }
}

type OfLeg = Exclude<PartyInput, { readonly kind: 'leg-arrived' }>

/**
 * His phone rings, or he is heard: an announcement, the network's own ringing tone. Early media may fall back to ringing,
 * and stays heard.
 */
function alerted(party: Party, input: OfLeg, context: PartyContext): PartyDecision {
  switch (input.kind) {
    case 'leg-early-media':
      return party.state === 'early-media' ? nothing(party) : progressed(party, 'early-media')
    case 'leg-answered':
      return connected(party, input.channelId, input.at)
    case 'leg-ended':
      return tryEnded(party, input.end, context)
    case 'leg-impossible':
      return impossible(party, input.channelId, context)
    case 'leg-ringing':
    case 'leg-silent':
      return nothing(party)
    default:
      return unreachable(input)
  }
}

const progressed = (party: Party, state: 'ringing' | 'early-media'): PartyDecision => ({
  party: { ...party, state },
  effects: [{ kind: 'wake', timer: 'sign-of-life', afterMs: null }],
  news: [{ kind: 'progress', state }],
})

const connected = (party: Party, channelId: string, at: Instant): PartyDecision => ({
  party: { ...withLeg(party, channelId, { answeredAt: at }), state: 'in' },
  effects: [{ kind: 'wake', timer: 'sign-of-life', afterMs: null }],
  news: [{ kind: 'connected', at }],
})

const left = (party: Party, end: LegEnd): PartyDecision => ({
  party: { ...withLegEnded(party, party.channelId, end), state: 'left' },
  effects: [],
  news: [{ kind: 'left', end }],
})

/** Dials the next route, or says that there is none: `otherwise` is the reason then. */
export function hunt(party: Party, otherwise: EndReason | null, context: PartyContext): PartyDecision {
  assert(party.reach.kind === 'hunted' && party.meter !== null, `party ${party.id} is not to be hunted`)
  const { now, callId, company, ringsMs } = context
  const index = party.reach.route + 1
  const route = party.reach.routes[index]
  if (route === undefined || ringsMs < SHORTEST_RING_MS || company === null)
    return { party, effects: [], news: [{ kind: 'failed', reason: otherwise, q850Cause: lastCause(party) }] }
  const dialled = withRoute(party, index, { callId, bootId: company.bootId, startedAt: now })
  const dial: PartyEffect = {
    kind: 'dial',
    legId: routeLegId(callId, index),
    trunkId: route.trunkId,
    requestUri: route.requestUri,
    callerId: route.callerId,
    callerChannelId: company.channelId,
    leaseMs: leaseOf(party.meter, { now, ringsMs }),
    timeoutMs: ringsMs,
    seatsCaller: !company.isSeated,
  }
  return {
    party: dialled,
    effects: [dial, { kind: 'wake', timer: 'sign-of-life', afterMs: SILENT_AFTER_MS }],
    news: [{ kind: 'progress', state: 'calling' }],
  }
}

/** With the dialled leg of a route, which is the one being tried from now on. */
export function withRoute(party: Party, index: number, leg: Pick<LiveLeg, 'callId' | 'bootId' | 'startedAt'>): Party {
  assert(party.reach.kind === 'hunted', `party ${party.id} is not to be hunted`)
  const route = party.reach.routes[index]
  assert(route !== undefined, `party ${party.id} has no route ${index}`)
  const id = routeLegId(leg.callId, index)
  const { trunkId } = route
  const dialled = freshLeg({
    ...leg,
    id,
    partyId: party.id,
    kind: 'phone-out',
    channelId: id,
    trunkId,
    number: party.who.number,
  })
  return {
    ...party,
    state: 'calling',
    reach: { ...party.reach, route: index },
    channelId: id,
    legs: [...party.legs, dialled],
  }
}

/** What the caller's phone is told: what the last route met. */
const lastCause = ({ legs }: Party): number => legs.at(-1)?.q850Cause ?? CAUSE.noCircuit

/** Untied first: a 200 that crosses the CANCEL must not end the caller with it. */
function leaveSilentRoute(party: Party, channelId: string, context: PartyContext): PartyDecision {
  const next = hunt(party, 'no-route', context)
  if (next.party === party) return next
  const leave: readonly PartyEffect[] = [
    { kind: 'untie', channelId },
    { kind: 'hangup', channelId, q850Cause: CAUSE.normal },
  ]
  return { ...next, effects: [...leave, ...next.effects] }
}

function impossible(party: Party, channelId: string, context: PartyContext): PartyDecision {
  return hunt(withLegEnded(party, channelId, neverDialled(context.now)), 'no-route', context)
}

function tryEnded(party: Party, end: LegEnd, context: PartyContext): PartyDecision {
  assert(party.reach.kind === 'hunted', `party ${party.id} is not to be hunted`)
  const route = party.reach.routes[party.reach.route]
  const marked = withLegEnded(party, party.channelId, end)
  const reason = reasonOfTry(end)
  if (route !== undefined && mayFailOver(end, party.state, route)) return hunt(marked, reason, context)
  return {
    party: { ...marked, state: 'left' },
    effects: [],
    news: [{ kind: 'failed', reason, q850Cause: end.q850Cause }],
  }
}

/**
 * Whether the next route may be tried after this end of a leg that was not answered. A carrier that is out of order is
 * left for the next one (503, cause 34, as RFC 3398 maps it); what the callee or the number said is final; and whoever
 * has heard early media has been served. 408 and 480 come from carriers as often as from callees: a setting of the trunk.
 */
export function mayFailOver(
  end: LegEnd,
  progress: PartyState,
  { failsOverOnTimeout }: { readonly failsOverOnTimeout: boolean },
): boolean {
  if (progress === 'early-media' || end.by !== 'party') return false
  if (end.sipStatus === 408 || end.sipStatus === 480) return failsOverOnTimeout && progress === 'calling'
  if (end.sipStatus !== null) return end.sipStatus === 503
  return end.q850Cause === CAUSE.noCircuit
}

/** Why a try that was not answered ended; `null`: somebody else ended it. The dial's own time-out is a command. */
export function reasonOfTry(end: LegEnd): EndReason | null {
  if (end.by === 'no-media') return 'network-failure'
  if (end.by === 'lease') return 'no-answer'
  if (end.by === 'command') return end.q850Cause === CAUSE.noAnswer ? 'no-answer' : null
  return reasonBeforeAnswer(end)
}

export const currentLeg = (party: Party): LiveLeg | undefined =>
  party.legs.find((leg) => leg.channelId === party.channelId)

export const withLeg = (party: Party, channelId: string, change: Partial<LiveLeg>): Party => ({
  ...party,
  legs: party.legs.map((leg) => (leg.channelId === channelId ? { ...leg, ...change } : leg)),
})

/** The first end counts. */
export const withLegEnded = (party: Party, channelId: string | null, end: LegEnd): Party => ({
  ...party,
  legs: party.legs.map((leg) => (leg.channelId === channelId ? legEnded(leg, end) : leg)),
})
