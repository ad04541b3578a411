import type { CallDependencies } from './dependencies.ts'
import { untilDone } from './retry.ts'

/**
 * What is to be written of one call, in order, without making its speech wait: each entry is tried until it is done.
 * A crash loses what is still here; the engine's own log and the ledger's holds say it again.
 */
export class Journal {
  readonly #dependencies: Pick<CallDependencies, 'timers' | 'log'>
  #tail: Promise<unknown> = Promise.resolve()
  #isStopped = false

  constructor(dependencies: Pick<CallDependencies, 'timers' | 'log'>) {
    this.#dependencies = dependencies
  }

  write(what: string, task: () => Promise<void>): void {
    const { timers, log } = this.#dependencies
    const entry = this.#tail.then(() => untilDone(what, task, { timers, log, isStopped: () => this.#isStopped }))
    this.#tail = entry.catch((error: unknown) => log.error({ what, err: error }, 'could not be written'))
  }

  /** Gives up at the next failure. */
  stop(): void {
    this.#isStopped = true
  }

  /** Resolves when all that was asked until now is written, or given up. */
  async settled(): Promise<void> {
    await this.#tail
  }
}
