import type { Attempt, Admission, Refusal, Terms, World } from '#admission'
import type { Call, CallState, Leg, Metering, StoredParty } from '#calls'
import type { Trunk } from '#carriers'
import type { Licence } from '#compliance'
import type { CallLimits, DoNotDisturb, Member, Organization, WorkingHours } from '#directory'
import type { Bucket, LedgerEntry, PlanTerms } from '#entitlements'
import type {
  CallId,
  CarrierId,
  DecisionId,
  DepartmentId,
  DurationMs,
  E164,
  Instant,
  LegId,
  LicenceId,
  MemberId,
  OrganizationId,
  PartyId,
  PlanId,
  PlanVersionId,
  PoolId,
  RecordId,
  SubscriptionId,
  TrunkId,
} from '#kernel'
import type { CallRecord, EndReason, RecordParty } from '#records'
import type { ColumnType, Generated, RawBuilder } from 'kysely'

/** `timestamptz`: an `Instant` when read; a `Date` when written (see `timestamp`). */
type At = ColumnType<Instant, Date, Date>
type MaybeAt = ColumnType<Instant | null, Date | null, Date | null>
/** `jsonb`: parsed when read, JSON text when written. */
type Json<T> = ColumnType<T, string, string>

/** Found or made as the row is written. */
type NumberId = ColumnType<number, RawBuilder<number>, never>

/** The kinds of values that decisions refer to; `decision-row.ts` says what each holds. */
export type FactKind = 'organization' | 'caller' | 'callee' | 'regime' | 'destination' | 'reachability' | 'terms'

type Refused = Omit<Extract<Admission, { readonly admitted: false }>, 'admitted'>
/** What its number's row and its facts say is not in it: a text that was dialled, a name; `null` digits are the number's. */
export type StoredRefusal = {
  readonly refusal: { readonly code: Refusal['code'] }
  readonly alternatives: readonly (
    | Refused['alternatives'][number]
    | { readonly kind: 'native-dialler'; readonly digits: null }
  )[]
}

/** The tables as the migrations leave them. */
export type Tables = {
  organization: Organization
  department: {
    id: DepartmentId
    organization_id: OrganizationId
    parent_id: DepartmentId | null
    name: string
    depth: number
    may_call: CallLimits['mayCall']
    monthly_ms: DurationMs | null
  }
  member: {
    id: MemberId
    organization_id: OrganizationId
    name: string
    login: string
    role: Member['role']
    standing: Member['standing']
    phone: E164 | null
    extension: string | null
    tags: readonly string[]
    is_shielded: boolean
    is_number_hidden: boolean
    may_call: CallLimits['mayCall']
    monthly_ms: DurationMs | null
    working_hours: ColumnType<WorkingHours | null, string | null, string | null>
    language: Member['language']
    password_hash: ColumnType<string | null, string | null | undefined, string | null>
    /** `COLLATE "C"`: by code point. */
    sort_key: string
    search_text: string
  }
  member_department: { organization_id: OrganizationId; member_id: MemberId; department_id: DepartmentId }
  contact: { organization_id: OrganizationId; member_id: MemberId; number: string; name: string }
  session: { token_hash: string; member_id: MemberId; organization_id: OrganizationId; created_at: At; expires_at: At }
  reach: {
    member_id: MemberId
    organization_id: OrganizationId
    do_not_disturb: ColumnType<DoNotDisturb | null, string | null | undefined, string | null>
    missed_seen_until: ColumnType<Instant | null, Date | undefined, Date>
  }
  push_subscription: {
    endpoint: string
    member_id: MemberId
    organization_id: OrganizationId
    session_hash: string
    p256dh: string
    auth: string
    created_at: At
  }
  operator_key: { id: string; prefix: string; secret_hash: string; name: string; created_at: At; revoked_at: MaybeAt }
  audit: {
    seq: Generated<number>
    at: At
    organization_id: OrganizationId | null
    actor: string
    action: string
    subject_id: string
    detail: Json<unknown>
  }
  carrier: { id: CarrierId; name: string }
  trunk: {
    id: TrunkId
    carrier_id: CarrierId
    name: string
    host: string
    port: number | null
    transport: Trunk['transport']
    auth: Json<Trunk['auth']>
    registers: boolean
    number_format: Trunk['numberFormat']
    caller_id_format: Trunk['callerIdFormat']
    from_user: string | null
    from_domain: string | null
    outbound_proxy: string | null
    qualify_interval_s: number
    zones: Trunk['zones']
    priority: number
    fails_over_on_timeout: boolean
    standing: Trunk['standing']
  }
  number_right: {
    organization_id: OrganizationId
    number: E164
    proof: string
    valid_from: At
    valid_until: MaybeAt
    is_default: boolean
  }
  licence: {
    id: LicenceId
    kind: Licence['kind']
    number: string
    carrier_id: CarrierId | null
    jurisdiction: Licence['jurisdiction']
    valid_from: string
    valid_until: string
    agreement: string | null
  }
  plan: { id: PlanId; name: string }
  plan_version: { id: PlanVersionId; plan_id: PlanId; effective_from: At; terms: Json<PlanTerms> }
  subscription: {
    id: SubscriptionId
    organization_id: OrganizationId
    plan_id: PlanId
    during: string
    seats: number | null
  }
  pool: {
    id: PoolId
    organization_id: OrganizationId
    bucket: Bucket
    member_id: MemberId | null
    period_from: At
    period_until: At
    granted_ms: Generated<DurationMs>
    used_ms: Generated<DurationMs>
    held_ms: Generated<DurationMs>
    seq: Generated<number>
  }
  hold: { leg_id: LegId; pool_id: PoolId; ordinal: number; held_ms: DurationMs; usage_id: string | null }
  member_usage: { id: string; member_id: MemberId; period_from: At; used_ms: DurationMs; held_ms: DurationMs }
  settlement: { leg_id: LegId; operation_id: string; rated_ms: DurationMs; uncovered_ms: DurationMs; at: At }
  ledger: {
    pool_id: PoolId
    seq: number
    operation_id: string
    kind: LedgerEntry['kind']
    leg_id: LegId | null
    granted_delta_ms: number
    held_delta_ms: number
    used_delta_ms: number
    actor: string
    note: string | null
    at: At
  }
  fact: { id: Generated<number>; kind: FactKind; body: Json<unknown> }
  number: {
    id: Generated<number>
    organization_id: OrganizationId
    leads_to: number | null
    text: string | null
    erased_at: MaybeAt
  }
  decision: {
    at: At
    used_ms: number
    free_1_ms: number | null
    free_2_ms: number | null
    organization_fact: number
    caller_fact: number
    callee_fact: number
    regime_fact: number
    destination_fact: number
    reachability_fact: number
    terms_fact: number | null
    live_member: number
    live_organization: number
    unconnected: number | null
    unconnected_ago_ms: number | null
    typed_hour: number | null
    typed_hour_ago_ms: number | null
    typed_day: number | null
    typed_day_ago_ms: number | null
    id: DecisionId
    call_id: CallId
    organization_id: OrganizationId
    caller_id: MemberId
    callee_id: MemberId | null
    /** `null`: business. */
    kind: Exclude<Attempt['kind'], 'business'> | null
    number_id: NumberId | null
    reservation: NonNullable<World['reservation']> | null
    code: Refusal['code'] | null
    refusal: Json<StoredRefusal> | null
    /** Numbers, as text when read. */
    free_more_ms: ColumnType<readonly string[] | null, readonly number[] | null, never>
  }
  call: {
    id: CallId
    organization_id: OrganizationId
    member_id: MemberId
    placed_at: At
    dialled_text: string
    terms: Json<Terms>
    state: CallState['name']
    answered_at: MaybeAt
    is_on_hold: boolean
    ended_at: MaybeAt
    end_reason: EndReason | null
  }
  party: {
    id: PartyId
    call_id: CallId
    role: StoredParty['role']
    member_id: MemberId | null
    number: E164 | null
    meter_leg_id: LegId | null
    metering: Json<Metering> | null
    held_ms: DurationMs | null
    is_last: boolean | null
  }
  paying_leg_of_before: { leg_id: LegId; call_id: CallId; organization_id: OrganizationId }
  leg: {
    id: LegId
    call_id: CallId
    party_id: PartyId
    kind: Leg['kind']
    channel_id: string
    trunk_id: TrunkId | null
    number: E164 | null
    started_at: At
    answered_at: MaybeAt
    ended_at: MaybeAt
    sip_status: number | null
    q850_cause: number | null
    boot_id: string
  }
  record: {
    id: RecordId
    supersedes: RecordId | null
    call_id: CallId
    organization_id: OrganizationId
    member_id: MemberId
    kind: CallRecord['kind']
    mode: CallRecord['mode']
    path: CallRecord['path']
    caller_number_id: ColumnType<number | null, RawBuilder<number>, never>
    number_id: ColumnType<number | null, RawBuilder<number>, never>
    callee_id: MemberId | null
    is_by_number: boolean
    placed_at: At
    answered_at: MaybeAt
    ended_at: At
    end_reason: EndReason
    plan_version_id: PlanVersionId
    rated_ms: DurationMs
    overrun_ms: DurationMs
    /** Rows of types of their own; read as JSON. */
    legs: ColumnType<never, RawBuilder<unknown>, never>
    draws: ColumnType<never, RawBuilder<unknown>, never>
  }
  record_party: {
    record_id: RecordId
    party_id: PartyId
    role: RecordParty['role']
    member_id: MemberId
    placed_at: At
  }
  idempotency: {
    claimed_at: At
    key: string
    body_hash: string
    call_id: Call['id']
    status: ColumnType<number | null, number | undefined, number>
    body: ColumnType<unknown, string | undefined, string>
  }
  event: {
    seq: number
    placed_at: At
    left_ms: DurationMs | null
    organization_id: OrganizationId
    member_id: MemberId
    call_id: CallId
  }
  engine_event: {
    boot_id: string
    byte_offset: number
    type: string
    at: At
    channel_id: string
    linked_id: string
    call_id: string
    channel_name: string
    peer: string
    extra: Json<Record<string, unknown>>
  }
  engine_log_file: { boot_id: string; imported_bytes: number; rotated_bytes: number }
}
