import { assert, type Instant } from '#kernel'
import type { CallState } from './call.ts'
import { calleeLegOf, callerLegOf, routeLegId, withLeg, type LiveCall, type LiveLeg, type Route } from './live-call.ts'

type NewLeg = Pick<LiveLeg, 'channelId' | 'bootId' | 'kind'>

/** The id of an app leg is computed like a dialled one's, from a negative number, which no route has. */
export function newLeg(live: LiveCall, { channelId, bootId, kind }: NewLeg, now: Instant): LiveLeg {
  const { dialled } = live.call.terms
  return {
    id: routeLegId(live.call.id, -1 - live.legs.length),
    callId: live.call.id,
    kind,
    channelId,
    bootId,
    trunkId: null,
    number: kind === 'phone-out' && dialled.kind === 'number' ? dialled.number : null,
    startedAt: now,
    answeredAt: null,
    endedAt: null,
    endedBy: null,
    sipStatus: null,
    q850Cause: null,
  }
}

/** With a channel of the caller's browser, which is the caller's from now on. */
export function newCaller(
  live: LiveCall,
  channel: { readonly channelId: string; readonly bootId: string },
  now: Instant,
): LiveCall {
  const leg = newLeg(live, { ...channel, kind: 'app' }, now)
  return { ...live, callerChannelId: channel.channelId, legs: [...live.legs, leg] }
}

/** With the dialled leg of a route, which is the one being tried from now on. */
export function newCallee(
  live: LiveCall,
  { route, bootId }: { readonly route: number; readonly bootId: string },
  now: Instant,
): LiveCall {
  const id = routeLegId(live.call.id, route)
  const leg = newLeg(live, { channelId: id, bootId, kind: 'phone-out' }, now)
  return { ...live, route, legs: [...live.legs, { ...leg, id, trunkId: routeAt(live, route).trunkId }] }
}

function routeAt({ call, routes }: LiveCall, index: number): Route {
  const route = routes[index]
  assert(route !== undefined, `call ${call.id} has no route ${index}`)
  return route
}

export const withState = (live: LiveCall, state: CallState): LiveCall => ({ ...live, call: { ...live.call, state } })

/** The callee has answered: both legs talk, and the call is connected. */
export function withAnswer(live: LiveCall, answeredAt: Instant): LiveCall {
  const callee = withLeg(live, calleeLegOf(live).channelId, { answeredAt })
  const both = withLeg(callee, callerLegOf(live).channelId, { answeredAt })
  return withState(both, { name: 'connected', answeredAt, isOnHold: false })
}
