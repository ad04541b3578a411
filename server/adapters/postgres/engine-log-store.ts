import type { EngineLogLine, EngineLogStore } from '#calls'
import { sql } from 'kysely'
import type { Selectable } from 'kysely'
import type { Db } from './connection.ts'
import type { Tables } from './tables.ts'
import { anyOf } from './values.ts'

export function openEngineLogStore(db: Db): EngineLogStore {
  return {
    async positions() {
      const files = await db.selectFrom('engine_log_file').selectAll().execute()
      return new Map(
        files.map((file) => [file.boot_id, { importedBytes: file.imported_bytes, rotatedBytes: file.rotated_bytes }]),
      )
    },
    append: (...parts) => append(db, ...parts),
    async linesOf(channelIds) {
      if (channelIds.length === 0) return []
      const rows = await db
        .selectFrom('engine_event')
        .selectAll()
        .where('channel_id', '=', anyOf(channelIds))
        .orderBy('at')
        .orderBy('byte_offset')
        .execute()
      return rows.map(lineFromRow)
    },
    async oldestCallAt() {
      const { at } = await db
        .selectFrom('call')
        .select(({ fn }) => fn.min('placed_at').as('at'))
        .where('ended_at', 'is', null)
        .executeTakeFirstOrThrow()
      return at
    },
    async lastLineAt(bootId) {
      const last = await db
        .selectFrom('engine_event')
        .select('at')
        .where('boot_id', '=', bootId)
        .orderBy('at', 'desc')
        .limit(1)
        .executeTakeFirst()
      return last?.at ?? null
    },
  }
}

async function append(db: Db, ...[bootId, lines, position]: Parameters<EngineLogStore['append']>): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await sql`
      INSERT INTO engine_event
      SELECT ${bootId}, (line->>'byteOffset')::bigint, line->>'type', to_timestamp((line->>'at')::numeric / 1000), line->>'channelId',
             line->>'linkedId', line->>'callId', line->>'channelName', line->>'peer', line->'extra'
        FROM jsonb_array_elements(${JSON.stringify(lines)}) AS line
      ON CONFLICT DO NOTHING`.execute(transaction)
    await sql`
      INSERT INTO engine_log_file (boot_id, imported_bytes, rotated_bytes)
      VALUES (${bootId}, ${position.importedBytes}, ${position.rotatedBytes})
      ON CONFLICT (boot_id) DO UPDATE
        SET imported_bytes = greatest(engine_log_file.imported_bytes, excluded.imported_bytes),
            rotated_bytes = greatest(engine_log_file.rotated_bytes, excluded.rotated_bytes)`.execute(transaction)
  })
}

const lineFromRow = (row: Selectable<Tables['engine_event']>): EngineLogLine & { readonly bootId: string } => ({
  bootId: row.boot_id,
  byteOffset: row.byte_offset,
  type: row.type,
  at: row.at,
  channelId: row.channel_id,
  linkedId: row.linked_id,
  callId: row.call_id,
  channelName: row.channel_name,
  peer: row.peer,
  extra: row.extra,
})
