import { type Kysely, sql } from 'kysely'

/** Of older records nobody knows whether a colleague or a number was called: neither column says so. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE record ADD COLUMN callee_id uuid, ADD COLUMN is_by_number boolean NOT NULL DEFAULT false`.execute(
    db,
  )
}
