import { Fault } from '#kernel'
import type { CallLog, Timers } from './dependencies.ts'

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1_000

type Patience = {
  readonly timers: Timers
  readonly log: CallLog
  readonly isStopped: () => boolean
  /** Hears of the first fault of our own. */
  readonly onFault?: () => void
  /** A fault of our own is tried again too; else it is the end. */
  readonly outlivesFaults?: boolean
}

/** Does one thing until it is done: the database may be away for as long as it likes. */
export async function untilDone<T>(
  what: string,
  task: () => Promise<T>,
  { timers, log, isStopped, onFault, outlivesFaults = false }: Patience,
): Promise<T> {
  let hasFaulted = false
  for (let pauseMs = FIRST_PAUSE_MS, tries = 1; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS), tries++) {
    try {
      return await task()
    } catch (error) {
      if (error instanceof Fault && !hasFaulted) onFault?.()
      hasFaulted ||= error instanceof Fault
      if (isStopped() || (error instanceof Fault && !outlivesFaults)) throw error
      if (tries === 1 || tries % 60 === 0) log.warn({ what, tries, err: error }, 'not written yet, tried again')
    }
    await new Promise<void>((resolve) => timers.after(pauseMs, resolve))
  }
}
