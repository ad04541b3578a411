import { readFileSync } from 'node:fs'
import { type Kysely, sql } from 'kysely'

/** Erasing meets whoever writes the number just then, and calls that nothing can be made of. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(readFileSync(new URL('./0043-erased-while-written.sql', import.meta.url), 'utf8')).execute(db)
}
