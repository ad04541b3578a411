import { useEffect, useState } from 'react'
import { formatClock } from './format.ts'

/** Running time from `since` (ms since the epoch), as m:ss. `now` is the clock that `since` was taken from. */
export function Timer({ since, now }: { readonly since: number; readonly now: () => number }) {
  const shownMs = useTick(now)
  return <span className="figures">{formatClock(Math.max(0, shownMs - since))}</span>
}

/** Time that is left until `until`; never below zero. */
export function Countdown({ until, now }: { readonly until: number; readonly now: () => number }) {
  const shownMs = useTick(now)
  // A second that has begun is shown: 0:00 means over.
  return <span className="figures">{formatClock(Math.max(0, Math.ceil((until - shownMs) / 1000) * 1000))}</span>
}

function useTick(now: () => number): number {
  const [shownMs, setShownMs] = useState(now)
  useEffect(() => {
    const timer = setInterval(() => setShownMs(now()), 250)
    return () => clearInterval(timer)
  }, [now])
  return shownMs
}
