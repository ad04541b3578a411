import { percentile } from './percentile.ts'

export type Load = { readonly perSecond: number; readonly p99Ms: number }

const warmUpMs = 500

/**
 * `callers` loops at once, each beginning its next piece of work when the last one is answered. A piece may be several
 * operations: it reports each by `done`.
 */
export async function underLoad(
  callers: number,
  seconds: number,
  work: (caller: number, done: (startedAt: number) => void) => Promise<void>,
): Promise<Load> {
  const from = performance.now() + warmUpMs
  const until = from + seconds * 1000
  const latenciesMs: number[] = []
  const done = (startedAt: number): void => {
    const now = performance.now()
    if (startedAt >= from && now <= until) latenciesMs.push(now - startedAt)
  }
  const loop = async (caller: number): Promise<void> => {
    while (performance.now() < until) await work(caller, done)
  }
  await Promise.all(Array.from({ length: callers }, (_, caller) => loop(caller)))
  return { perSecond: latenciesMs.length / seconds, p99Ms: percentile(latenciesMs, 0.99) }
}
