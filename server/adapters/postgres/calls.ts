import { TERMS_BEFORE, type BusinessTerms } from '#admission'
import { KeyTaken, payingLegId, sliceOperationId, type RequestKey } from '#calls'
import type {
  Call,
  CallScope,
  CallSnapshot,
  CallState,
  CallStore,
  Meter,
  StoredCall,
  StoredLeg,
  StoredParty,
  UnreadableCall,
} from '#calls'
import {
  assert,
  durationMs,
  isUuid,
  parseE164,
  type CallId,
  type E164,
  type Instant,
  type LegId,
  type MemberId,
} from '#kernel'
import type { CallRecord } from '#records'
import { type Selectable, sql } from 'kysely'
import { insertionOf, type Decisions } from './admission.ts'
import { violatedConstraint, type Db } from './connection.ts'
import { endedCall, listEndedCalls } from './ended-calls.ts'
import { keyToRow } from './idempotency.ts'
import type { ClosableLedger } from './ledger.ts'
import { olderThan } from './lists.ts'
import { recordInsertionOf, recordPartiesInsertionOf } from './records.ts'
import type { Months } from './months.ts'
import type { Tables } from './tables.ts'
import { anyOf, maybeTimestamp, timestamp } from './values.ts'

/** The connections that calls are written by, and what their decisions are written with. */
type Through = {
  readonly writer: Pick<CallStore, 'saveProgress'>
  readonly ledger: Pick<ClosableLedger, 'place'>
  readonly decisions: Decisions
  readonly months: Months
}

export function openCallStore(db: Db, { writer, ledger, decisions, months }: Through): CallStore {
  return {
    async place(placed, decision, once = null) {
      await insertPlaced(db, { ...placed, once }, await decisions.ready(decision)).catch(ifKeyTaken)
    },
    async placePaid({ call, parties }, decision, { reserve, once }) {
      const row = await decisions.ready(decision)
      const placement = {
        call: callToGiven(call),
        parties: parties.map((party) => partyToGiven(call.id, party)),
        decision: { ...row, refusal: null },
        ...(once !== null && { key: keyToGiven(once, call) }),
      }
      return ledger.place(reserve, placement).catch(ifKeyTaken)
    },
    saveProgress: (progress) => writer.saveProgress(progress),
    async saveEnd({ id }, record, actor) {
      await months.ready('record', record.placedAt)
      await db
        .with('ended', (statement) =>
          statement
            .deleteFrom('call')
            .where('id', '=', id)
            .returning(['placed_at', sql`is_over(id)`.as('is_over')]),
        )
        .with('written', (statement) => recordInsertionOf(statement, record, sql`ended`).returning('id'))
        .with('found', (statement) => recordPartiesInsertionOf(statement, record, sql`ended`))
        .insertInto('audit')
        .columns(['at', 'organization_id', 'actor', 'action', 'subject_id', 'detail'])
        .expression(auditOfEnd(record, actor))
        .execute()
        .catch((error: unknown) => months.failed(error))
    },
    callsOfPayingLegs: (organizationId, legIds) => callsOfPayingLegs(db, organizationId, legIds),
    async live() {
      const rows = await db.selectFrom('call').selectAll().where('ended_at', 'is', null).orderBy('placed_at').execute()
      return eachReadable(rows, await partsOf(db, rows))
    },
    endUnreadable: (id, at) => endUnreadable(db, id, at),
    async find(organizationId, id) {
      const row = await db
        .selectFrom('call')
        .selectAll()
        .where('organization_id', '=', organizationId)
        .where('id', '=', id)
        .executeTakeFirst()
      // In this order: what ends in between is found.
      return row === undefined ? endedCall(db, organizationId, id) : snapshotFromRow(row)
    },
    list: (scope) => listCalls(db, scope),
  }
}

function ifKeyTaken(error: unknown): never {
  throw violatedConstraint(error) === 'idempotency_pkey' ? new KeyTaken('', { cause: error }) : error
}

type ToPlace = Parameters<CallStore['place']>[0] & { readonly once: RequestKey | null }

/**
 * One statement is one transaction, and one round. What is written late, of a call that was ended meanwhile, does not bring
 * it back.
 */
async function insertPlaced(
  db: Db,
  { call, parties, once }: ToPlace,
  decision: Awaited<ReturnType<Decisions['ready']>>,
): Promise<void> {
  const given = JSON.stringify(callToGiven(call))
  const key = once === null ? null : JSON.stringify(keyToGiven(once, call))
  await db
    .with('written', (statement) => insertionOf(statement, decision))
    .with('claimed', (statement) => statement.selectNoFrom(sql<boolean>`claim_key(${key}::jsonb)`.as('is_claimed')))
    .with('placed', (statement) =>
      statement
        .insertInto('call')
        .expression(
          sql`SELECT given.* FROM claimed, jsonb_populate_record(NULL::call, ${given}) AS given
            WHERE is_claimed AND NOT EXISTS (SELECT FROM record WHERE call_id = given.id)` as never,
        )
        .onConflict((conflict) => conflict.column('id').doNothing())
        .returning('id'),
    )
    .insertInto('party')
    .expression(
      sql`SELECT given.* FROM placed, jsonb_populate_recordset(NULL::party, ${JSON.stringify(
        parties.map((party) => partyToGiven(call.id, party)),
      )}) AS given` as never,
    )
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
}

/**
 * Of calls that go on their parties say it. What is over was placed in the instant of its leg's first reservation, and its leg
 * is computed from its id. Those of before, of which that is not so, are written down.
 */
async function callsOfPayingLegs(
  db: Db,
  ...[organizationId, legIds]: Parameters<CallStore['callsOfPayingLegs']>
): ReturnType<CallStore['callsOfPayingLegs']> {
  const legs = legIds as readonly LegId[]
  const operationIds = legs.map((legId) => sliceOperationId(legId, durationMs(0)))
  const { rows } = await sql<{ leg_id: LegId; call_id: CallId; is_known: boolean }>`
    SELECT meter_leg_id AS leg_id, call.id AS call_id, true AS is_known FROM party JOIN call ON call.id = party.call_id
      WHERE organization_id = ${organizationId} AND meter_leg_id = ${anyOf(legs)}
    UNION ALL SELECT leg_id, call_id, true FROM paying_leg_of_before WHERE organization_id = ${organizationId} AND leg_id = ${anyOf(legs)}
    UNION ALL SELECT leg_id, call_id, false FROM (SELECT DISTINCT leg_id, at FROM ledger WHERE operation_id = ${anyOf(operationIds)}) AS first
      JOIN record ON placed_at = first.at AND organization_id = ${organizationId} AND supersedes IS NULL`.execute(db)
  const isTheirs = ({ leg_id, call_id, is_known }: (typeof rows)[number]) => is_known || payingLegId(call_id) === leg_id
  return new Map(rows.filter(isTheirs).map(({ leg_id, call_id }) => [leg_id as string, call_id]))
}

/** Written with the record, and once like it: ending a call again after a lost answer adds no second entry. */
const auditOfEnd = ({ organizationId, callId, endedAt, endReason, ratedMs }: CallRecord, actor: string | null) =>
  sql`SELECT ${timestamp(endedAt)}::timestamptz, ${organizationId}::uuid, ${actor}, 'call.ended', ${callId},
    ${JSON.stringify({ reason: endReason, ratedMs })}::jsonb FROM written WHERE ${actor}::text IS NOT NULL` as never

/** Two lists of one order. In this one: what ends in between is in both. */
async function listCalls(db: Db, scope: CallScope): Promise<readonly CallSnapshot[]> {
  const listed = await listRows(db, scope)
  if (scope.isLiveOnly) return listed
  const ended = await listEndedCalls(db, scope)
  const calls = new Map([...listed, ...ended].map((call) => [call.callId, call]))
  return [...calls.values()].toSorted(newestFirst).slice(0, scope.page.limit)
}

const newestFirst = (one: CallSnapshot, other: CallSnapshot): number =>
  other.placedAt - one.placedAt || (one.callId < other.callId ? 1 : -1)

async function listRows(
  db: Db,
  { organizationId, memberId, isLiveOnly, page: { after, limit } }: CallScope,
): Promise<readonly CallSnapshot[]> {
  const rows = await db
    .selectFrom('call')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .$if(memberId !== null, (query) =>
      query.where(
        sql<boolean>`(member_id = ${memberId} OR (terms->>'kind' = 'network' AND terms->>'calleeId' = ${memberId}::text))`,
      ),
    )
    .$if(isLiveOnly, (query) => query.where('ended_at', 'is', null))
    .$if(after !== null, (query) => query.where(olderThan({ at: 'placed_at', id: 'id' }, after!)))
    .orderBy('placed_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(snapshotFromRow)
}

type CallRow = Selectable<Tables['call']>

/** What belongs to some calls, by call. */
type PartsOfCalls = {
  readonly legs: ReadonlyMap<CallId, readonly Selectable<Tables['leg']>[]>
  readonly parties: ReadonlyMap<CallId, readonly Selectable<Tables['party']>[]>
}

async function partsOf(db: Db, rows: readonly CallRow[]): Promise<PartsOfCalls> {
  if (rows.length === 0) return { legs: new Map(), parties: new Map() }
  const ids = rows.map((row) => row.id)
  const [legs, parties] = await Promise.all([
    db.selectFrom('leg').selectAll().where('call_id', '=', anyOf(ids)).orderBy('started_at').orderBy('id').execute(),
    db.selectFrom('party').selectAll().where('call_id', '=', anyOf(ids)).orderBy('role').execute(),
  ])
  return { legs: Map.groupBy(legs, (leg) => leg.call_id), parties: Map.groupBy(parties, (party) => party.call_id) }
}

const storedCall = (row: CallRow, { legs, parties }: PartsOfCalls): StoredCall => ({
  call: callFromRow(row),
  parties: (parties.get(row.id) ?? []).map(partyFromRow),
  legs: (legs.get(row.id) ?? []).map(legFromRow),
})

/** Each row by itself: one that makes no call keeps none of the others back. */
function eachReadable(rows: readonly CallRow[], parts: PartsOfCalls): Awaited<ReturnType<CallStore['live']>> {
  const calls: StoredCall[] = []
  const unreadable: UnreadableCall[] = []
  for (const row of rows) {
    try {
      assertWhole(row, parts.parties.get(row.id) ?? [])
      calls.push(storedCall(row, parts))
    } catch (fault) {
      unreadable.push({ id: row.id, fault })
    }
  }
  return { calls, unreadable }
}

/** JSON holds whatever was once written into it. What a call that goes on is reckoned by must be there. */
function assertWhole({ id, terms }: CallRow, parties: readonly Selectable<Tables['party']>[]): void {
  if (terms?.kind === 'network') {
    assert(isUuid(terms.calleeId ?? ''), `call ${id} calls nobody`)
    return assert(Number.isSafeInteger(terms.longestCallMs), `call ${id} has no longest time`)
  }
  assert(Array.isArray(terms?.routes), `call ${id} has no routes`)
  assert(typeof terms.dialled === 'object' && terms.dialled !== null, `call ${id} dials nothing`)
  const metering = parties.find((party) => party.metering !== null)?.metering
  const { increments, sliceMs, longestCallMs, draws, monthlyGrant } = metering ?? {}
  const times = [increments?.firstMs, increments?.nextMs, sliceMs, longestCallMs]
  const grants = [monthlyGrant?.memberMs, monthlyGrant?.organizationMs]
  assert([...times, ...grants].every(Number.isSafeInteger), `call ${id} has no times to be metered by`)
  assert(Array.isArray(draws), `call ${id} draws from nothing`)
}

async function endUnreadable(db: Db, id: CallId, at: Instant): Promise<void> {
  await db
    .with('ended', (statement) =>
      statement
        .updateTable('call')
        .set({ state: 'ended', is_on_hold: false, ended_at: timestamp(at), end_reason: 'internal-fault' })
        .where('id', '=', id)
        .where('ended_at', 'is', null)
        .returning('organization_id'),
    )
    .insertInto('audit')
    .columns(['at', 'organization_id', 'actor', 'action', 'subject_id', 'detail'])
    .expression(
      sql`SELECT ${timestamp(at)}::timestamptz, organization_id, 'system', 'call.ended', ${id},
        '{"reason": "internal-fault", "ratedMs": 0}'::jsonb FROM ended` as never,
    )
    .execute()
}

/**
 * As a screen shows it, whatever is in the row: one of which nothing can be made keeps none of the others back. Where its terms are
 * of no use nobody knows whose number was dialled: it is shown to nobody.
 */
export function snapshotFromRow(row: CallRow): CallSnapshot {
  const {
    kind: asked,
    dialled,
    callerNumber,
    calleeId,
  } = (row.terms ?? {}) as { readonly [name in keyof BusinessTerms]?: unknown }
  const { kind, number = null } = (dialled ?? {}) as { readonly kind?: unknown; readonly number?: unknown }
  const led = kind === 'number' ? e164From(number) : null
  return {
    callId: row.id,
    kind: asked === 'network' ? 'network' : 'business',
    memberId: row.member_id,
    state: row.state,
    dialled: led !== null || kind === 'service' ? row.dialled_text : '',
    calleeId: typeof calleeId === 'string' && isUuid(calleeId) ? (calleeId as MemberId) : null,
    isByNumber: calleeId === null,
    number: led,
    callerNumber: e164From(callerNumber),
    placedAt: row.placed_at,
    answeredAt: row.answered_at,
    isOnHold: row.is_on_hold,
    paidUntil: null,
    leftMs: null,
    isLastMinute: false,
    endedAt: row.ended_at,
    endReason: row.end_reason,
  }
}

const e164From = (value: unknown): E164 | null => (typeof value === 'string' ? (parseE164(value) ?? null) : null)

const callFromRow = (row: CallRow): Call => ({
  id: row.id,
  organizationId: row.organization_id,
  memberId: row.member_id,
  placedAt: row.placed_at,
  dialledText: row.dialled_text,
  terms: { ...TERMS_BEFORE, ...row.terms },
  state: stateFromRow(row),
})

/** As JSON: what is JSON in the row is no text in it. */
const callToGiven = (call: Call) => ({
  id: call.id,
  organization_id: call.organizationId,
  member_id: call.memberId,
  placed_at: timestamp(call.placedAt),
  dialled_text: call.dialledText,
  terms: call.terms,
  ...stateToRow(call.state),
})

function stateFromRow(row: CallRow): CallState {
  switch (row.state) {
    case 'connected':
      assert(row.answered_at !== null, `call ${row.id} is connected and was never answered`)
      return { name: row.state, answeredAt: row.answered_at, isOnHold: row.is_on_hold }
    case 'ended':
      assert(row.ended_at !== null && row.end_reason !== null, `call ${row.id} ended at no instant`)
      return { name: row.state, answeredAt: row.answered_at, endedAt: row.ended_at, reason: row.end_reason }
    default:
      return { name: row.state }
  }
}

const stateToRow = (state: CallState) => ({
  state: state.name,
  is_on_hold: state.name === 'connected' && state.isOnHold,
  ended_at: state.name === 'ended' ? timestamp(state.endedAt) : null,
  end_reason: state.name === 'ended' ? state.reason : null,
  ...((state.name === 'connected' || state.name === 'ended') && { answered_at: maybeTimestamp(state.answeredAt) }),
})

const legFromRow = (row: Selectable<Tables['leg']>): StoredLeg => ({
  id: row.id,
  callId: row.call_id,
  partyId: row.party_id,
  kind: row.kind,
  channelId: row.channel_id,
  trunkId: row.trunk_id,
  number: row.number,
  startedAt: row.started_at,
  answeredAt: row.answered_at,
  endedAt: row.ended_at,
  sipStatus: row.sip_status,
  q850Cause: row.q850_cause,
  bootId: row.boot_id,
})

const partyFromRow = (row: Selectable<Tables['party']>): StoredParty => ({
  id: row.id,
  role: row.role,
  memberId: row.member_id,
  number: row.number,
  meter: meterFromRow(row),
})

const partyToGiven = (callId: CallId, { id, role, memberId, number, meter }: StoredParty) => ({
  id,
  call_id: callId,
  role,
  member_id: memberId,
  number,
  meter_leg_id: meter?.legId ?? null,
  metering: meter?.terms ?? null,
  held_ms: meter?.heldMs ?? null,
  is_last: meter?.isLast ?? null,
})

const keyToGiven = (key: RequestKey, { id, placedAt }: Call) => ({
  ...keyToRow(key),
  claimed_at: timestamp(placedAt),
  call_id: id,
})

function meterFromRow({
  meter_leg_id: legId,
  metering: terms,
  held_ms: heldMs,
  is_last: isLast,
}: Selectable<Tables['party']>): Meter | null {
  if (legId === null || terms === null || heldMs === null || isLast === null) return null
  return { legId, terms, heldMs: durationMs(heldMs), isLast }
}
