import { readFileSync } from 'node:fs'
import { type Kysely, sql } from 'kysely'
import { grantAll } from './protection.ts'

/** A call that is over leaves its rows: its record has what is asked of it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(readFileSync(new URL('./0041-ended-calls.sql', import.meta.url), 'utf8')).execute(db)
  await grantAll(db, ['call', 'party', 'leg'])
  await sql.raw('GRANT SELECT ON paying_leg_of_before TO tandem_app').execute(db)
}
