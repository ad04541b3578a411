import type {
  CallId,
  CarrierId,
  DurationMs,
  E164,
  Instant,
  LegId,
  MemberId,
  OrganizationId,
  PartyId,
  Period,
  PlanVersionId,
  PoolId,
  RecordId,
  TrunkId,
} from '#kernel'

/** Why a call ended, told apart as the field does. */
export type EndReason =
  | 'hangup-caller'
  | 'hangup-callee'
  /** Somebody in charge ended a call that is not his own. */
  | 'hangup-administrator'
  | 'cancelled'
  | 'busy'
  | 'no-answer'
  | 'rejected'
  | 'unallocated'
  /** Inside the app: no screen of the callee’s rang. */
  | 'unreachable'
  | 'network-failure'
  /** The two sides have no speech format in common. */
  | 'codec-mismatch'
  | 'no-route'
  | 'minutes-exhausted'
  /** The member's own limit, while the pools had more. */
  | 'monthly-limit'
  | 'longest-call'
  | 'abandoned'
  | 'browser-gone'
  /** The caller signed out, was suspended, or his session ended. */
  | 'signed-out'
  | 'engine-failure'
  /** A fault of this software; told in the log, counted in the metrics. */
  | 'internal-fault'

/** CDR: one per call, written once. A correction is a new record that names the one it supersedes. */
export type CallRecord = {
  readonly id: RecordId
  readonly supersedes: RecordId | null
  readonly callId: CallId
  readonly organizationId: OrganizationId
  readonly memberId: MemberId
  readonly kind: 'business' | 'network'
  readonly mode: 'direct'
  readonly path: 'ip-telephony' | 'internet'
  readonly callerId: E164 | null
  /** Where it led; empty: to no number, since it was a call inside the app, or erased. */
  readonly dialled: string
  /** The colleague who was called as such, by name or extension. */
  readonly calleeId: MemberId | null
  /** `false` also where it is not known, in older records. */
  readonly isByNumber: boolean
  readonly placedAt: Instant
  readonly answeredAt: Instant | null
  readonly endedAt: Instant
  readonly endReason: EndReason
  readonly planVersionId: PlanVersionId
  readonly ratedMs: DurationMs
  /** Wire time past the lease: borne by the operator. */
  readonly overrunMs: DurationMs
  /** Members who were in it by the app: each finds the record among his own. */
  readonly parties: readonly RecordParty[]
  readonly legs: readonly RecordLeg[]
  readonly draws: readonly RecordDraw[]
}

export type RecordParty = {
  readonly partyId: PartyId
  readonly role: 'initiator' | 'participant'
  readonly memberId: MemberId
}

export type RecordLeg = {
  readonly legId: LegId
  readonly kind: 'app' | 'phone-out'
  readonly trunkId: TrunkId | null
  readonly carrierId: CarrierId | null
  readonly startedAt: Instant
  readonly answeredAt: Instant | null
  readonly endedAt: Instant
  /** SIP status of the final answer, where there was one. */
  readonly sipStatus: number | null
  /** ITU-T Q.850 cause. */
  readonly q850Cause: number | null
}

export type RecordDraw = {
  readonly legId: LegId
  readonly poolId: PoolId
  readonly bucket: 'member' | 'organization'
  readonly period: Period
  readonly usedMs: DurationMs
  readonly ledgerSeqs: readonly number[]
}
