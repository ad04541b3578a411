import type { DurationMs } from '#kernel'

/** What is set at one place (member or department); `null` = not set here, look further out. */
export type CallLimits = {
  readonly mayCall: 'nobody' | 'colleagues' | 'contacts' | 'anybody' | null
  /** Rated time on the telephone network a calendar month. */
  readonly monthlyMs: DurationMs | null
}

/** The limits of one department on the way from the root to the member. */
export type DepartmentLimits = { readonly depth: number; readonly limits: CallLimits }

/** What counts for a member after all places were asked. `monthlyMs` null = unlimited. */
export type ResolvedLimits = {
  readonly mayCall: NonNullable<CallLimits['mayCall']>
  readonly monthlyMs: DurationMs | null
}

/**
 * Each setting by itself: the member's own, else that of the deepest department that sets it; among departments of
 * one depth the most generous. Nothing set anywhere: anybody, unlimited.
 */
export function resolveLimits(own: CallLimits, departments: readonly DepartmentLimits[]): ResolvedLimits {
  return {
    mayCall: own.mayCall ?? innermost(departments, (limits) => limits.mayCall, widerCircle) ?? 'anybody',
    monthlyMs: own.monthlyMs ?? innermost(departments, (limits) => limits.monthlyMs, longer),
  }
}

function innermost<T>(
  departments: readonly DepartmentLimits[],
  setting: (limits: CallLimits) => T | null,
  larger: (a: T, b: T) => T,
): T | null {
  let depth = -1
  let found: T | null = null
  for (const department of departments) {
    const value = setting(department.limits)
    if (value === null || department.depth < depth) continue
    found = found === null || department.depth > depth ? value : larger(found, value)
    depth = department.depth
  }
  return found
}

const CIRCLES = ['nobody', 'colleagues', 'contacts', 'anybody'] as const
type Circle = (typeof CIRCLES)[number]

const widerCircle = (a: Circle, b: Circle): Circle => (CIRCLES.indexOf(a) >= CIRCLES.indexOf(b) ? a : b)
const longer = (a: DurationMs, b: DurationMs): DurationMs => (a >= b ? a : b)
