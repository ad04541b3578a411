import { unreachable, type Instant } from '#kernel'
import { connected } from './decide-connected.ts'
import { calling, earlyMedia, placed, ringing } from './decide-dialling.ts'
import { ending } from './decide-ending.ts'
import { CAUSE } from './causes.ts'
import { calleeOf, withLeg, withLegEnded, type LiveCall } from './live-call.ts'
import { unchanged, type Decision, type Input } from './machine.ts'

/** The whole life of a call: what is so, what happened, when → what is so now, and what is to be done. */
export function decide(live: LiveCall, input: Input, now: Instant): Decision {
  if (input.kind === 'stray-ended') return stray(withLegEnded(live, input.channelId, input.end), input, now)
  const { state } = live.call
  if (state.name === 'ended') return unchanged(live)
  if (input.kind === 'stray-answered') return strayAnswered(live, input)
  if (isOfAnotherTry(live, input)) return unchanged(live)
  if (live.ending !== null) return ending(live, input, now)
  switch (state.name) {
    case 'placed':
      return placed(live, input, now)
    case 'calling':
      return calling(live, input, now)
    case 'ringing':
      return ringing(live, input, now)
    case 'early-media':
      return earlyMedia(live, input, now)
    case 'connected':
      return connected(live, input, now)
    default:
      return unreachable(state)
  }
}

/** The engine's answers may be late: what they say of a leg that has ended or was left is of no use any more. */
function isOfAnotherTry(live: LiveCall, input: Input): boolean {
  if (input.kind !== 'callee-silent' && input.kind !== 'callee-impossible') return false
  const callee = calleeOf(live)
  return callee === undefined || callee.id !== input.legId || callee.endedAt !== null
}

/** Nobody is connected to it: it is written down, for it costs the operator, and hung up again lest it talks on. */
const strayAnswered = (live: LiveCall, { channelId, at }: Input & { readonly kind: 'stray-answered' }): Decision => ({
  live: withLeg(live, channelId, { answeredAt: at }),
  effects: [{ kind: 'hangup', channelId, q850Cause: CAUSE.normal }],
})

/** It is written down; a call that only waits for its legs to end may be over now. */
const stray = (live: LiveCall, input: Input, now: Instant): Decision =>
  live.ending === null || live.call.state.name === 'ended' ? unchanged(live) : ending(live, input, now)
