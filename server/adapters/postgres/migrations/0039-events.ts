import { readFileSync } from 'node:fs'
import { type Kysely, sql } from 'kysely'
import { grantReadAndInsert } from './protection.ts'

/** Events without what their call says, which no erasure would find there; and no number outlives the last that names it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(readFileSync(new URL('./0039-events.sql', import.meta.url), 'utf8')).execute(db)
  await grantReadAndInsert(db, ['event'])
}
