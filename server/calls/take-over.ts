import type { Instant } from '#kernel'
import { CAUSE } from './causes.ts'
import { calleeOf, leaseNow, withLeg, type LiveCall } from './live-call.ts'
import { newCaller } from './legs.ts'
import type { Decision, Effect } from './machine.ts'

/** Another browser of the caller has dialled in: it takes the place of the one before, which is let go. */
export function takeOver(
  live: LiveCall,
  arrived: { readonly channelId: string; readonly bootId: string },
  now: Instant,
): Decision {
  const before = live.callerChannelId
  const callee = calleeOf(live)
  const next = newCaller(live, arrived, now)
  const { channelId } = arrived
  const seat: Effect = { kind: 'seat', channelId, leaseMs: leaseNow(next, now) }
  const tie: readonly Effect[] =
    callee === undefined ? [] : [{ kind: 'tie', callerChannelId: channelId, calleeChannelId: callee.channelId }]
  const letGo: readonly Effect[] =
    before === null
      ? []
      : [
          { kind: 'untie', channelId: before },
          { kind: 'hangup', channelId: before, q850Cause: CAUSE.normal },
        ]
  const isTalking = live.call.state.name === 'connected'
  return {
    live: isTalking ? withLeg(next, channelId, { answeredAt: now }) : next,
    effects: [seat, ...tie, ...letGo, ...indication(live, channelId)],
  }
}

/** What the one before had been told. */
function indication({ call }: LiveCall, channelId: string): readonly Effect[] {
  const { name } = call.state
  if (name === 'connected') return [{ kind: 'indicate', channelId, what: 'answer' }]
  if (name === 'ringing' || name === 'early-media') return [{ kind: 'indicate', channelId, what: name }]
  return []
}
