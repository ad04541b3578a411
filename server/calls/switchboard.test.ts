import { expect, test } from 'vitest'
import { durationMs } from '#kernel'
import type { CallDependencies } from './dependencies.ts'
import { Outbox } from './outbox.ts'
import { callerOf } from './room.ts'
import { at, CALLER, sampleCall } from './sample-call.ts'
import { Switchboard } from './switchboard.ts'

/** An engine that nobody can be dialled in any more: the caller's channel is gone. */
function switchboardOf(): Switchboard {
  const never = new Promise<never>(() => undefined)
  const dependencies = {
    engine: {
      dial: () => Promise.reject(new Error('Channel not found')),
      hangup: async () => undefined,
      closeRoom: async () => undefined,
    },
    stores: {
      calls: { saveProgress: async () => undefined },
      ledger: { settle: () => never },
      events: { append: async (events: readonly unknown[]) => events.map((_, index) => index + 1) },
    },
    clock: { now: () => at(0) },
    timers: { after: () => () => undefined },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    settings: { abandonedMs: durationMs(20_000) },
  } as unknown as CallDependencies
  const outbox = new Outbox(dependencies.stores.events, dependencies)
  return new Switchboard(dependencies, { outbox, reconcile: () => never })
}

test('a caller who hangs up in the very moment in which he dialled in has cancelled', async () => {
  const switchboard = switchboardOf()
  const placed = sampleCall()
  const { id } = placed.call
  const actor = switchboard.add(placed)
  const { dial } = switchboard.invite(id, { callId: id, sipUser: 'u', partyId: callerOf(placed).id })
  // The engine tells both in one breath.
  switchboard.hear({ kind: 'app-leg-arrived', channelId: CALLER, sipUser: 'u', dialled: dial })
  switchboard.hear({ kind: 'leg-ended', channelId: CALLER, at: at(1), by: 'party', q850Cause: 127, sipStatus: 487 })
  await expect.poll(() => actor.room.call.state).toMatchObject({ name: 'ended', reason: 'cancelled' })
})
