import { unreachable, type Instant } from '#kernel'
import type { EndReason } from '#records'
import { CAUSE } from './causes.ts'
import { hangUpAll } from './ending.ts'
import { followedBy, unchanged, type Decision, type Effect, type Input } from './machine.ts'
import {
  currentLeg,
  withLeg,
  type Party,
  type PartyDecision,
  type PartyInput,
  type PartyNews,
  type PartyRole,
} from './party.ts'
import { calleeOf, callerOf, leaseNow, legOf, withParty, withState, type Room } from './room.ts'

/*
 * What a room makes of what its parties tell, and of what is asked of it: one policy a kind of call. Here is what they have
 * in common; a policy for itself is `direct.ts` or `network.ts`.
 */

export type Policy = {
  /** A party has told something. */
  told(room: Room, told: Told, now: Instant): Decision
  /** Something is asked of the room, or falls due. */
  asked(room: Room, input: Asked, now: Instant): Decision
}

export type Told = { readonly party: Party; readonly news: PartyNews }
/** What a person, or somebody in charge, wants of a room of two: the same in each kind. */
export type Command = Extract<Input, { readonly kind: 'hangup-asked' | 'hold-asked' | 'resume-asked' | 'digits-asked' }>
export type Asked = Exclude<Input, PartyInput | Command>

export function commanded(room: Room, input: Command, now: Instant): Decision {
  switch (input.kind) {
    case 'hangup-asked':
      return hangUpAll(room, { reason: reasonOfCommand(room, input.by), actor: input.actor }, now)
    case 'hold-asked':
      return held(room, input.by)
    case 'resume-asked':
      return resumed(room)
    case 'digits-asked':
      return isTalking(room) ? { room, effects: [keysFrom(room, input)] } : unchanged(room)
    default:
      return unreachable(input)
  }
}

/** What a party decided, and what the room makes of its news. */
export const heard = (
  room: Room,
  { party, effects, news }: PartyDecision,
  { told, now }: Pick<Policy, 'told'> & { readonly now: Instant },
): Decision =>
  news.reduce((decision, one) => followedBy(decision, (next) => told(next, { party, news: one }, now)), {
    room: withParty(room, party),
    effects,
  } as Decision)

export const isTalking = ({ call }: Room): boolean => call.state.name === 'connected'

/** Of a room of two. */
export const otherThan = (room: Room, { role }: Pick<Party, 'role'>): Party =>
  role === 'initiator' ? calleeOf(room) : callerOf(room)

function reasonOfCommand(room: Room, by: PartyRole | 'administrator'): EndReason {
  if (by === 'administrator') return 'hangup-administrator'
  if (by === 'participant') return isTalking(room) ? 'hangup-callee' : 'rejected'
  return isTalking(room) ? 'hangup-caller' : 'cancelled'
}

/** `by` presses them: the other one's telephone hears them. */
export const keysFrom = (room: Room, { by, digits }: { readonly by: PartyRole; readonly digits: string }): Effect => ({
  kind: 'digits',
  channelId: legOf(room, otherThan(room, { role: by })).channelId,
  digits,
})

type Replaced = { readonly party: Party; readonly before: string }

/** Another browser of his has dialled in: it takes the place of the one before, which is let go. */
export function takenOver(room: Room, { party, before }: Replaced, now: Instant): Decision {
  const { channelId } = legOf(room, party)
  const other = currentLeg(otherThan(room, party))
  const letGo: readonly Effect[] = [
    { kind: 'untie', channelId: before },
    { kind: 'hangup', channelId: before, q850Cause: CAUSE.normal },
  ]
  return {
    room: isTalking(room) ? withParty(room, withLeg(party, channelId, { answeredAt: now })) : room,
    effects: [
      seatOf(room, party, now),
      ...(other === undefined ? [] : [tieOf(room)]),
      ...letGo,
      ...indication(room, channelId),
    ],
  }
}

/** Both of a room of two are there. */
export const tieOf = (room: Room): Effect => ({
  kind: 'tie',
  callerChannelId: legOf(room, callerOf(room)).channelId,
  calleeChannelId: legOf(room, calleeOf(room)).channelId,
})

export const seatOf = (room: Room, party: Party, now: Instant): Effect => ({
  kind: 'seat',
  channelId: legOf(room, party).channelId,
  leaseMs: leaseNow(room, now),
  partyId: party.role === 'initiator' ? undefined : party.id,
})

/** What the one before had been told. */
function indication({ call }: Room, channelId: string): readonly Effect[] {
  const { name } = call.state
  if (name === 'connected') return [{ kind: 'indicate', channelId, what: 'answer' }]
  if (name === 'ringing' || name === 'early-media') return [{ kind: 'indicate', channelId, what: name }]
  return []
}

/** Both legs have the same deadline, whichever the engine reaches first. */
export const leases = (room: Room, now: Instant): readonly Effect[] =>
  [callerOf(room), calleeOf(room)].flatMap((party) => leaseOn(room, party, now))

export function leaseOn(room: Room, party: Party, now: Instant): readonly Effect[] {
  const leg = currentLeg(party)
  if (leg === undefined || leg.endedAt !== null) return []
  return [{ kind: 'lease', channelId: leg.channelId, leaseMs: leaseNow(room, now) }]
}

/** Who is put on hold hears music, and nobody hears him. */
function held(room: Room, by: PartyRole): Decision {
  const { state } = room.call
  if (state.name !== 'connected' || state.isOnHold) return unchanged(room)
  const { channelId } = legOf(room, otherThan(room, { role: by }))
  return { room: withState(room, { ...state, isOnHold: true }), effects: [{ kind: 'hold', channelId }] }
}

/** He is talked to again, whoever of those who came by the app was on hold. */
function resumed(room: Room): Decision {
  const { state } = room.call
  if (state.name !== 'connected' || !state.isOnHold) return unchanged(room)
  const heldOnes = calleeOf(room).reach.kind === 'hunted' ? [calleeOf(room)] : room.parties
  return {
    room: withState(room, { ...state, isOnHold: false }),
    effects: heldOnes.map((party): Effect => ({ kind: 'resume', channelId: legOf(room, party).channelId })),
  }
}
