import { unreachable } from '#kernel'
import type { CallDependencies } from './dependencies.ts'
import { KEPT_IN_ORDER, type Engine } from './engine.ts'
import { callerNumberOf } from './call.ts'
import type { Effect, Input } from './machine.ts'
import type { Room } from './room.ts'

type OnEngine = Exclude<Effect, { readonly kind: 'wake' | 'reserve' | 'warn' | 'reconcile' | 'close' | 'call-screens' }>

/** The next one is asked for without waiting for the answer to this one. */
export const isKeptInOrder = ({ kind }: Effect): boolean =>
  KEPT_IN_ORDER.has(kind === 'lease' ? 'setLease' : (kind as keyof Engine))

/**
 * Does one thing in the engine. What comes of it is an event later; an answer here is what no event tells. A command that
 * fails because its channel has just ended is no fault: the end itself is on its way.
 */
export async function performOnEngine(
  effect: OnEngine,
  room: Room,
  { engine, log }: Pick<CallDependencies, 'engine' | 'log'>,
): Promise<Input | null> {
  try {
    return await perform(effect, room, engine)
  } catch (error) {
    log.warn({ callId: room.call.id, command: effect.kind, error: String(error) }, 'the engine did not take a command')
    return effect.kind === 'dial' ? { kind: 'leg-impossible', channelId: effect.legId } : null
  }
}

async function perform(effect: OnEngine, room: Room, engine: Engine): Promise<Input | null> {
  switch (effect.kind) {
    case 'seat':
      await engine.seat(room.call.id, { ...effect, callerNumber: callerNumberOf(room.call) })
      return null
    case 'dial':
      await dial(effect, room, engine)
      return null
    case 'probe':
      return (await engine.hasResponse(effect.channelId)) ? null : { kind: 'leg-silent', channelId: effect.channelId }
    case 'lease':
      await engine.setLease(effect.channelId, effect.leaseMs)
      return null
    case 'indicate':
      await engine.indicate(effect.channelId, effect.what)
      return null
    case 'tie':
      await engine.tie(effect.callerChannelId, effect.calleeChannelId)
      return null
    case 'untie':
      await engine.untie(effect.channelId)
      return null
    case 'hangup':
      await engine.hangup(effect.channelId, effect.q850Cause)
      return null
    case 'hold':
      await engine.hold(effect.channelId)
      return null
    case 'resume':
      await engine.resume(effect.channelId)
      return null
    case 'announce':
      await engine.announce(effect.channelId, 'minutes-warning')
      return null
    case 'digits':
      await engine.sendDigits(effect.channelId, effect.digits)
      return null
    default:
      return unreachable(effect)
  }
}

function dial({ kind: _, seatsCaller, ...leg }: Effect & { readonly kind: 'dial' }, { call }: Room, engine: Engine) {
  const seat = seatsCaller ? { callerNumber: callerNumberOf(call), leaseMs: leg.leaseMs } : null
  return engine.dial({ ...leg, callId: call.id, seat })
}
