import { type Kysely, sql } from 'kysely'

/** How much of a log is in its file no more, because the file was begun anew. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw('ALTER TABLE engine_log_file ADD COLUMN rotated_bytes bigint NOT NULL DEFAULT 0').execute(db)
}
