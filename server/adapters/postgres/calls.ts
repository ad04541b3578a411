import type { Call, CallScope, CallState, CallStore, Meter, StoredCall, UnreadableCall } from '#calls'
import { assert, durationMs, type CallId, type Instant, type LegId } from '#kernel'
import type { CallRecord } from '#records'
import { type Insertable, type Selectable, sql } from 'kysely'
import { insertionOf } from './admission.ts'
import type { Db } from './connection.ts'
import { olderThan } from './lists.ts'
import { recordInsertionOf } from './records.ts'
import type { Tables } from './tables.ts'
import { anyOf, maybeTimestamp, timestamp } from './values.ts'

type StoredLeg = StoredCall['legs'][number]
type Progress = Parameters<CallStore['saveProgress']>[0]

export function openCallStore(db: Db): CallStore {
  return {
    async place({ call, meter }, decision) {
      // One statement is one transaction, and one round.
      await db
        .with('written', (statement) => insertionOf(statement, decision))
        .insertInto('call')
        .values({ ...callToRow(call), ...meterToRow(meter), metering: JSON.stringify(meter.terms) })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute()
    },
    saveProgress: (progress) => updateProgress(db, progress),
    async saveEnd(call, record, actor) {
      await db
        .with('written', (statement) => recordInsertionOf(statement, record).returning('id'))
        .with('audited', (statement) => auditOfEnd(statement, record, actor))
        .updateTable('call')
        .set(stateToRow(call.state))
        .where('id', '=', call.id)
        .where('state', '<>', 'ended')
        .execute()
    },
    async callsOfPayingLegs(organizationId, legIds) {
      const rows = await db
        .selectFrom('call')
        .select(['id', 'meter_leg_id'])
        .where('organization_id', '=', organizationId)
        .where('meter_leg_id', '=', anyOf(legIds as LegId[]))
        .execute()
      return new Map(rows.map((row) => [row.meter_leg_id as string, row.id]))
    },
    async live() {
      const rows = await db.selectFrom('call').selectAll().where('state', '<>', 'ended').orderBy('placed_at').execute()
      return eachReadable(rows, await legsOf(db, rows))
    },
    endUnreadable: (id, at) => endUnreadable(db, id, at),
    async find(organizationId, id) {
      const rows = await db
        .selectFrom('call')
        .selectAll()
        .where('organization_id', '=', organizationId)
        .where('id', '=', id)
        .execute()
      return (await withLegs(db, rows))[0]
    },
    list: (scope) => selectCalls(db, scope),
  }
}

/** Written with the record, and once like it: ending a call again after a lost answer adds no second entry. */
const auditOfEnd = (
  statement: Pick<Db, 'insertInto'>,
  { organizationId, callId, endedAt, endReason, ratedMs }: CallRecord,
  actor: string,
) =>
  statement
    .insertInto('audit')
    .columns(['at', 'organization_id', 'actor', 'action', 'subject_id', 'detail'])
    .expression(
      sql`SELECT ${timestamp(endedAt)}::timestamptz, ${organizationId}::uuid, ${actor}, 'call.ended', ${callId},
        ${JSON.stringify({ reason: endReason, ratedMs })}::jsonb FROM written` as never,
    )

/** One statement, whatever differs. The end is for `saveEnd`; a late writer does not revive what ended. */
async function updateProgress(db: Db, { call, legs, meter }: Progress): Promise<void> {
  const state = call.state.name === 'ended' ? {} : stateToRow(call.state)
  await (legs.length === 0 ? db : db.with('written', (statement) => upsertionOf(statement, legs)))
    .updateTable('call')
    .set({ ...meterToRow(meter), ...state })
    .where('id', '=', call.id)
    .where('state', '<>', 'ended')
    .execute()
}

const upsertionOf = (db: Pick<Db, 'insertInto'>, legs: readonly StoredLeg[]) =>
  db
    .insertInto('leg')
    .values(legs.map(legToRow))
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet(({ ref }) => ({
        channel_id: ref('excluded.channel_id'),
        started_at: ref('excluded.started_at'),
        answered_at: ref('excluded.answered_at'),
        ended_at: ref('excluded.ended_at'),
        sip_status: ref('excluded.sip_status'),
        q850_cause: ref('excluded.q850_cause'),
        boot_id: ref('excluded.boot_id'),
      })),
    )

async function selectCalls(
  db: Db,
  { organizationId, memberId, isLiveOnly, page: { after, limit } }: CallScope,
): Promise<readonly Call[]> {
  const rows = await db
    .selectFrom('call')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .$if(memberId !== null, (query) => query.where('member_id', '=', memberId!))
    .$if(isLiveOnly, (query) => query.where('state', '<>', 'ended'))
    .$if(after !== null, (query) => query.where(olderThan({ at: 'placed_at', id: 'id' }, after!)))
    .orderBy('placed_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(callFromRow)
}

type CallRow = Selectable<Tables['call']>

async function withLegs(db: Db, rows: readonly CallRow[]): Promise<readonly StoredCall[]> {
  const legs = await legsOf(db, rows)
  return rows.map((row) => storedCall(row, legs))
}

type LegsOfCalls = ReadonlyMap<CallId, readonly Selectable<Tables['leg']>[]>

async function legsOf(db: Db, rows: readonly CallRow[]): Promise<LegsOfCalls> {
  if (rows.length === 0) return new Map()
  const legs = await db
    .selectFrom('leg')
    .selectAll()
    .where('call_id', '=', anyOf(rows.map((row) => row.id)))
    .orderBy('started_at')
    .orderBy('id')
    .execute()
  return Map.groupBy(legs, (leg) => leg.call_id)
}

const storedCall = (row: CallRow, legs: LegsOfCalls): StoredCall => ({
  call: callFromRow(row),
  legs: (legs.get(row.id) ?? []).map(legFromRow),
  meter: meterFromRow(row),
})

/** Each row by itself: one that makes no call keeps none of the others back. */
function eachReadable(rows: readonly CallRow[], legs: LegsOfCalls): Awaited<ReturnType<CallStore['live']>> {
  const calls: StoredCall[] = []
  const unreadable: UnreadableCall[] = []
  for (const row of rows) {
    try {
      assertWhole(row)
      calls.push(storedCall(row, legs))
    } catch (fault) {
      unreadable.push({ id: row.id, fault })
    }
  }
  return { calls, unreadable }
}

/** JSON holds whatever was once written into it. What a call that goes on is reckoned by must be there. */
function assertWhole({ id, terms, metering }: CallRow): void {
  assert(Array.isArray(terms?.routes), `call ${id} has no routes`)
  assert(typeof terms.dialled === 'object' && terms.dialled !== null, `call ${id} dials nothing`)
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
        .where('state', '<>', 'ended')
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

const callFromRow = (row: CallRow): Call => ({
  id: row.id,
  organizationId: row.organization_id,
  memberId: row.member_id,
  placedAt: row.placed_at,
  dialledText: row.dialled_text,
  terms: row.terms,
  state: stateFromRow(row),
})

const callToRow = (call: Call) => ({
  id: call.id,
  organization_id: call.organizationId,
  member_id: call.memberId,
  placed_at: timestamp(call.placedAt),
  dialled_text: call.dialledText,
  terms: JSON.stringify(call.terms),
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

const legToRow = (leg: StoredLeg): Insertable<Tables['leg']> => ({
  id: leg.id,
  call_id: leg.callId,
  kind: leg.kind,
  channel_id: leg.channelId,
  trunk_id: leg.trunkId,
  number: leg.number,
  started_at: timestamp(leg.startedAt),
  answered_at: maybeTimestamp(leg.answeredAt),
  ended_at: maybeTimestamp(leg.endedAt),
  sip_status: leg.sipStatus,
  q850_cause: leg.q850Cause,
  boot_id: leg.bootId,
})

const meterToRow = ({ legId, heldMs, isLast }: Meter) => ({
  meter_leg_id: legId,
  held_ms: heldMs,
  is_last: isLast,
})

function meterFromRow(row: CallRow): Meter {
  assert(row.meter_leg_id !== null, `call ${row.id} has no leg to be metered by`)
  return {
    legId: row.meter_leg_id,
    terms: row.metering,
    heldMs: durationMs(row.held_ms ?? 0),
    isLast: row.is_last ?? false,
  }
}
