import { readFileSync } from 'node:fs'
import { type Kysely, sql } from 'kysely'
import { grantAll } from './protection.ts'

/** A key of a request, its caller and its body were 140 bytes, twice; as hashes they are 32, and 16 again. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(readFileSync(new URL('./0042-keys.sql', import.meta.url), 'utf8')).execute(db)
  await grantAll(db, ['idempotency'])
}
