import { assert, between, durationMs, type DurationMs, type Instant, type MemberId, type PartyId } from '#kernel'
import type { EndReason, RecordParty } from '#records'
import { callerNumberOf, dialledOf, type Call, type CallState } from './call.ts'
import type { CallSnapshot } from './events.ts'
import type { LiveLeg } from './leg.ts'
import { leaseOf, paidUntil, type LiveMeter } from './meter.ts'
import { currentLeg, type Party, type PartyContext, type PartyRole } from './party.ts'
import type { StoredParty } from './store.ts'

/** One conversation that goes on: what is stored of it, and what matters only while it lives. */
export type Room = {
  readonly call: Call
  readonly parties: readonly Party[]
  readonly ringTimeoutMs: DurationMs
  /** After so long without a packet of a browser's the engine ends its leg. */
  readonly browserGoneMs: DurationMs
  /** All routes together ring no longer than this; `null` before anybody is rung. */
  readonly ringsUntil: Instant | null
  /** Not `null`: hanging up, until every leg has ended. */
  readonly ending: Ending | null
}

/**
 * `reason` `null`: a leg was ended by its tie, and the other one's end will say why. `actor`: who asked for it, as the
 * audit names him; of other ends the reason tells.
 */
export type Ending = { readonly reason: EndReason | null; readonly actor?: string | undefined }

/** In the order of their start. */
export const legsOf = ({ parties }: Pick<Room, 'parties'>): readonly LiveLeg[] =>
  parties.flatMap(({ legs }) => legs).toSorted((a, b) => a.startedAt - b.startedAt)

export const livingLegs = (room: Room): readonly LiveLeg[] => legsOf(room).filter((leg) => leg.endedAt === null)

/** The room itself, if he is so already. */
export const withParty = (room: Room, party: Party): Room =>
  withParties(room, (each) => (each.id === party.id ? party : each))

/** Each party as `change` gives it back; the room itself, if none differs. */
export function withParties(room: Room, change: (party: Party) => Party): Room {
  const parties = room.parties.map(change)
  return parties.every((party, index) => party === room.parties[index]) ? room : { ...room, parties }
}

export const withState = (room: Room, state: CallState): Room => ({ ...room, call: { ...room.call, state } })

export const partyOf = ({ parties }: Room, partyId: PartyId): Party | undefined =>
  parties.find(({ id }) => id === partyId)

/** Whose channel it is or was. */
export const partyOfChannel = ({ parties }: Room, channelId: string): Party | undefined =>
  parties.find(({ legs }) => legs.some((leg) => leg.channelId === channelId))

/** Of a room of two. */
export function callerOf(room: Room): Party {
  return theOne(room, 'initiator')
}

/** Of a room of two. */
export function calleeOf(room: Room): Party {
  return theOne(room, 'participant')
}

function theOne({ call, parties }: Room, role: PartyRole): Party {
  const party = parties.find((each) => each.role === role)
  assert(party !== undefined, `call ${call.id} has no ${role}`)
  return party
}

/** The leg of a party in a state that cannot be without one. */
export function legOf({ call }: Room, party: Party): LiveLeg {
  const leg = currentLeg(party)
  const side = party.role === 'initiator' ? 'caller' : 'callee'
  assert(leg !== undefined, `call ${call.id} is ${call.state.name} and has no ${side}`)
  return leg
}

/** What is paid for: in a room of two, the callee's dialled legs. `null`: nothing is. */
export const meterIn = (room: Room): LiveMeter | null => calleeOf(room).meter

/** The same, where something is paid for. */
export function meterOf(room: Room): LiveMeter {
  const meter = meterIn(room)
  assert(meter !== null, `nothing is paid for in call ${room.call.id}`)
  return meter
}

export const withMeter = (room: Room, meter: LiveMeter): Room => withParty(room, { ...calleeOf(room), meter })

/** How long it may still ring. */
export const ringsMs = ({ ringsUntil, ringTimeoutMs }: Room, now: Instant): DurationMs =>
  ringsUntil === null ? ringTimeoutMs : between(now, ringsUntil)

/** What is left of the ringing is not counted to the moment: the room's own timer comes first. */
const RING_SLACK_MS = 5_000

/** The lease of either leg now. Where nothing is paid, the longest call is all that ends it. */
export function leaseNow(room: Room, now: Instant): DurationMs {
  const meter = meterIn(room)
  if (meter !== null) return leaseOf(meter, { now, ringsMs: ringsMs(room, now) })
  const { state, terms } = room.call
  if (state.name !== 'connected' || terms.kind !== 'network') return durationMs(ringsMs(room, now) + RING_SLACK_MS)
  return durationMs(Math.max(0, terms.longestCallMs - between(state.answeredAt, now)))
}

/** The first dial seats the caller, and whoever takes his place is seated when he comes. */
const isAnybodyHunted = (room: Room): boolean => calleeOf(room).legs.length > 0

/** What a party must know of the room: a dialled leg is tied to the initiator's. */
export function contextOf(room: Room, now: Instant): PartyContext {
  const caller = currentLeg(callerOf(room))
  return {
    now,
    callId: room.call.id,
    legCount: room.parties.reduce((sum, { legs }) => sum + legs.length, 0),
    company: caller === undefined ? null : { ...caller, isSeated: isAnybodyHunted(room) },
    ringsMs: ringsMs(room, now),
  }
}

/**
 * Who is in it by the app: each hears of it, and finds its record among his own. A member who is called at his telephone
 * is a telephone.
 */
export const membersOf = ({ parties }: Room): readonly RecordParty[] =>
  parties.flatMap(({ id, role, reach, who }) =>
    reach.kind === 'expected' && who.memberId !== null ? [{ partyId: id, role, memberId: who.memberId }] : [],
  )

/** His own, by the app. */
export const ownPartyOf = ({ parties }: Room, memberId: MemberId): Party | undefined =>
  parties.find(({ reach, who }) => reach.kind === 'expected' && who.memberId === memberId)

export const isMemberIn = (room: Room, memberId: MemberId): boolean => ownPartyOf(room, memberId) !== undefined

/** As the store keeps him: what the room needs to be taken over. */
export const storedParty = ({ id, role, who, meter }: Party): StoredParty => ({ id, role, ...who, meter })

export function snapshotOf(room: Room): CallSnapshot {
  const { call } = room
  const meter = meterIn(room)
  if (meter === null) return snapshotOfStored(call)
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
    kind: terms.kind,
    memberId: call.memberId,
    state: state.name,
    dialled: call.dialledText,
    calleeId: terms.calleeId ?? null,
    isByNumber: terms.calleeId === null,
    number: dialledOf(call).number,
    callerNumber: callerNumberOf(call),
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
