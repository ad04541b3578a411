import type { LegEnd } from './live-call.ts'

/** How far the callee had come on this route. */
export type Progress = 'calling' | 'ringing' | 'early-media'

/**
 * Whether the next route may be tried after this end of a leg that was not answered. A carrier that is out of order is
 * left for the next one (503, cause 34, as RFC 3398 maps it); what the callee or the number said is final; and whoever
 * has heard early media has been served. 408 and 480 come from carriers as often as from callees: a setting of the trunk.
 */
export function mayFailOver(
  end: LegEnd,
  progress: Progress,
  { failsOverOnTimeout }: { readonly failsOverOnTimeout: boolean },
): boolean {
  if (progress === 'early-media' || end.by !== 'party') return false
  if (end.sipStatus === 408 || end.sipStatus === 480) return failsOverOnTimeout && progress === 'calling'
  if (end.sipStatus !== null) return end.sipStatus === 503
  return end.q850Cause === CAUSE_NO_CIRCUIT
}

const CAUSE_NO_CIRCUIT = 34

/** A trunk that gave no sign of life at all for so long is left. PJSIP alone would wait 32 s (RFC 3261, timer B). */
export const SILENT_AFTER_MS = 4_000
