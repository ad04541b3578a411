import { readFileSync } from 'node:fs'
import { type Kysely, sql } from 'kysely'

/** The same function, faster: fewer statements, rows written where they were read (decision 0005). */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(readFileSync(new URL('./0019-ledger-apply.sql', import.meta.url), 'utf8')).execute(db)
  // Whoever has the owner's rights is led to no table of its caller's: see `0016-private-names.ts`.
  await sql
    .raw(`
    DO $$ BEGIN
      EXECUTE format('ALTER FUNCTION ledger_apply SET search_path = %I, pg_temp', current_schema);
    END $$`)
    .execute(db)
}
