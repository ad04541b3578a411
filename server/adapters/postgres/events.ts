import type { EventScope, EventStore, NewEvent, StoredEvent } from '#calls'
import { type Selectable, sql } from 'kysely'
import type { Db } from './connection.ts'
import type { Tables } from './tables.ts'
import { timestamp } from './values.ts'

export function openEventStore(db: Db): EventStore {
  return {
    append: (events) => appendEvents(db, events),
    async since(seq, scope, limit) {
      const rows = await inScope(db, scope).selectAll().where('seq', '>', seq).orderBy('seq').limit(limit).execute()
      return rows.map(eventFromRow)
    },
    async latestSeq(scope) {
      const row = await inScope(db, scope).select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst()
      return row?.seq ?? 0
    },
  }
}

async function appendEvents(db: Db, events: readonly NewEvent[]): Promise<readonly number[]> {
  if (events.length === 0) return []
  const given = JSON.stringify(events.map((event) => ({ ...event, at: timestamp(event.at) })))
  const { rows } = await sql<{ seq: number }>`SELECT seq FROM event_append(${given})`.execute(db)
  return rows.map((row) => row.seq)
}

function inScope(db: Db, { organizationId, memberId }: EventScope) {
  return db
    .selectFrom('event')
    .where('organization_id', '=', organizationId)
    .$if(memberId !== null, (query) =>
      query.where(({ or, eb }) => or([eb('member_id', 'is', null), eb('member_id', '=', memberId!)])),
    )
}

/** Type and payload belong together: they were written as one event. */
const eventFromRow = (row: Selectable<Tables['event']>): StoredEvent =>
  ({
    seq: row.seq,
    organizationId: row.organization_id,
    memberId: row.member_id,
    type: row.type,
    payload: row.payload,
    at: row.at,
  }) as StoredEvent
