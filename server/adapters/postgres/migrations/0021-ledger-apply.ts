import { readFileSync } from 'node:fs'
import { type Kysely, sql } from 'kysely'

/** Reserves of several legs are taken together (decision 0018). Who asks as before is answered as before. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw('DROP FUNCTION ledger_apply').execute(db)
  await sql.raw(readFileSync(new URL('./0021-ledger-apply.sql', import.meta.url), 'utf8')).execute(db)
  // Whoever has the owner's rights is led to no table of its caller's: see `0016-private-names.ts`.
  await sql
    .raw(`
    DO $$ BEGIN
      EXECUTE format('ALTER FUNCTION ledger_apply SET search_path = %I, pg_temp', current_schema);
    END $$`)
    .execute(db)
}
