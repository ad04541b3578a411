import type { CallScope, CallSnapshot } from '#calls'
import type { CallId, E164, MemberId, OrganizationId } from '#kernel'
import { type Selectable, sql } from 'kysely'
import type { Db } from './connection.ts'
import { olderThan } from './lists.ts'
import { textOf } from './numbers.ts'
import { selectRecord } from './records.ts'
import type { Tables } from './tables.ts'
import { anyOf, asTimestamp } from './values.ts'

/** Calls that are over and have no row of their own any more: their records say how they were. */
export const endedCallsById = async (db: Db, ids: readonly CallId[]): Promise<readonly CallSnapshot[]> =>
  ids.length === 0 ? [] : snapshotsOf(await firstRecords(db).where('record.call_id', '=', anyOf(ids)).execute())

export async function endedCall(db: Db, organizationId: OrganizationId, id: CallId): Promise<CallSnapshot | undefined> {
  const rows = await firstRecords(db)
    .where('record.organization_id', '=', organizationId)
    .where('record.call_id', '=', id)
    .execute()
  return snapshotsOf(rows)[0]
}

export async function listEndedCalls(
  db: Db,
  { organizationId, memberId, page: { after, limit } }: CallScope,
): Promise<readonly CallSnapshot[]> {
  const at = memberId === null ? 'record.placed_at' : 'record.found_at'
  const rows = await firstRecords(db, memberId)
    .where('record.organization_id', '=', organizationId)
    .$if(memberId !== null, (query) => query.where('record.member_id', '=', memberId!))
    .$if(after !== null, (query) =>
      query
        .where(sql<boolean>`${sql.ref(at)} <= ${asTimestamp(after!.key)}`)
        .where(olderThan({ at, id: 'record.call_id' }, after!)),
    )
    .orderBy(sql.ref(at), 'desc')
    .orderBy('record.call_id', 'desc')
    .limit(limit)
    .execute()
  return snapshotsOf(rows)
}

/** The first of each call: a correction is of what it cost. */
function firstRecords(db: Db, memberId: MemberId | null = null) {
  return selectRecord(db, memberId)
    .select([
      'record.call_id',
      'record.kind',
      'record.member_id',
      'record.callee_id',
      'record.is_by_number',
      'record.placed_at',
      'record.answered_at',
      'record.ended_at',
      'record.end_reason',
      textOf('record.number_id').as('led'),
      typed.as('typed'),
      sql<E164 | null>`(SELECT text FROM number WHERE id = record.caller_number_id)`.as('caller_number'),
    ])
    .where('record.supersedes', 'is', null)
}

/** A service code is shown as it was typed, which its decision has, for as long as that is kept. */
const typed = sql<
  string | null
>`CASE WHEN record.number_id IS NOT NULL AND ${textOf('record.number_id')} NOT LIKE '+%' THEN (
  SELECT coalesce(text, '') FROM decision JOIN number ON number.id = decision.number_id
   WHERE decision.call_id = record.call_id AND decision.at = record.placed_at LIMIT 1) END`

type RecordedCall = Pick<
  Selectable<Tables['record']>,
  'call_id' | 'kind' | 'callee_id' | 'is_by_number' | 'placed_at' | 'answered_at' | 'ended_at' | 'end_reason'
> & {
  readonly member_id: MemberId
  readonly led: string
  readonly typed: string | null
  readonly caller_number: E164 | null
}

const snapshotsOf = (rows: readonly RecordedCall[]): readonly CallSnapshot[] =>
  rows.map((row) => ({
    callId: row.call_id,
    kind: row.kind,
    memberId: row.member_id,
    state: 'ended',
    dialled: row.typed ?? row.led,
    calleeId: row.callee_id,
    isByNumber: row.is_by_number,
    number: row.led.startsWith('+') ? (row.led as E164) : null,
    callerNumber: row.caller_number,
    placedAt: row.placed_at,
    answeredAt: row.answered_at,
    isOnHold: false,
    paidUntil: null,
    leftMs: null,
    isLastMinute: false,
    endedAt: row.ended_at,
    endReason: row.end_reason,
  }))
