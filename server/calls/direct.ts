import { later, unreachable, type Instant } from '#kernel'
import { hangUpAll, reasonOf } from './ending.ts'
import { followedBy, unchanged, type Decision, type Effect, type Timer } from './machine.ts'
import { decideMeter, type MeterInput } from './meter.ts'
import { hunt, withLeg } from './party.ts'
import { heard, isTalking, keysFrom, leaseOn, leases, takenOver, type Asked, type Told } from './policy.ts'
import { calleeOf, callerOf, contextOf, legOf, meterOf, withMeter, withParty, withState, type Room } from './room.ts'

/*
 * The policy of a direct call: the caller dials in, the callee is hunted, what he meets is indicated to the caller, and
 * when one leaves it is over.
 */

export function told(room: Room, { party, news }: Told, now: Instant): Decision {
  switch (news.kind) {
    case 'arrived':
      return startDialling(room, now)
    case 'replaced':
      return takenOver(room, { party, before: news.before }, now)
    case 'progress':
      return progressed(room, news.state)
    case 'connected':
      return begin(room, news.at, now)
    case 'failed':
      return hangUpAll(room, news, now)
    case 'left':
      return hangUpAll(room, { reason: reasonOf(room, party, news.end) }, now)
    default:
      return unreachable(news)
  }
}

/** What is asked of the room, and what falls due. */
export function asked(room: Room, input: Asked, now: Instant): Decision {
  switch (input.kind) {
    case 'reserved':
    case 'reserve-failed':
      return isTalking(room) ? metered(room, input, now) : unchanged(room)
    case 'due':
      return due(room, input.timer, now)
    case 'screens-told':
    case 'screen-rings':
    case 'declined':
      return unchanged(room)
    default:
      return unreachable(input)
  }
}

/** The INVITE came: what is paid and the ringing start, and the callee is hunted. */
function startDialling(before: Room, now: Instant): Decision {
  const room = { ...before, ringsUntil: later(now, before.ringTimeoutMs) }
  const awaited: Decision = { room, effects: [{ kind: 'wake', timer: 'abandoned', afterMs: null }] }
  return followedBy(awaited, () => heard(room, hunt(calleeOf(room), 'no-route', contextOf(room, now)), { told, now }))
}

function progressed(room: Room, name: 'calling' | 'ringing' | 'early-media'): Decision {
  const next = withState(room, { name })
  return name === 'calling' || tellsItself(room) ? unchanged(next) : { room: next, effects: [telling(room, name)] }
}

const telling = (room: Room, what: 'ringing' | 'early-media' | 'answer'): Effect => ({
  kind: 'indicate',
  channelId: legOf(room, callerOf(room)).channelId,
  what,
})

/**
 * The engine's room of two passes on what the callee meets. With a third channel in it, one that was left or taken over and
 * has not ended yet, it does not.
 */
const tellsItself = ({ parties }: Room): boolean => parties.every(({ legs }) => legs.length === 1)

/**
 * The answer: metering starts, and the callee's lease becomes what is paid. The caller's, for the ringing and what is held,
 * is never the shorter one: he ends by his tie.
 */
function begin(room: Room, answeredAt: Instant, now: Instant): Decision {
  const { meter, effects } = decideMeter(meterOf(room), { kind: 'answered', at: answeredAt }, now)
  const talking = withMeter(withAnswer(room, answeredAt), meter)
  const lease = leaseOn(talking, calleeOf(talking), now)
  return { room: talking, effects: [...lease, telling(room, 'answer'), ...effects, ...keysOf(talking)] }
}

/** Both legs talk; the callee's says so already. */
function withAnswer(room: Room, answeredAt: Instant): Room {
  const caller = callerOf(room)
  const both = withParty(room, withLeg(caller, legOf(room, caller).channelId, { answeredAt }))
  return withState(both, { name: 'connected', answeredAt, isOnHold: false })
}

/** What was dialled behind the number. The engine keeps the pauses: nobody need be there any more. */
function keysOf(room: Room): readonly Effect[] {
  const { terms } = room.call
  const keysAfterAnswer = terms.kind === 'business' ? terms.keysAfterAnswer : null
  return keysAfterAnswer === undefined || keysAfterAnswer === null
    ? []
    : [keysFrom(room, { by: 'initiator', digits: keysAfterAnswer })]
}

function due(room: Room, timer: Timer, now: Instant): Decision {
  switch (timer) {
    case 'abandoned':
      return room.call.state.name === 'placed' ? hangUpAll(room, { reason: 'abandoned' }, now) : unchanged(room)
    case 'sign-of-life':
      if (room.call.state.name !== 'calling') return unchanged(room)
      return { room, effects: [{ kind: 'probe', channelId: legOf(room, calleeOf(room)).channelId }] }
    case 'extend':
    case 'warn':
      return isTalking(room) ? metered(room, { kind: 'due', timer }, now) : unchanged(room)
    case 'grace':
    case 'ring':
      return unchanged(room)
    default:
      return unreachable(timer)
  }
}

/** More is paid: the leases move. Nothing more is there: seen and heard by the caller. */
function metered(before: Room, input: MeterInput, now: Instant): Decision {
  const meterBefore = meterOf(before)
  const { meter, effects, news } = decideMeter(meterBefore, input, now)
  const room = meter === meterBefore ? before : withMeter(before, meter)
  if (news === null) return { room, effects }
  if (news.kind === 'extended') return { room, effects: [...leases(room, now), ...effects] }
  const announce: Effect = { kind: 'announce', channelId: legOf(room, callerOf(room)).channelId }
  return { room, effects: [{ kind: 'warn', endsAt: news.endsAt }, announce, ...effects] }
}
