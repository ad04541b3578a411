import type { WireCall } from '@tandem/contract'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { serverNow } from './clock.ts'
import { liveCallsQuery, minutesQuery } from './queries.ts'

const MINUTE = 60_000

type Known = {
  /** What he could draw and is held for nobody, in ms. */
  readonly leftMs: number
  /** The member's own live calls. */
  readonly calls: readonly Pick<WireCall, 'paidUntil'>[]
  /** By the server's clock, ms since the epoch. */
  readonly now: number
}

/**
 * What a member can still talk, in ms: what is left in the pools, and what is held for his calls and not talked yet.
 * `null`: little is left, and a call is being set up whose share is not told before its answer.
 */
export function talkableMs({ leftMs, calls, now }: Known): number | null {
  const paid = calls.flatMap(({ paidUntil }) => (paidUntil ? [Math.max(0, Date.parse(paidUntil) - now)] : []))
  if (paid.length < calls.length && leftMs < MINUTE) return null
  return paid.reduce((sum, each) => sum + each, leftMs)
}

/** `undefined`: not known (yet). */
export function useTalkable(memberId: string): number | undefined {
  const leftMs = useQuery(minutesQuery).data
  // A call inside the app costs nothing.
  const calls = (useQuery(liveCallsQuery).data ?? []).filter(
    (call) => call.memberId === memberId && call.kind === 'business',
  )
  const now = useSecond(calls.length > 0)
  return leftMs === undefined ? undefined : (talkableMs({ leftMs, calls, now }) ?? undefined)
}

/** The server's time; while it runs, renewed each second. */
function useSecond(runs: boolean): number {
  const [now, setNow] = useState(serverNow)
  useEffect(() => {
    setNow(serverNow())
    if (!runs) return
    const timer = setInterval(() => setNow(serverNow()), 1000)
    return () => clearInterval(timer)
  }, [runs])
  return now
}
