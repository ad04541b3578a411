import { durationMs, type MemberId } from '#kernel'
import type { CallRecord, RecordFilter, RecordStore } from '#records'
import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from './connection.ts'
import { olderThan, partOf } from './lists.ts'
import type { Tables } from './tables.ts'
import { asTimestamp, maybeTimestamp, timestamp } from './values.ts'

export function openRecordStore(db: Db): RecordStore {
  return {
    async append(record) {
      await recordInsertionOf(db, record).execute()
    },
    async ofCall(organizationId, callId) {
      const row = await inForce(db)
        .where('record.organization_id', '=', organizationId)
        .where('record.call_id', '=', callId)
        .executeTakeFirst()
      return row && recordFromRow(row)
    },
    list: (filter) => selectRecords(db, filter),
  }
}

/** Written once: the same record again changes nothing. */
export const recordInsertionOf = (db: Pick<Db, 'insertInto'>, record: CallRecord) =>
  db
    .insertInto('record')
    .values(recordToRow(record))
    .onConflict((conflict) => conflict.column('id').doNothing())

/** Those that no correction supersedes. */
function inForce(db: Db) {
  return db
    .selectFrom('record')
    .selectAll('record')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('record as correction')
            .select('correction.id')
            .whereRef('correction.supersedes', '=', 'record.id'),
        ),
      ),
    )
}

async function selectRecords(db: Db, filter: RecordFilter): Promise<readonly CallRecord[]> {
  const { callId, memberId, endReason, number, from, until } = filter
  const { after, limit } = filter.page
  const rows = await inForce(db)
    .where('record.organization_id', '=', filter.organizationId)
    .$if(callId !== null, (query) => query.where('record.call_id', '=', callId!))
    .$if(memberId !== null, (query) => query.where('record.member_id', '=', memberId!))
    .$if(endReason !== null, (query) => query.where('record.end_reason', '=', endReason!))
    .$if(number !== null, (query) => query.where('record.dialled', 'like', partOf(number!.part)))
    .$if(number !== null && number.hiddenFrom !== null, (query) => query.where(isNotHidden(number!.hiddenFrom!)))
    .$if(from !== null, (query) => query.where('record.placed_at', '>=', asTimestamp(from!)))
    .$if(until !== null, (query) => query.where('record.placed_at', '<', asTimestamp(until!)))
    .$if(after !== null, (query) => query.where(olderThan({ at: 'record.placed_at', id: 'record.id' }, after!)))
    .orderBy('record.placed_at', 'desc')
    .orderBy('record.id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(recordFromRow)
}

const isNotHidden = (reader: MemberId) => sql<boolean>`NOT EXISTS (
  SELECT FROM member WHERE organization_id = record.organization_id AND phone = record.dialled AND is_number_hidden AND id <> ${reader})`

const recordFromRow = (row: Selectable<Tables['record']>): CallRecord => ({
  id: row.id,
  supersedes: row.supersedes,
  callId: row.call_id,
  organizationId: row.organization_id,
  memberId: row.member_id,
  kind: row.kind,
  mode: row.mode,
  path: row.path,
  callerId: row.caller_id,
  dialled: row.dialled,
  placedAt: row.placed_at,
  answeredAt: row.answered_at,
  endedAt: row.ended_at,
  endReason: row.end_reason,
  planVersionId: row.plan_version_id,
  ratedMs: durationMs(row.rated_ms),
  overrunMs: durationMs(row.overrun_ms),
  legs: row.legs,
  draws: row.draws,
})

const recordToRow = (record: CallRecord): Insertable<Tables['record']> => ({
  id: record.id,
  supersedes: record.supersedes,
  call_id: record.callId,
  organization_id: record.organizationId,
  member_id: record.memberId,
  kind: record.kind,
  mode: record.mode,
  path: record.path,
  caller_id: record.callerId,
  dialled: record.dialled,
  placed_at: timestamp(record.placedAt),
  answered_at: maybeTimestamp(record.answeredAt),
  ended_at: timestamp(record.endedAt),
  end_reason: record.endReason,
  plan_version_id: record.planVersionId,
  rated_ms: record.ratedMs,
  overrun_ms: record.overrunMs,
  legs: JSON.stringify(record.legs),
  draws: JSON.stringify(record.draws),
})
