import type { EventScope, EventStore, StoredEvent } from '#calls'
import { type Selectable, sql } from 'kysely'
import type { Db } from './connection.ts'
import type { Tables } from './tables.ts'

export function openEventStore(db: Db, writer: Pick<EventStore, 'append'>): EventStore {
  return {
    append: (events) => writer.append(events),
    async since(seq, scope, limit) {
      return (await selectEvents(db, scope, { seq, limit })).map(eventFromRow)
    },
    async latestSeq(organizationId) {
      const row = await db
        .selectFrom('event')
        .select('seq')
        .where('organization_id', '=', organizationId)
        .orderBy('seq', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row?.seq ?? 0
    },
  }
}

type Behind = { readonly seq: number; readonly limit: number }

async function selectEvents(
  db: Db,
  { organizationId, memberId }: EventScope,
  { seq, limit }: Behind,
): Promise<readonly Selectable<Tables['event']>[]> {
  const next = db
    .selectFrom('event')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('seq', '>', seq)
    .orderBy('seq')
    .limit(limit)
  if (memberId === null) return next.execute()
  // Each through its own part of the index: of a large organization's events few concern one member.
  const own = next.where('member_id', '=', memberId)
  const everybodys = next.where('member_id', 'is', null)
  const { rows } = await sql<Selectable<Tables['event']>>`
    SELECT * FROM (${own} UNION ALL ${everybodys}) AS event ORDER BY seq LIMIT ${limit}`.execute(db)
  return rows
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
