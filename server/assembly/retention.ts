import type { Timers } from '#calls'
import type { Instant } from '#kernel'
import type { Log } from '../adapters/log/index.ts'
import type { Retention } from '../adapters/postgres/index.ts'

const A_DAY_MS = 86_400_000
/** After a fault: the database is away, or somebody held a table for too long. */
const AGAIN_MS = 600_000

type Keeping = {
  readonly retention: Retention
  readonly clock: { now(): Instant }
  readonly timers: Timers
  readonly log: Pick<Log, 'info' | 'warn'>
}

/** Once a day the months to come get their tables, and what is kept no longer goes, a step at a time. Returns what stops it. */
export function keepMonths({ retention, clock, timers, log }: Keeping): () => void {
  let stop = (): void => undefined
  let isStopped = false
  const once = async (): Promise<void> => {
    await retention.makeMonths(clock.now())
    for (;;) {
      const expired = isStopped ? null : await retention.expire(clock.now())
      if (expired === null) return
      log.info(expired, expired.deleted === null ? 'a month is kept no longer' : 'rows are kept no longer')
    }
  }
  const daily = async (): Promise<void> => {
    const nextMs = await once().then(
      () => A_DAY_MS,
      (error: unknown) => {
        log.warn({ err: error }, 'months are made, and dropped, later')
        return AGAIN_MS
      },
    )
    if (!isStopped) stop = timers.after(nextMs, () => void daily())
  }
  void daily()
  return () => {
    isStopped = true
    stop()
  }
}
