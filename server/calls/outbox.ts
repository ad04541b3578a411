import type { CallDependencies } from './dependencies.ts'
import { assert, type CallId } from '#kernel'
import {
  isHeardIn,
  type EventScope,
  type EventStore,
  type LastTold,
  type NewEvent,
  type NumberedEvent,
} from './events.ts'
import { untilDone } from './retry.ts'

/** Events become true when they are numbered: one statement in flight, all that came meanwhile goes into the next. */
export class Outbox {
  readonly #store: EventStore
  readonly #dependencies: Pick<CallDependencies, 'timers' | 'log'>
  readonly #listeners = new Set<(event: NumberedEvent) => void>()
  /** The last of each kind, for each of its members, until its end is kept. */
  readonly #lastOfCalls = new Map<CallId, Map<string, NumberedEvent>>()
  #lastSeq = 0
  #waiting: NewEvent[] = []
  #sending: Promise<void> | null = null
  #isStopped = false

  constructor(store: EventStore, dependencies: Pick<CallDependencies, 'timers' | 'log'>) {
    this.#store = store
    this.#dependencies = dependencies
  }

  subscribe(listener: (event: NumberedEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  lastTold(scope: EventScope): LastTold {
    const events = [...this.#lastOfCalls.values()].flatMap((ofCall) => [...ofCall.values()])
    const heard = events.filter((event) => isHeardIn(scope, event)).toSorted((one, other) => one.seq - other.seq)
    return { seq: this.#lastSeq, events: heard }
  }

  tell(event: NewEvent): void {
    this.#waiting.push(event)
    this.#sending ??= this.#send()
  }

  /** Tells what is waiting, once; then gives up. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#sending
  }

  async #send(): Promise<void> {
    const { timers, log } = this.#dependencies
    await Promise.resolve() // What is told in one breath is one statement.
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      try {
        const seqs = await untilDone('events', () => this.#store.append(batch), {
          timers,
          log,
          isStopped: () => this.#isStopped,
        })
        batch.forEach((event, index) => this.#hand({ ...event, seq: seqAt(seqs, index) }))
      } catch (error) {
        log.error({ err: error, events: batch.length }, 'events were lost')
      }
    }
    // In the same step as the last look: a later one would leave what is told in between waiting for yet another event.
    this.#sending = null
  }

  #hand(event: NumberedEvent): void {
    this.#lastSeq = event.seq
    this.#remember(event)
    for (const listener of this.#listeners) listener(event)
  }

  #remember(event: NumberedEvent): void {
    const { callId } = event.payload
    if (event.type === 'call-ended') this.#lastOfCalls.delete(callId)
    if (event.type !== 'call-changed' && event.type !== 'minutes-left') return
    const ofCall = this.#lastOfCalls.get(callId) ?? new Map<string, NumberedEvent>()
    this.#lastOfCalls.set(callId, ofCall.set(`${event.type} ${event.memberId}`, event))
  }
}

function seqAt(seqs: readonly number[], index: number): number {
  const seq = seqs[index]
  assert(seq !== undefined, `the event store gave ${seqs.length} numbers, and none for event ${index}`)
  return seq
}
