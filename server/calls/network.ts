import { assert, later, unreachable, type Instant } from '#kernel'
import { CAUSE } from './causes.ts'
import { hangUpAll, reasonOf } from './ending.ts'
import { unchanged, type Decision, type Effect, type ScreenReach, type Timer } from './machine.ts'
import { currentLeg, withLeg, type Party } from './party.ts'
import { isTalking, leases, otherThan, seatOf, takenOver, tieOf, type Asked, type Told } from './policy.ts'
import { calleeOf, callerOf, legOf, ringsMs, withParty, withState, type Room } from './room.ts'

/*
 * The policy of a call inside the app: the caller dials in, the callee's screens ring, the first of them to dial in has the
 * call, and when one leaves it is over. Nobody is dialled and nothing is paid.
 */

/** Open screens say at once that they ring; one that a push wakes has to be loaded first. */
const SAYS_SO_WITHIN_MS = { open: 8_000, asleep: 25_000 } as const

const CANNOT = {
  none: { reason: 'unreachable', q850Cause: CAUSE.absent },
  busy: { reason: 'busy', q850Cause: CAUSE.busy },
} as const

export function told(room: Room, { party, news }: Told, now: Instant): Decision {
  switch (news.kind) {
    case 'arrived':
      return arrived(room, party, now)
    case 'replaced':
      return takenOver(room, { party, before: news.before }, now)
    case 'left':
      return hangUpAll(room, { reason: reasonOf(room, party, news.end) }, now)
    case 'progress':
    case 'connected':
    case 'failed':
      throw new Error(`party ${party.id} was dialled inside the app`)
    default:
      return unreachable(news)
  }
}

export function asked(room: Room, input: Asked, now: Instant): Decision {
  switch (input.kind) {
    case 'declined':
      return isTalking(room) ? unchanged(room) : hangUpAll(room, { reason: 'rejected', q850Cause: CAUSE.rejected }, now)
    case 'screens-told':
      return screensTold(room, input.reach, now)
    case 'screen-rings':
      return rings(room)
    case 'due':
      return due(room, input.timer, now)
    case 'reserved':
    case 'reserve-failed':
      return unchanged(room)
    default:
      return unreachable(input)
  }
}

/** In whatever order the two come: who was called may have called at the same moment, and dial in first. */
function arrived(room: Room, party: Party, now: Instant): Decision {
  if (otherThan(room, party).state === 'in') return begin(room, party, now)
  const seat = seatOf(room, party, now)
  return party.role === 'initiator' ? ring(room, now) : { room, effects: [seat] }
}

function ring(before: Room, now: Instant): Decision {
  const room = withState({ ...before, ringsUntil: later(now, before.ringTimeoutMs) }, { name: 'calling' })
  return {
    room,
    effects: [
      { kind: 'wake', timer: 'abandoned', afterMs: null },
      seatOf(room, callerOf(room), now),
      { kind: 'wake', timer: 'ring', afterMs: room.ringTimeoutMs },
      { kind: 'call-screens' },
    ],
  }
}

function screensTold(room: Room, reach: ScreenReach, now: Instant): Decision {
  if (room.call.state.name !== 'calling') return unchanged(room)
  if (reach === 'none' || reach === 'busy') return hangUpAll(room, CANNOT[reach], now)
  return { room, effects: [{ kind: 'wake', timer: 'sign-of-life', afterMs: SAYS_SO_WITHIN_MS[reach] }] }
}

function rings(room: Room): Decision {
  if (room.call.state.name !== 'calling') return unchanged(room)
  return {
    room: withState(room, { name: 'ringing' }),
    effects: [
      { kind: 'wake', timer: 'sign-of-life', afterMs: null },
      { kind: 'indicate', channelId: legOf(room, callerOf(room)).channelId, what: 'ringing' },
    ],
  }
}

/** Both are there. `last`: who came to the other. */
function begin(before: Room, last: Party, now: Instant): Decision {
  const answered = [callerOf(before), calleeOf(before)].reduce(
    (room, party) => withParty(room, withLeg(party, legOf(room, party).channelId, { answeredAt: now })),
    before,
  )
  const room = withState(answered, { name: 'connected', answeredAt: now, isOnHold: false })
  const seated = [seatOf(room, last, now), ...leases(room, now), tieOf(room)]
  return { room, effects: [...withoutRinging(), ...seated, ...answersTo(room)] }
}

const answersTo = (room: Room): readonly Effect[] =>
  [calleeOf(room), callerOf(room)].map((party) => ({
    kind: 'indicate',
    channelId: legOf(room, party).channelId,
    what: 'answer',
  }))

const withoutRinging = (): readonly Effect[] =>
  (['abandoned', 'ring', 'sign-of-life'] as const).map((timer) => ({ kind: 'wake', timer, afterMs: null }))

function due(room: Room, timer: Timer, now: Instant): Decision {
  const { name } = room.call.state
  switch (timer) {
    case 'abandoned':
      return name === 'placed' ? hangUpAll(room, { reason: 'abandoned' }, now) : unchanged(room)
    case 'ring':
      if (name !== 'calling' && name !== 'ringing') return unchanged(room)
      return hangUpAll(room, { reason: 'no-answer', q850Cause: CAUSE.noAnswer }, now)
    case 'sign-of-life':
      return name === 'calling' ? hangUpAll(room, CANNOT.none, now) : unchanged(room)
    case 'extend':
    case 'warn':
    case 'grace':
      return unchanged(room)
    default:
      return unreachable(timer)
  }
}

/**
 * After a time in which nobody listened, and the caller at least lives: what rang rings on, on screens that are told anew;
 * what talked talks on.
 */
export function adopted(room: Room, now: Instant): Decision {
  const [caller, callee] = [callerOf(room), calleeOf(room)]
  assert(currentLeg(caller) !== undefined, `call ${room.call.id} is adopted without its caller`)
  if (currentLeg(callee) === undefined) {
    const ringing = room.call.state.name === 'ringing' ? room : withState(room, { name: 'calling' })
    return {
      room: ringing,
      effects: [
        seatOf(ringing, caller, now),
        { kind: 'wake', timer: 'ring', afterMs: ringsMs(ringing, now) },
        { kind: 'call-screens' },
      ],
    }
  }
  // Whether they were put into the room before the crash nobody knows.
  if (!isTalking(room)) {
    const begun = begin(room, callee, now)
    return { ...begun, effects: [seatOf(begun.room, caller, now), ...begun.effects] }
  }
  const seats = [caller, callee].map((party) => seatOf(room, party, now))
  return { room, effects: [...seats, tieOf(room), ...answersTo(room)] }
}
