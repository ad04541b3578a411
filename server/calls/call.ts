import type { Terms } from '#admission'
import type { CallId, E164, Instant, MemberId, OrganizationId } from '#kernel'
import type { EndReason } from '#records'

/** One conversation, and where it stands. */
export type Call = {
  readonly id: CallId
  readonly organizationId: OrganizationId
  readonly memberId: MemberId
  readonly placedAt: Instant
  readonly dialledText: string
  readonly terms: Terms
  readonly state: CallState
}

/**
 * `placed` (answer sent, no INVITE yet) → `calling` (INVITE came, leg dialled) → `ringing` | `early-media` →
 * `connected` → `ended`. From every state to `ended`.
 */
export type CallState =
  | { readonly name: 'placed' }
  | { readonly name: 'calling' }
  | { readonly name: 'ringing' }
  | { readonly name: 'early-media' }
  | { readonly name: 'connected'; readonly answeredAt: Instant; readonly isOnHold: boolean }
  /** `answeredAt` `null`: nobody ever talked. */
  | {
      readonly name: 'ended'
      readonly answeredAt: Instant | null
      readonly endedAt: Instant
      readonly reason: EndReason
    }

/** Where it leads on the telephone network: a number or a service code; nowhere inside the app. */
export function dialledOf({ terms }: Pick<Call, 'terms'>): { readonly text: string; readonly number: E164 | null } {
  if (terms.kind === 'network') return { text: '', number: null }
  const { dialled } = terms
  return dialled.kind === 'number'
    ? { text: dialled.number, number: dialled.number }
    : { text: dialled.code, number: null }
}

/** What the callee's telephone shows; `null` inside the app. */
export const callerNumberOf = ({ terms }: Pick<Call, 'terms'>): E164 | null =>
  terms.kind === 'network' ? null : terms.callerNumber
