import type { EndReason } from '#records'

/** Q.850 causes that we give. */
export const CAUSE = {
  normal: 16,
  busy: 17,
  noAnswer: 19,
  absent: 20,
  rejected: 21,
  outOfOrder: 27,
  noCircuit: 34,
} as const

/**
 * A SIP status says it more exactly than the cause that it is mapped to (RFC 3398, 7.2.4.1 maps many to one), so it is
 * asked first. RFC 3261, 21.4–21.6. What is not here is a failure of the network.
 */
const BY_SIP: { readonly [status: number]: EndReason } = {
  403: 'rejected',
  404: 'unallocated',
  408: 'no-answer',
  410: 'unallocated',
  480: 'no-answer',
  484: 'unallocated',
  485: 'unallocated',
  486: 'busy',
  487: 'no-answer',
  488: 'codec-mismatch',
  600: 'busy',
  603: 'rejected',
  604: 'unallocated',
  606: 'codec-mismatch',
  607: 'rejected', // Unwanted, RFC 8197
  608: 'rejected', // Rejected by an analytics engine, RFC 8688
}

/** ITU-T Q.850 (05/98), table 1. What is not here is a failure of the network. */
const BY_CAUSE: { readonly [q850Cause: number]: EndReason } = {
  1: 'unallocated', // Unallocated (unassigned) number
  2: 'no-route', // No route to specified transit network
  3: 'no-route', // No route to destination
  17: 'busy', // User busy
  18: 'no-answer', // No user responding
  19: 'no-answer', // No answer from user (user alerted)
  20: 'no-answer', // Subscriber absent
  21: 'rejected', // Call rejected
  22: 'unallocated', // Number changed
  28: 'unallocated', // Invalid number format (address incomplete)
  58: 'codec-mismatch', // Bearer capability not presently available
  65: 'codec-mismatch', // Bearer capability not implemented
  88: 'codec-mismatch', // Incompatible destination
}

/** Why a call that was never answered ended, by what its last leg met. */
export const reasonBeforeAnswer = ({
  q850Cause,
  sipStatus,
}: {
  readonly q850Cause: number
  readonly sipStatus: number | null
}): EndReason => (sipStatus === null ? BY_CAUSE[q850Cause] : BY_SIP[sipStatus]) ?? 'network-failure'

/**
 * How a party takes leave of a conversation, however its network puts it (Q.850, table 1: 0 = none given, 16 normal
 * clearing, 17 busy, 19 no answer, 20 absent, 21 rejected, 26 non-selected user clearing, 31 normal, unspecified).
 */
const LEAVE: ReadonlySet<number> = new Set([0, 16, 17, 19, 20, 21, 26, 31])

/**
 * Why a conversation ended whose `side` left by itself. A BYE may carry another reason than leave (RFC 3326), and the
 * engine's own giving up comes the same way: a session timer (RFC 4028; cause 18), a re-INVITE that was refused, an
 * answer that it could not take (127). By the cause alone, since the engine's log has nothing else.
 */
export function reasonAfterAnswer({ side, isByApp }: Side, q850Cause: number): EndReason {
  if (LEAVE.has(q850Cause)) return side === 'caller' ? 'hangup-caller' : 'hangup-callee'
  if (BY_CAUSE[q850Cause] === 'codec-mismatch') return 'codec-mismatch'
  return isByApp ? 'browser-gone' : 'network-failure'
}

export type Side = { readonly side: 'caller' | 'callee'; readonly isByApp: boolean }
