import { expect, test } from 'vitest'
import { durationMs, instant, type Id } from '#kernel'
import type { EventStore, NewEvent, StoredEvent } from './events.ts'
import { Outbox } from './outbox.ts'

const id = <N extends string>(digits: number): Id<N> =>
  `00000000-0000-7000-8000-${String(digits).padStart(12, '0')}` as Id<N>

const event = (callId: number): NewEvent => ({
  type: 'minutes-uncovered',
  payload: { callId: id(callId), uncoveredMs: durationMs(0) },
  organizationId: id(1),
  memberId: null,
  at: instant(0),
})

/** A store that answers at once, so that all of it happens within one turn of the event loop. */
function openOutbox() {
  let seq = 0
  const told: StoredEvent[] = []
  const store: EventStore = {
    append: async (events) => events.map(() => ++seq),
    since: async () => [],
    latestSeq: async () => seq,
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
