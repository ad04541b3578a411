import { recordIdOf, type CallSnapshot, type EventScope, type EventStore, type MissedEnd, type NewEvent } from '#calls'
import { type CallId, durationMs } from '#kernel'
import { type Selectable, sql } from 'kysely'
import type { Db } from './connection.ts'
import { snapshotFromRow } from './calls.ts'
import { endedCallsById } from './ended-calls.ts'
import type { Tables } from './tables.ts'
import { anyOf, timestamp } from './values.ts'

export function openEventStore(db: Db, writer: Pick<EventStore, 'append'>): EventStore {
  return {
    append: (events) => writer.append(events),
    async since(seq, scope, limit) {
      const rows = await selectEnds(db, scope, { seq, limit })
      const calls = await callsById(
        db,
        rows.map((row) => row.call_id),
      )
      return rows.flatMap((row) => endFromRow(row, calls.get(row.call_id)))
    },
    async latest(organizationId) {
      const kept = db
        .selectFrom('event')
        .select('seq')
        .where('organization_id', '=', organizationId)
        .orderBy('seq', 'desc')
        .limit(1)
      const { rows } = await sql<{ kept: number; given: number }>`
        SELECT coalesce((${kept}), 0) AS kept, coalesce(pg_sequence_last_value('event_number'), 0) AS given`.execute(db)
      return rows[0]!
    },
  }
}

type Behind = { readonly seq: number; readonly limit: number }

/** A member's through an index of their own: of a large organization's few are his. */
const selectEnds = (db: Db, { organizationId, memberId }: EventScope, { seq, limit }: Behind) =>
  db
    .selectFrom('event')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .$if(memberId !== null, (query) => query.where('member_id', '=', memberId!))
    .where('seq', '>', seq)
    .orderBy('seq')
    .limit(limit)
    .execute()

/** An event on its way through `write_down`, which keeps no other than an end: `null` gets its number alone. */
export function eventToGiven({ type, payload, organizationId, memberId }: NewEvent) {
  if (type !== 'call-ended') return null
  return {
    placed_at: timestamp(payload.placedAt),
    left_ms: payload.leftMs,
    organization_id: organizationId,
    member_id: memberId,
    call_id: payload.callId,
  }
}

async function callsById(db: Db, ids: readonly CallId[]): Promise<ReadonlyMap<CallId, CallSnapshot>> {
  if (ids.length === 0) return new Map()
  const asked = [...new Set(ids)]
  const rows = await db.selectFrom('call').selectAll().where('id', '=', anyOf(asked)).execute()
  // In this order: what ends in between is found.
  const there = new Set(rows.map(({ id }) => id))
  const ended = await endedCallsById(
    db,
    asked.filter((id) => !there.has(id)),
  )
  return new Map([...rows.map(snapshotFromRow), ...ended].map((call) => [call.callId, call]))
}

/** Nothing of a call that is kept no longer. */
const endFromRow = (row: Selectable<Tables['event']>, call: CallSnapshot | undefined): readonly MissedEnd[] =>
  call === undefined
    ? []
    : [
        {
          seq: row.seq,
          memberId: row.member_id,
          call,
          recordId: recordIdOf(row.call_id),
          leftMs: row.left_ms === null ? null : durationMs(row.left_ms),
        },
      ]
