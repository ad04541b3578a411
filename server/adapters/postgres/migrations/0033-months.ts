import { readFileSync } from 'node:fs'
import { type Kysely, sql } from 'kysely'
import { grantReadAndInsert, makeAppendOnly } from './protection.ts'

/** Records and events have a table a month, as decisions have; how long each kind is kept is said by jurisdiction. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(readFileSync(new URL('./0033-months.sql', import.meta.url), 'utf8')).execute(db)
  await grantReadAndInsert(db, ['record', 'record_party', 'event'])
  await makeAppendOnly(db, ['record', 'record_party'])
}
