import { percentile } from './percentile.ts'
import type { OneCall } from './rate.ts'

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

/** So many calls, of which so many are under way: each begins when another one is over. */
export async function loop(inFlight: number, calls: number, call: OneCall): Promise<void> {
  let begun = 0
  const one = async (): Promise<void> => {
    while (begun < calls) await call(begun++)
  }
  await within(120_000, `${calls} calls to be over`, Promise.all(Array.from({ length: inFlight }, one)))
}

export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  const done = new AbortController()
  const patience = pause(ms, done.signal).then(() => {
    throw new Error(`waited ${ms / 1000} s for ${what}`)
  })
  return Promise.race([work, patience]).finally(() => done.abort())
}

export function pause(ms: number, stop?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    stop?.addEventListener('abort', () => clearTimeout(timer))
  })
}
