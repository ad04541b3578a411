import { expect, test } from 'vitest'
import { durationMs, instant, type Id } from '#kernel'
import type { EventStore, NewEvent, NumberedEvent } from './events.ts'
import { Outbox } from './outbox.ts'

const id = <N extends string>(digits: number): Id<N> =>
  `00000000-0000-7000-8000-${String(digits).padStart(12, '0')}` as Id<N>

const event = (callId: number): NewEvent => ({
  type: 'minutes-uncovered',
  payload: { callId: id(callId), uncoveredMs: durationMs(0) },
  organizationId: id(1),
  memberId: id(2),
})

/** A store that answers at once, so that all of it happens within one turn of the event loop. */
function openOutbox() {
  let seq = 0
  const told: NumberedEvent[] = []
  const store: EventStore = {
    append: async (events) => events.map(() => ++seq),
    since: async () => [],
    latest: async () => ({ kept: seq, given: seq }),
  }
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const outbox = new Outbox(store, { timers: { after: () => () => undefined }, log })
  outbox.subscribe((each) => void told.push(each))
  return { outbox, told }
}

/** Steps of promises, more than there are between an answer of the store and the next turn of the event loop. */
const STEPS = 24

test('an event is stored at whatever moment it is told, and waits for no other one', async () => {
  for (let steps = 0; steps < STEPS; steps++) {
    const { outbox, told } = openOutbox()
    outbox.tell(event(1))
    for (let passed = 0; passed < steps; passed++) await Promise.resolve()
    outbox.tell(event(2))
    await new Promise(setImmediate)
    expect([steps, told.map(({ seq }) => seq)]).toEqual([steps, [1, 2]])
  }
})

test('of each call that goes on the last word is known to whoever was away, until its end is kept', async () => {
  const { outbox } = openOutbox()
  const who = { organizationId: id<'organization'>(1), memberId: id<'member'>(2) }
  const leftMs = (ms: number) => ({ callId: id<'call'>(7), leftMs: durationMs(ms) })
  const minutes = (ms: number): NewEvent => ({ ...who, type: 'minutes-left', payload: leftMs(ms) })
  for (const each of [event(1), minutes(1), event(2), minutes(2)]) outbox.tell(each)
  await new Promise(setImmediate)
  const all = { ...who, memberId: null }
  expect(outbox.lastTold(all)).toEqual({ seq: 4, events: [{ ...minutes(2), seq: 4 }] })
  expect(outbox.lastTold({ ...who, memberId: id(3) }).events).toEqual([])
  expect(outbox.lastTold({ ...all, organizationId: id(2) }).events).toEqual([])
  const end = { placedAt: instant(0), recordId: id<'record'>(9), reason: 'busy', ratedMs: durationMs(0) } as const
  outbox.tell({ ...who, type: 'call-ended', payload: { ...leftMs(3), ...end } })
  await new Promise(setImmediate)
  expect(outbox.lastTold(all)).toEqual({ seq: 5, events: [] })
})
