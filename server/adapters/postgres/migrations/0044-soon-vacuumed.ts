import { type Kysely, sql } from 'kysely'

/**
 * What every call writes and deletes again: its room is free for the next one once it was vacuumed, and thousands of calls are
 * over in the minutes that a fifth of a table takes. These are small, so looking through them costs little.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const table of ['call', 'party', 'leg'])
    await sql
      .raw(`ALTER TABLE ${table} SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)`)
      .execute(db)
}
