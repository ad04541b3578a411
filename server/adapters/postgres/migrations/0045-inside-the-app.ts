import { readFileSync } from 'node:fs'
import { type Kysely, sql } from 'kysely'

/** A decision, a record and an end of a call that no number leads to and nobody pays for. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(readFileSync(new URL('./0045-inside-the-app.sql', import.meta.url), 'utf8')).execute(db)
}
