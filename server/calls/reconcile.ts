import type { Instant } from '#kernel'
import type { EndReason } from '#records'
import { CAUSE } from './causes.ts'
import { begin, leases } from './decide-connected.ts'
import { hangUpAll, reasonOf } from './decide-ending.ts'
import type { LiveChannel } from './engine.ts'
import { SILENT_AFTER_MS } from './failover.ts'
import { newCallee, newCaller, withState } from './legs.ts'
import {
  calleeLegOf,
  calleeOf,
  callerLegOf,
  callerOf,
  livingLegs,
  reasonOfNobody,
  routeLegId,
  withLeg,
  withLegEnded,
  type LegEnd,
  type LiveCall,
  type LiveLeg,
} from './live-call.ts'
import { unchanged, type Decision, type Effect } from './machine.ts'
import { timersOf } from './meter.ts'
import type { ChannelHistory } from './engine-log.ts'

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

/** Brings a call up to what is so: adopts what lives, and ends what ended meanwhile as the log says. */
export function reconcile(stale: LiveCall, facts: Facts, now: Instant): Decision {
  if (stale.call.state.name === 'ended') return unchanged(stale)
  const known = withStrayAnswers(withUnknownChannels(stale, facts, now), facts)
  const live = withAnswerFromLog(withEndsFromLog(known, facts, now), facts)
  if (live.legs.length === 0) return unchanged(live)
  const caller = callerOf(live)
  const callee = calleeOf(live)
  const bothLive = caller?.endedAt === null && callee?.endedAt === null
  if (bothLive && live.ending === null) return withoutStrays(adopted(live, facts, now))
  return hangUpAll(live, { reason: live.ending?.reason ?? reasonFromLog(live, facts) }, now)
}

/** Created by us, and lost before it was written down. */
function withUnknownChannels(live: LiveCall, { survey, bootId }: Facts, now: Instant): LiveCall {
  const unknown = survey.channels.filter(({ channelId }) => !live.legs.some((leg) => leg.channelId === channelId))
  return unknown.reduce((call, { channelId }) => {
    const route = call.routes.findIndex((_, index) => routeLegId(call.call.id, index) === channelId)
    return route === -1 ? newCaller(call, { channelId, bootId }, now) : newCallee(call, { route, bootId }, now)
  }, live)
}

const isAmong = ({ channels }: Survey, leg: LiveLeg): boolean =>
  channels.some(({ channelId }) => channelId === leg.channelId)

/** A 200 from a route that had been left connects nobody; what it cost is written down. */
const withStrayAnswers = (live: LiveCall, { history }: Facts): LiveCall =>
  live.legs
    .filter((leg) => leg.kind === 'phone-out' && leg !== calleeOf(live) && leg.answeredAt === null)
    .reduce((call, { channelId }) => {
      const answeredAt = history.get(channelId)?.answeredAt ?? null
      return answeredAt === null ? call : withLeg(call, channelId, { answeredAt })
    }, live)

/** Earlier tries and tabs that were told to end, and may not have heard it. */
function withoutStrays({ live, effects }: Decision): Decision {
  const strays = livingLegs(live).filter((leg) => leg !== callerOf(live) && leg !== calleeOf(live))
  const hangups = strays.flatMap(({ channelId }): readonly Effect[] => [
    { kind: 'untie', channelId },
    { kind: 'hangup', channelId, q850Cause: CAUSE.normal },
  ])
  return { live, effects: [...hangups, ...effects] }
}

const withEndsFromLog = (live: LiveCall, facts: Facts, now: Instant): LiveCall =>
  livingLegs(live)
    .filter((leg) => leg.startedAt < facts.survey.askedAt && !isAmong(facts.survey, leg))
    .reduce((call, leg) => withLegEnded(call, leg.channelId, endFromLog(leg, facts, now)), live)

/** The log's word; else the end of that life of the engine; a channel of this life that is in neither has just ended. */
function endFromLog(leg: LiveLeg, { history, bootEnds }: Facts, now: Instant): LegEnd {
  const told = history.get(leg.channelId)
  if (told?.endedAt != null) {
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
function withAnswerFromLog(live: LiveCall, { history, survey }: Facts): LiveCall {
  const callee = calleeOf(live)
  if (callee === undefined || live.call.state.name === 'connected' || live.ending !== null) return live
  const isUp = survey.channels.some(({ channelId, state }) => channelId === callee.channelId && state === 'up')
  const answeredAt = history.get(callee.channelId)?.answeredAt ?? callee.answeredAt
  if (answeredAt === null || !(isUp || callee.endedAt !== null)) return live
  const callerEndedAt = callerOf(live)?.endedAt ?? null
  if (callerEndedAt !== null && callerEndedAt <= answeredAt) return withLeg(live, callee.channelId, { answeredAt })
  const talking = withLeg(live, callee.channelId, { answeredAt })
  const meter = { ...live.meter, answeredAt }
  return withState({ ...talking, meter }, { name: 'connected', answeredAt, isOnHold: false })
}

/** Both parties are there: the call goes on under our hand again. */
function adopted(live: LiveCall, { survey }: Facts, now: Instant): Decision {
  const stateOf = ({ channelId }: LiveLeg) => survey.channels.find((channel) => channel.channelId === channelId)?.state
  const [caller, callee] = [callerLegOf(live), calleeLegOf(live)]
  if (live.call.state.name !== 'connected') {
    if (stateOf(callee) === 'up') return begin(live, now, now)
    const isRinging = live.call.state.name === 'calling' && stateOf(callee) === 'ringing'
    // A leg that was created and not dialled before the crash stays silent, and is left for the next route.
    return {
      live: isRinging ? withState(live, { name: 'ringing' }) : live,
      effects: [{ kind: 'wake', timer: 'sign-of-life', afterMs: SILENT_AFTER_MS }],
    }
  }
  const tie: Effect = {
    kind: 'tie',
    callerChannelId: caller.channelId,
    calleeChannelId: callee.channelId,
  }
  const answer: readonly Effect[] =
    stateOf(caller) === 'up' ? [] : [{ kind: 'indicate', channelId: caller.channelId, what: 'answer' }]
  const { answeredAt } = live.call.state
  const talking = caller.answeredAt === null ? withLeg(live, caller.channelId, { answeredAt }) : live
  return { live: talking, effects: [...leases(live, now), ...answer, tie, ...timersOf(live.meter, now)] }
}

function reasonFromLog(live: LiveCall, { bootEnds }: Facts): EndReason {
  const ends = (
    [
      ['caller', callerOf(live)],
      ['callee', calleeOf(live)],
    ] as const
  ).flatMap(([side, leg]) => {
    if (leg?.endedAt == null) return []
    const end = {
      at: leg.endedAt,
      by: leg.endedBy ?? 'command',
      q850Cause: leg.q850Cause ?? 16,
      sipStatus: leg.sipStatus,
    }
    return [{ leg, side, end, reason: reasonOf(live, side, end) }]
  })
  if (ends.some(({ leg, end }) => end.q850Cause === CAUSE.outOfOrder && bootEnds.has(leg.bootId)))
    return 'engine-failure'
  const told = ends.toSorted((a, b) => a.end.at - b.end.at).find(({ reason }) => reason !== null)?.reason
  if (told !== undefined && told !== null) return told
  return live.call.state.name === 'connected' ? reasonOfNobody(live) : 'no-answer'
}
