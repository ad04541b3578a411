import type { EngineLog, Timers } from '#calls'
import type { Log } from '../adapters/log/index.ts'

const EVERY_MS = 60_000

type Following = {
  readonly engineLog: Pick<EngineLog, 'keepUp'>
  readonly timers: Timers
  readonly log: Pick<Log, 'warn'>
}

/** After days in which nobody asked, the next question must not read the log of days. */
export function followEngineLog({ engineLog, timers, log }: Following): void {
  timers.after(EVERY_MS, () => {
    void engineLog
      .keepUp()
      .catch((error: unknown) => log.warn({ err: error }, 'the engine’s log is gone through later'))
      .finally(() => followEngineLog({ engineLog, timers, log }))
  })
}
