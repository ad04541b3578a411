import type { Instant } from '#kernel'

/** Counts what went wrong under a name within a window, so that guessing gets slow. Kept in memory: a restart forgives. */
export function createFailures({ limit, windowMs }: { readonly limit: number; readonly windowMs: number }) {
  const failures = new Map<string, { count: number; readonly until: number }>()
  const current = (name: string, at: Instant) => {
    const entry = failures.get(name)
    return entry !== undefined && entry.until > at ? entry : undefined
  }
  return {
    isBlocked: (name: string, at: Instant): boolean => (current(name, at)?.count ?? 0) >= limit,
    add(name: string, at: Instant): void {
      const entry = current(name, at)
      if (entry !== undefined) entry.count += 1
      else failures.set(name, { count: 1, until: at + windowMs })
      // Names come from strangers: the table must not grow with them.
      if (failures.size > 10_000) failures.delete(failures.keys().next().value ?? '')
    },
    forget: (name: string): void => void failures.delete(name),
  }
}
