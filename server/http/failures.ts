import { later, type Instant } from '#kernel'

type Manner = {
  /** So many go wrong before anybody has to wait. */
  readonly free: number
  /** The first wait; each failure after it doubles the wait. */
  readonly firstMs: number
  readonly longestMs: number
  /** Without another failure for so long, all is forgiven. At least `longestMs`. */
  readonly forgottenAfterMs: number
}

type Entry = { count: number; blockedUntil: Instant; lastAt: Instant }

/** Names come from strangers: the table must not grow with them. */
const LARGEST = 10_000

/**
 * Counts what went wrong under a name, so that guessing gets slower with each guess. Nobody is shut out for good, and a
 * try that came too early counts for nothing. Kept in memory: a restart forgives.
 */
export function createFailures({ free, firstMs, longestMs, forgottenAfterMs }: Manner) {
  const entries = new Map<string, Entry>()
  const current = (name: string, at: Instant): Entry | undefined => {
    const entry = entries.get(name)
    return entry !== undefined && at - entry.lastAt < forgottenAfterMs ? entry : undefined
  }
  return {
    /** 0 = now. */
    waitMs: (name: string, at: Instant): number => Math.max(0, (current(name, at)?.blockedUntil ?? at) - at),

    /** Counted before it is known to be one, so that many at once are counted too; see `undo`. */
    add(name: string, at: Instant): void {
      const count = (current(name, at)?.count ?? 0) + 1
      const waitMs = count < free ? 0 : Math.min(longestMs, firstMs * 2 ** (count - free))
      // Written anew, so that the oldest come first.
      entries.delete(name)
      entries.set(name, { count, blockedUntil: later(at, waitMs), lastAt: at })
      if (entries.size > LARGEST) entries.delete(entries.keys().next().value ?? '')
    },

    /** It went well after all. */
    undo(name: string): void {
      const entry = entries.get(name)
      if (entry === undefined) return
      entry.count -= 1
      if (entry.count < free) entry.blockedUntil = entry.lastAt
    },

    forget: (name: string): void => void entries.delete(name),
  }
}

export type Failures = ReturnType<typeof createFailures>
