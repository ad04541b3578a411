import { readFileSync } from 'node:fs'
import { type Kysely, sql } from 'kysely'
import { grantReadAndInsert } from './protection.ts'

/** Of a call its end alone is an event that is kept: the record says the rest. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(readFileSync(new URL('./0040-ends.sql', import.meta.url), 'utf8')).execute(db)
  await grantReadAndInsert(db, ['event'])
}
