import {
  snapshotOfStored,
  type CallSnapshot,
  type EventScope,
  type EventStore,
  type NewEvent,
  type StoredEvent,
} from '#calls'
import type { CallId } from '#kernel'
import { type Selectable, sql } from 'kysely'
import type { Db } from './connection.ts'
import { callFromRow } from './calls.ts'
import type { Tables } from './tables.ts'
import { anyOf, timestamp } from './values.ts'

export function openEventStore(db: Db, writer: Pick<EventStore, 'append'>): EventStore {
  return {
    append: (events) => writer.append(events),
    async since(seq, scope, limit) {
      const rows = await selectEvents(db, scope, { seq, limit })
      const calls = await callsById(
        db,
        rows.filter(({ type }) => type === 'call-changed').map((row) => row.call_id),
      )
      return rows.map((row) => eventFromRow(row, calls.get(row.call_id)))
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

/** What of a snapshot is the same as long as the call is: it is read from the call's row, where a number can be erased. */
const CALLS_OWN = ['memberId', 'dialled', 'calleeId', 'isByNumber', 'number', 'callerNumber', 'placedAt'] as const
/** What a snapshot has when nothing is said of it. */
const NOTHING: Partial<CallSnapshot> = {
  answeredAt: null,
  isOnHold: false,
  paidUntil: null,
  leftMs: null,
  isLastMinute: false,
  endedAt: null,
  endReason: null,
}

/** An event on its way into its row (`write_down`). */
export function eventToGiven({ type, payload: { callId, ...payload }, organizationId, memberId, at }: NewEvent) {
  const said = type === 'call-changed' ? Object.entries(payload).filter(isSaid) : Object.entries(payload)
  return { type, payload: Object.fromEntries(said), callId, organizationId, memberId, at: timestamp(at) }
}

const isSaid = ([name, value]: readonly [string, unknown]): boolean =>
  !(CALLS_OWN as readonly string[]).includes(name) && NOTHING[name as keyof CallSnapshot] !== value

async function callsById(
  db: Db,
  ids: readonly CallId[],
): Promise<ReadonlyMap<CallId, Pick<CallSnapshot, (typeof CALLS_OWN)[number]>>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('call')
    .selectAll()
    .where('id', '=', anyOf([...new Set(ids)]))
    .execute()
  return new Map(rows.map((row) => [row.id, ownOf(snapshotOfStored(callFromRow(row)))]))
}

const ownOf = (snapshot: CallSnapshot) =>
  Object.fromEntries(CALLS_OWN.map((name) => [name, snapshot[name]])) as Pick<CallSnapshot, (typeof CALLS_OWN)[number]>

/** Type and payload belong together: they were written as one event. Those of before whose call is gone say all themselves. */
const eventFromRow = (row: Selectable<Tables['event']>, call: object | undefined): StoredEvent =>
  ({
    seq: row.seq,
    organizationId: row.organization_id,
    memberId: row.member_id,
    type: row.type,
    payload: { callId: row.call_id, ...(row.type === 'call-changed' ? { ...NOTHING, ...call } : {}), ...row.payload },
    at: row.at,
  }) as StoredEvent
