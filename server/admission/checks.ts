import { isWorking } from '#directory'
import type { PlanTerms } from '#entitlements'
import { later } from '#kernel'
import type { Attempt, Refusal } from './attempt.ts'
import type { Moment, Standing } from './facts.ts'
import { TRIES, type Tries, type TrySpan } from './world.ts'

/*
 * What is asked of calls of every kind: each check says why not, or nothing.
 */

export function suspension({ organization, caller }: Standing): Refusal | undefined {
  if (organization.standing === 'suspended') return { code: 'organization-suspended' }
  if (caller.caller.standing === 'suspended') return { code: 'member-suspended' }
  return undefined
}

/**
 * Numbers are not to be found by trying: whoever was connected with nobody so often waits until the first of these tries
 * is old enough. The longest wait is told. A colleague who is called as such is never found by it, so he can be called
 * when many numbers were typed in vain.
 */
export function attempts({ attempt, unconnected, typedInVain }: Moment): Refusal | undefined {
  const typed = attempt.calleeId === undefined ? typedInVain : undefined
  if (typed !== undefined && typed.day.count >= TRIES.day.most) return tooMany('day', typed.day, attempt)
  if (typed !== undefined && typed.hour.count >= TRIES.hour.most) return tooMany('hour', typed.hour, attempt)
  const isHasty = unconnected !== undefined && unconnected.count >= TRIES.minute.most
  return isHasty ? tooMany('minute', unconnected, attempt) : undefined
}

function tooMany(span: TrySpan, { sinceAt }: Tries, { at }: Attempt): Refusal {
  const { most, spanMs } = TRIES[span]
  return { code: 'too-many-attempts', limit: most, span, againAt: later(sinceAt ?? at, spanMs) }
}

/** Shielded people call each other freely. */
export function shield({ callee: { callee }, caller: { caller } }: Standing): Refusal | undefined {
  return callee?.isShielded && !caller.isShielded ? { code: 'callee-shielded' } : undefined
}

/**
 * A number that the caller may not see is nobody's when he types it: whatever is refused to a stranger's number must be
 * refused to it in the same words, or the answer tells whose it is. The colleague is called from the list of people.
 */
export function isSeenColleague({ callee: { callee }, caller: { caller } }: Standing): boolean {
  return callee !== null && callee.isNumberHidden !== true && (!callee.isShielded || caller.isShielded)
}

export function courtesy({ at }: Attempt, { callee: { callee }, organization }: Standing): Refusal | undefined {
  if (callee === null || callee.workingHours === null) return undefined
  if (isWorking(callee.workingHours, at, organization.zone)) return undefined
  return { code: 'callee-off-hours', name: callee.name }
}

/** The attempt itself is not among the live calls. */
export function concurrency({ concurrency: limit }: PlanTerms, { liveCalls }: Moment): Refusal | undefined {
  if (liveCalls.member >= limit.member) return { code: 'too-many-calls', scope: 'member', limit: limit.member }
  if (liveCalls.organization >= limit.organization) {
    return { code: 'too-many-calls', scope: 'organization', limit: limit.organization }
  }
  return undefined
}
