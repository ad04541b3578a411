import { instant, type Instant } from '#kernel'

/** The only clock and timers of the server; decisions get their instants as values. */
export const clock = { now: (): Instant => instant(Date.now()) }

export const timers = {
  after(ms: number, run: () => void): () => void {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}
