import type { Terms } from '#admission'
import type { CallId, Instant, MemberId, OrganizationId } from '#kernel'
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
