import { readFileSync } from 'node:fs'
import { type Kysely, sql } from 'kysely'
import { grantReadAndInsert, makeAppendOnly } from './protection.ts'

/** Decisions and records name what was dialled by id, so that it can be erased and they stay as they are. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(readFileSync(new URL('./0038-numbers.sql', import.meta.url), 'utf8')).execute(db)
  await grantReadAndInsert(db, ['decision', 'record', 'record_party'])
  await makeAppendOnly(db, ['decision', 'record', 'record_party'])
}
