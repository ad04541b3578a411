import type { EndReason } from '#records'

/** Q.850 causes that we give. */
export const CAUSE = { normal: 16, noAnswer: 19, rejected: 21, outOfOrder: 27, noCircuit: 34 } as const

/**
 * A SIP status says it more exactly than the cause that it is mapped to (RFC 3398, 7.2.4.1 maps many to one), so it is
 * asked first. RFC 3261, 21.4–21.6.
 */
const BY_SIP: { readonly [status: number]: EndReason } = {
  401: 'network-failure', // our credentials, not the callee's wish
  402: 'network-failure',
  403: 'rejected',
  404: 'unallocated',
  407: 'network-failure',
  408: 'no-answer',
  410: 'unallocated',
  480: 'no-answer',
  484: 'unallocated',
  486: 'busy',
  487: 'no-answer',
  600: 'busy',
  603: 'rejected',
  604: 'unallocated',
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
}

/** Why a call that was never answered ended, by what its last leg met. */
export const reasonBeforeAnswer = ({
  q850Cause,
  sipStatus,
}: {
  readonly q850Cause: number
  readonly sipStatus: number | null
}): EndReason => (sipStatus === null ? undefined : BY_SIP[sipStatus]) ?? BY_CAUSE[q850Cause] ?? 'network-failure'
