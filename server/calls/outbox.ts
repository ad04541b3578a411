import type { CallDependencies } from './dependencies.ts'
import { assert } from '#kernel'
import type { EventStore, NewEvent, StoredEvent } from './events.ts'
import { untilDone } from './retry.ts'

/** Events become true when they are stored: one statement in flight, all that came meanwhile goes into the next. */
export class Outbox {
  readonly #store: EventStore
  readonly #dependencies: Pick<CallDependencies, 'timers' | 'log'>
  readonly #listeners = new Set<(event: StoredEvent) => void>()
  #waiting: NewEvent[] = []
  #sending: Promise<void> | null = null
  #isStopped = false

  constructor(store: EventStore, dependencies: Pick<CallDependencies, 'timers' | 'log'>) {
    this.#store = store
    this.#dependencies = dependencies
  }

  subscribe(listener: (event: StoredEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
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

  #hand(event: StoredEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}

function seqAt(seqs: readonly number[], index: number): number {
  const seq = seqs[index]
  assert(seq !== undefined, `the event store gave ${seqs.length} numbers, and none for event ${index}`)
  return seq
}
