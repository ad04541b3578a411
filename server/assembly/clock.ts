import { instant, type Instant } from '#kernel'

/** The only clock and timers of the server; decisions get their instants as values. */
export const clock = { now: (): Instant => instant(Date.now()) }

export const timers = {
  after(ms: number, run: () => void): () => void {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** Timers of work that is given up together, when the server lets go. */
export function createBackground() {
  const running = new Set<() => void>()
  let isStopped = false
  return {
    after(ms: number, run: () => void): () => void {
      if (isStopped) return () => undefined
      const stop = timers.after(ms, () => {
        running.delete(stop)
        run()
      })
      running.add(stop)
      return () => {
        running.delete(stop)
        stop()
      }
    },
    stopAll(): void {
      isStopped = true
      for (const stop of running) stop()
    },
  }
}
