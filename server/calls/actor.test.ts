import { expect, test, vi } from 'vitest'
import { Fault, type Instant } from '#kernel'
import { CallActor, type Stage } from './actor.ts'
import { Gate } from './at-once.ts'
import type { CallDependencies, CallFault } from './dependencies.ts'
import { legsOf, type Room } from './room.ts'
import { Outbox } from './outbox.ts'
import {
  after,
  arrived,
  at,
  CALLER,
  endOf,
  sampleCall,
  calleeRings,
  calleeAnswers,
  calleeEnds,
  callerEnds,
  withoutLegsOf,
} from './sample-call.ts'

const connected = after(sampleCall(), [0, arrived], [100, calleeRings], [1_000, calleeAnswers(at(1_000))]).room

/** What a fault of our own cannot be brought about in: parts that write down what they were told. */
function actorOf(room: Room, { closingFaults = 0 } = {}) {
  const told = { hangups: [] as string[], faults: [] as CallFault[], reasons: [] as string[], gone: 0 }
  let faultsLeft = closingFaults
  const stores = {
    calls: {
      saveProgress: async () => undefined,
      saveEnd: async (_: unknown, record: { readonly endReason: string }) => {
        if (faultsLeft-- > 0) throw new Fault('closing')
        told.reasons.push(record.endReason)
      },
    },
    ledger: { settle: async () => ({ draws: [], uncoveredMs: 0 }) },
    entitlements: { openPools: async () => [], pools: async () => [] },
    directory: { limitsOf: async () => undefined },
    events: { append: async (events: readonly unknown[]) => events.map((_, index) => index + 1) },
  }
  const engine = {
    hangup: async (channelId: string) => void told.hangups.push(channelId),
    closeRoom: async () => undefined,
  }
  const dependencies = {
    engine,
    stores,
    clock: { now: (): Instant => at(5_000) },
    timers: {
      after: (ms: number, run: () => void) => (ms <= 1_000 ? (setImmediate(run), () => undefined) : () => undefined),
    },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    countFault: (fault: CallFault) => void told.faults.push(fault),
  } as unknown as CallDependencies
  const stage: Stage = {
    dependencies,
    outbox: new Outbox(dependencies.stores.events, dependencies),
    closings: new Gate(1),
    listen: () => undefined,
    ended: () => void told.gone++,
    reconcile: async () => undefined,
    reachOf: async () => 'open',
  }
  return { actor: new CallActor(room, stage), told }
}

const faulty = (): never => {
  throw new Fault('impossible')
}
const callee = legsOf(connected)[1]!.channelId

test('a call whose turn meets a fault is hung up, settled and recorded as our fault; others go on', async () => {
  const [one, other] = [actorOf(connected), actorOf(connected)]
  await one.actor.run(faulty)
  expect(one.told.hangups).toEqual([CALLER, callee])
  await one.actor.post(callerEnds(endOf(5_001, { by: 'command' })))
  await one.actor.post(calleeEnds(endOf(5_001, { by: 'command' })))
  await one.actor.journal.settled()
  expect(one.told).toMatchObject({ faults: ['turn'], reasons: ['internal-fault'], gone: 1 })
  expect([other.actor.room, other.told.hangups]).toEqual([connected, []])
})

test('a state that cannot be is a fault of that turn, not an empty channel name', async () => {
  const { actor, told } = actorOf(withoutLegsOf('participant', connected))
  await actor.post({ kind: 'hold-asked', by: 'initiator' })
  expect(told).toMatchObject({ faults: ['turn'], hangups: [CALLER] })
})

test('a second fault waits for nobody: the call is closed as it is', async () => {
  const { actor, told } = actorOf(connected)
  await actor.run(faulty)
  await actor.run(faulty)
  await actor.journal.settled()
  expect(told).toMatchObject({ faults: ['turn', 'turn'], reasons: ['internal-fault'], gone: 1 })
})

test('a fault in closing is counted once and tried again until the record is written and the place is free', async () => {
  const { actor, told } = actorOf(connected, { closingFaults: 3 })
  await actor.run(faulty)
  await actor.run(faulty)
  await vi.waitFor(() => expect(told.gone).toBe(1))
  expect(told).toMatchObject({ faults: ['turn', 'turn', 'journal'], reasons: ['internal-fault'] })
})
