import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { atMost, type BenchRow } from './row.ts'
import type { Stage } from './stage.ts'

export async function connected({ tandem }: Stage): Promise<pg.Client> {
  const { database } = JSON.parse(readFileSync(join(tandem.data, 'run/runtime.json'), 'utf8'))
  const client = new pg.Client({ connectionString: database.appUrl })
  await client.connect()
  return client
}

export const numberOf = async (postgres: pg.Client, sql: string): Promise<number> =>
  Number((await postgres.query(`SELECT (${sql}) AS value`)).rows[0].value)

export const walBytes = (postgres: pg.Client): Promise<number> =>
  numberOf(postgres, `pg_current_wal_insert_lsn() - '0/0'::pg_lsn`)

/** Of those that were placed since `since`, a time of the database's: every bench lets its caller talk, and one side hang up. */
export async function unlikeTalks(postgres: pg.Client, since: string): Promise<BenchRow> {
  const value = await numberOf(
    postgres,
    `SELECT count(*) FROM record WHERE placed_at > '${since}' AND (answered_at IS NULL OR end_reason NOT IN ('hangup-caller', 'hangup-callee'))`,
  )
  return atMost('  of all calls, recorded as anything but a talk', { value, unit: 'calls' }, 0)
}

/** To the microsecond. */
export const databaseNow = async (postgres: pg.Client): Promise<string> =>
  (await postgres.query('SELECT now()::text AS now')).rows[0].now

export const bytesOnDisk = (postgres: pg.Client): Promise<number> =>
  numberOf(postgres, `SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind IN ('r', 'm')`)
