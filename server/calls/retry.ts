import { Fault } from '#kernel'
import type { CallLog, Timers } from './dependencies.ts'

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1_000

type Patience = { readonly timers: Timers; readonly log: CallLog; readonly isStopped: () => boolean }

/** Does one thing until it is done: the database may be away for as long as it likes. A fault of our own is not tried again. */
export async function untilDone<T>(
  what: string,
  task: () => Promise<T>,
  { timers, log, isStopped }: Patience,
): Promise<T> {
  for (let pauseMs = FIRST_PAUSE_MS, tries = 1; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS), tries++) {
    try {
      return await task()
    } catch (error) {
      if (error instanceof Fault || isStopped()) throw error
      if (tries === 1 || tries % 60 === 0) log.warn({ what, tries, err: error }, 'not written yet, tried again')
    }
    await new Promise<void>((resolve) => timers.after(pauseMs, resolve))
  }
}
