import type { Terms } from '#admission'
import type { CallId, E164, Instant, LegId, MemberId, OrganizationId, TrunkId } from '#kernel'
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

/** One party's connection. */
export type Leg = {
  readonly id: LegId
  readonly callId: CallId
  readonly kind: 'app' | 'phone-out'
  /** The engine's channel; for a leg that we dial it equals `id`. */
  readonly channelId: string
  readonly trunkId: TrunkId | null
  readonly number: E164 | null
  readonly startedAt: Instant
  readonly answeredAt: Instant | null
  readonly endedAt: Instant | null
  readonly sipStatus: number | null
  readonly q850Cause: number | null
}
