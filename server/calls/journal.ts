import type { CallDependencies } from './dependencies.ts'
import { untilDone } from './retry.ts'

type JournalDependencies = Pick<CallDependencies, 'timers' | 'log' | 'countFault'>

/**
 * What is to be written of one call, in order, without making its speech wait: each entry is tried until it is done.
 * A crash loses what is still here; the engine's own log and the ledger's holds say it again.
 */
export class Journal {
  readonly #dependencies: JournalDependencies
  #tail: Promise<unknown> = Promise.resolve()
  #isStopped = false

  constructor(dependencies: JournalDependencies) {
    this.#dependencies = dependencies
  }

  /** A fault of our own gives it up: what comes next says it again. */
  write(what: string, task: () => Promise<void>): void {
    this.#enter(what, task, false)
  }

  /** Tried again even after a fault of our own: the call's money and its place hang on it. */
  mustWrite(what: string, task: () => Promise<void>): void {
    this.#enter(what, task, true)
  }

  #enter(what: string, task: () => Promise<void>, outlivesFaults: boolean): void {
    const { timers, log, countFault } = this.#dependencies
    const isStopped = (): boolean => this.#isStopped
    const onFault = (): void => countFault('journal')
    const entry = this.#tail.then(() => untilDone(what, task, { timers, log, isStopped, outlivesFaults, onFault }))
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
