import type { CallId, DurationMs, E164, Instant, MemberId, OrganizationId, RecordId } from '#kernel'
import type { CallRecord, EndReason } from '#records'

/** What the screens are told of calls. Payloads are JSON: no Maps, no functions. */
export type CallEvent =
  | { readonly type: 'call-changed'; readonly payload: CallSnapshot }
  /** The balance of the caller's pools after a reservation. */
  | { readonly type: 'minutes-left'; readonly payload: { readonly callId: CallId; readonly leftMs: DurationMs } }
  /** Nothing more can be reserved: the engine ends the call at `endsAt`, at most 60 s away. */
  | { readonly type: 'minutes-warning'; readonly payload: { readonly callId: CallId; readonly endsAt: Instant } }
  | { readonly type: 'call-ended'; readonly payload: CallEnded }
  /** An alarm: rated time that the call took for held and the ledger did not hold. Charged to nobody. */
  | {
      readonly type: 'minutes-uncovered'
      readonly payload: { readonly callId: CallId; readonly uncoveredMs: DurationMs }
    }

/** A call as a screen shows it; complete, so that the latest one replaces all before it. */
export type CallSnapshot = {
  readonly callId: CallId
  readonly kind: CallRecord['kind']
  /** Who calls. */
  readonly memberId: MemberId
  readonly state: 'placed' | 'calling' | 'ringing' | 'early-media' | 'connected' | 'ended'
  /** As typed or tapped; a number of a call that is over as it led. */
  readonly dialled: string
  /** The colleague who was called as such. */
  readonly calleeId: MemberId | null
  /** `false` also where it is not known, for older calls. */
  readonly isByNumber: boolean
  /** Where it leads; `null` for a service code. */
  readonly number: E164 | null
  /** What the callee sees; `null`: erased, or inside the app. */
  readonly callerNumber: E164 | null
  readonly placedAt: Instant
  readonly answeredAt: Instant | null
  readonly isOnHold: boolean
  /** When the engine ends the call if nothing more is reserved; `null` before the answer and after the end. */
  readonly paidUntil: Instant | null
  /** What the pools still had after the latest reservation; `null` while unknown. */
  readonly leftMs: DurationMs | null
  /** The pools have nothing more to give and `paidUntil` is at most 60 s away: the banner shows. */
  readonly isLastMinute: boolean
  readonly endedAt: Instant | null
  readonly endReason: EndReason | null
}

export type CallEnded = {
  readonly callId: CallId
  readonly placedAt: Instant
  readonly recordId: RecordId
  readonly reason: EndReason
  readonly ratedMs: DurationMs
  /** What the caller's pools still had after the settlement; `null`: there was nothing to settle. */
  readonly leftMs: DurationMs | null
}

/** An event and whom it concerns. */
export type NewEvent = CallEvent & {
  readonly organizationId: OrganizationId
  readonly memberId: MemberId
}

/** `seq` grows by time of numbering within the installation, with gaps for a reader of one organization. */
export type NumberedEvent = NewEvent & { readonly seq: number }

/** Whose events: a member hears his own; `memberId` null hears all of the organization. */
export type EventScope = { readonly organizationId: OrganizationId; readonly memberId: MemberId | null }

export const isHeardIn = ({ organizationId, memberId }: EventScope, event: NewEvent): boolean =>
  event.organizationId === organizationId && (memberId === null || event.memberId === memberId)

/** What was told last of each call that goes on, oldest first, and the number of the last event of all. */
export type LastTold = { readonly seq: number; readonly events: readonly NumberedEvent[] }

/** The end of a call as somebody hears of it who was away, and may have heard nothing of that call. */
export type MissedEnd = Pick<NumberedEvent, 'seq' | 'memberId'> &
  Pick<CallEnded, 'recordId' | 'leftMs'> & { readonly call: CallSnapshot }

/** Ends of calls alone are kept: what went before them the record says better, and of a call that goes on the server knows more. */
export type EventStore = {
  /** In one transaction; the answer has one `seq` per event, in order. */
  append(events: readonly NewEvent[]): Promise<readonly number[]>
  /** Those after `seq` (exclusive), oldest first. `limit` 1–500. */
  since(seq: number, scope: EventScope, limit: number): Promise<readonly MissedEnd[]>
  latest(organizationId: OrganizationId): Promise<LatestNumbers>
}

/** `kept`: of the organization's last end; 0 when there is none. `given`: of any event whatever, at most. */
export type LatestNumbers = { readonly kept: number; readonly given: number }

/** He called, or was called inside the app: it is his own. */
export const isOf = ({ kind, memberId, calleeId }: CallSnapshot, whose: MemberId): boolean =>
  memberId === whose || (kind === 'network' && calleeId === whose)
