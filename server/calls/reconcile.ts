import type { Instant } from '#kernel'
import type { EndReason } from '#records'
import { CAUSE } from './causes.ts'
import { ofParty } from './decide.ts'
import { hangUpAll, reasonOf, reasonOfNobody } from './ending.ts'
import type { LiveChannel } from './engine.ts'
import type { ChannelHistory } from './engine-log.ts'
import { neverDialled, routeLegId, type LegEnd, type LiveLeg } from './leg.ts'
import { unchanged, type Decision, type Effect } from './machine.ts'
import { timersOf } from './meter.ts'
import * as network from './network.ts'
import { leases, seatOf, tieOf } from './policy.ts'
import { currentLeg, SILENT_AFTER_MS, withAppLeg, withLeg, withLegEnded, withRoute, type Party } from './party.ts'
import {
  calleeOf,
  callerOf,
  legOf,
  legsOf,
  livingLegs,
  meterOf,
  partyOfChannel,
  withMeter,
  withParties,
  withParty,
  withState,
  type Room,
} from './room.ts'

/** The channels that lived when the engine was asked. Of a leg that was made since then it says nothing. */
export type Survey = { readonly askedAt: Instant; readonly channels: readonly LiveChannel[] }

/** What the engine and its log say of one call after a time in which nobody listened. */
export type Facts = {
  readonly bootId: string
  /** With this call's channels alone. */
  readonly survey: Survey
  readonly history: ReadonlyMap<string, ChannelHistory>
  /** When the earlier lives of the engine ended; `null` = nobody knows. */
  readonly bootEnds: ReadonlyMap<string, Instant | null>
}

/** Brings a call up to what is so, its parties first: adopts what lives, and ends what ended meanwhile as the log says. */
export function reconcile(stale: Room, facts: Facts, now: Instant): Decision {
  if (stale.call.state.name === 'ended') return unchanged(stale)
  const known = withUnknownChannels(withLoggedRoutes(stale, facts), facts, now)
  const upToDate = withParties(known, (party) => withEndsFromLog(withStrayAnswers(party, facts), facts, now))
  const room = withAnswerFromLog(upToDate, facts)
  if (legsOf(room).length === 0) return unchanged(room)
  if (room.ending === null) {
    const resumed = room.call.terms.kind === 'network' ? insideApp(room, now) : byTelephone(room, facts, now)
    if (resumed !== null) return withoutStrays(resumed)
  }
  return hangUpAll(room, { reason: room.ending?.reason ?? reasonFromLog(room, facts) }, now)
}

/** What goes on under our hand again; `null`: nothing does. */
function insideApp(room: Room, now: Instant): Decision | null {
  const [caller, callee] = [currentLeg(callerOf(room)), currentLeg(calleeOf(room))]
  const isThere = callee === undefined || callee.endedAt === null
  return caller?.endedAt === null && isThere ? network.adopted(room, now) : null
}

function byTelephone(room: Room, facts: Facts, now: Instant): Decision | null {
  const [caller, callee] = [currentLeg(callerOf(room)), currentLeg(calleeOf(room))]
  if (caller?.endedAt !== null || callee === undefined) return null
  if (callee.endedAt === null) return adopted(room, facts, now)
  return wasNeverDialled(callee, facts) ? dialledAnew(room, callee, now) : null
}

/** Created by us, and lost before it was written down: a route's by its computed id, any other is the caller's. */
const withUnknownChannels = (room: Room, { survey, bootId }: Facts, now: Instant): Room =>
  survey.channels
    .filter(({ channelId }) => partyOfChannel(room, channelId) === undefined)
    .reduce((known, { channelId, partyId }) => {
      const { call } = known
      const leg = { callId: call.id, bootId, startedAt: now }
      const dialled = known.parties.find((party) => routeOf(party, call.id, channelId) !== -1)
      if (dialled !== undefined) return withParty(known, withRoute(dialled, routeOf(dialled, call.id, channelId), leg))
      const legCount = legsOf(known).length
      const whose = known.parties.find(({ id }) => id === partyId) ?? callerOf(known)
      return withParty(known, withAppLeg(whose, { ...leg, channelId, legCount }))
    }, room)

/** Dialled, and over before it was written down, for that does not wait for the disk: the log has its computed id. */
const withLoggedRoutes = (room: Room, { history, survey }: Facts): Room =>
  withParties(room, (party) => {
    const { reach } = party
    if (reach.kind !== 'hunted') return party
    return reach.routes.reduce((known, _, index) => {
      const told = history.get(routeLegId(room.call.id, index))
      if (told === undefined || known.legs.some(({ channelId }) => channelId === told.channelId)) return known
      if (survey.channels.some(({ channelId }) => channelId === told.channelId)) return known
      const startedAt = told.answeredAt ?? told.endedAt
      return startedAt === null
        ? known
        : withRoute(known, index, { callId: room.call.id, bootId: told.bootId, startedAt })
    }, party)
  })

const routeOf = ({ reach }: Party, callId: Room['call']['id'], channelId: string): number =>
  reach.kind === 'hunted' ? reach.routes.findIndex((_, index) => routeLegId(callId, index) === channelId) : -1

/**
 * The server went between creating the leg and dialling it: the engine had nobody to give it to and ended it itself, in the leg's
 * own name. Whoever was dialled refuses with a SIP status.
 */
function wasNeverDialled({ kind, channelId, answeredAt }: LiveLeg, { history }: Facts): boolean {
  const told = history.get(channelId)
  const isOwnEnd = told?.endedBy === 'party' && told.q850Cause === CAUSE.rejected && told.sipStatus === null
  return kind === 'phone-out' && answeredAt === null && isOwnEnd
}

/** Nor is it known whether the caller was put into the room with it. */
function dialledAnew(room: Room, { channelId }: LiveLeg, now: Instant): Decision {
  const { room: next, effects } = ofParty(room, { kind: 'leg-impossible', channelId }, now)
  return { room: next, effects: [seatOf(room, callerOf(room), now), ...effects] }
}

const isAmong = ({ channels }: Survey, leg: LiveLeg): boolean =>
  channels.some(({ channelId }) => channelId === leg.channelId)

/** A 200 from a route that had been left connects nobody; what it cost is written down. */
const withStrayAnswers = (party: Party, { history }: Facts): Party =>
  party.legs
    .filter((leg) => leg.kind === 'phone-out' && leg.channelId !== party.channelId && leg.answeredAt === null)
    .reduce((each, { channelId }) => {
      const answeredAt = history.get(channelId)?.answeredAt ?? null
      return answeredAt === null ? each : withLeg(each, channelId, { answeredAt })
    }, party)

/** Earlier tries and tabs that were told to end, and may not have heard it. */
function withoutStrays({ room, effects }: Decision): Decision {
  const current = new Set(room.parties.map(({ channelId }) => channelId))
  const strays = livingLegs(room).filter(({ channelId }) => !current.has(channelId))
  const hangups = strays.flatMap(({ channelId }): readonly Effect[] => [
    { kind: 'untie', channelId },
    { kind: 'hangup', channelId, q850Cause: CAUSE.normal },
  ])
  return { room, effects: [...hangups, ...effects] }
}

const withEndsFromLog = (party: Party, facts: Facts, now: Instant): Party =>
  party.legs
    .filter((leg) => leg.endedAt === null && leg.startedAt < facts.survey.askedAt && !isAmong(facts.survey, leg))
    .reduce((each, leg) => withLegEnded(each, leg.channelId, endFromLog(leg, facts, now)), party)

/** The log's word; else the end of that life of the engine; a channel of this life that is in neither has just ended. */
function endFromLog(leg: LiveLeg, facts: Facts, now: Instant): LegEnd {
  const { history, bootEnds } = facts
  const told = history.get(leg.channelId)
  if (told?.endedAt != null) {
    if (wasNeverDialled(leg, facts)) return neverDialled(told.endedAt)
    const q850Cause = told.q850Cause ?? 16
    const by = told.endedBy === 'party' ? 'party' : q850Cause === 44 ? 'no-media' : 'command'
    return { at: told.endedAt, by, q850Cause, sipStatus: told.sipStatus }
  }
  const died = bootEnds.get(leg.bootId)
  if (died === undefined) return { at: now, by: 'command', q850Cause: CAUSE.normal, sipStatus: null }
  return { at: died ?? lastSignOf(leg), by: 'command', q850Cause: CAUSE.outOfOrder, sipStatus: null }
}

/** What nobody can prove is charged to nobody. */
const lastSignOf = ({ startedAt, answeredAt }: LiveLeg): Instant => answeredAt ?? startedAt

/** Answered while nobody listened. */
function withAnswerFromLog(room: Room, { history, survey }: Facts): Room {
  const callee = calleeOf(room)
  const leg = callee.reach.kind === 'hunted' ? currentLeg(callee) : undefined
  if (leg === undefined || room.call.state.name === 'connected' || room.ending !== null) return room
  const { channelId } = leg
  const isUp = survey.channels.some((channel) => channel.channelId === channelId && channel.state === 'up')
  const answeredAt = history.get(channelId)?.answeredAt ?? leg.answeredAt
  if (answeredAt === null || !(isUp || leg.endedAt !== null)) return room
  const answered = withParty(room, withLeg(callee, channelId, { answeredAt }))
  const callerEndedAt = currentLeg(callerOf(room))?.endedAt ?? null
  if (callerEndedAt !== null && callerEndedAt <= answeredAt) return answered
  const talking = withMeter(withParty(answered, { ...calleeOf(answered), state: 'in' }), {
    ...meterOf(room),
    answeredAt,
  })
  return withState(talking, { name: 'connected', answeredAt, isOnHold: false })
}

/** Both parties are there: the call goes on under our hand again. */
function adopted(room: Room, { survey }: Facts, now: Instant): Decision {
  const stateOf = ({ channelId }: LiveLeg) => survey.channels.find((channel) => channel.channelId === channelId)?.state
  const [caller, callee] = [legOf(room, callerOf(room)), legOf(room, calleeOf(room))]
  const { state } = room.call
  if (state.name !== 'connected') {
    if (stateOf(callee) === 'up')
      return ofParty(room, { kind: 'leg-answered', channelId: callee.channelId, at: now }, now)
    const isRinging = state.name === 'calling' && stateOf(callee) === 'ringing'
    // A leg that was created and not dialled before the crash stays silent, and is left for the next route; nor is it
    // known whether the caller was put into the room with it.
    const seat = seatOf(room, callerOf(room), now)
    return {
      room: isRinging ? withRinging(room) : room,
      effects: [
        ...(stateOf(callee) === 'down' ? [seat] : []),
        { kind: 'wake', timer: 'sign-of-life', afterMs: SILENT_AFTER_MS },
      ],
    }
  }
  const answer: readonly Effect[] =
    stateOf(caller) === 'up' ? [] : [{ kind: 'indicate', channelId: caller.channelId, what: 'answer' }]
  const { answeredAt } = state
  const talking =
    caller.answeredAt === null ? withParty(room, withLeg(callerOf(room), caller.channelId, { answeredAt })) : room
  return { room: talking, effects: [...leases(room, now), ...answer, tieOf(room), ...timersOf(meterOf(room), now)] }
}

const withRinging = (room: Room): Room =>
  withState(withParty(room, { ...calleeOf(room), state: 'ringing' }), { name: 'ringing' })

function reasonFromLog(room: Room, { bootEnds }: Facts): EndReason {
  const ends = room.parties.flatMap((party) => {
    const leg = currentLeg(party)
    if (leg?.endedAt == null) return []
    const { endedAt: at, endedBy, q850Cause, sipStatus } = leg
    const end = { at, by: endedBy ?? 'command', q850Cause: q850Cause ?? 16, sipStatus }
    return [{ leg, end, reason: reasonOf(room, party, end) }]
  })
  if (ends.some(({ leg, end }) => end.q850Cause === CAUSE.outOfOrder && bootEnds.has(leg.bootId)))
    return 'engine-failure'
  const told = ends.toSorted((a, b) => a.end.at - b.end.at).find(({ reason }) => reason !== null)?.reason
  if (told !== undefined && told !== null) return told
  return room.call.state.name === 'connected' ? reasonOfNobody(room) : 'no-answer'
}
