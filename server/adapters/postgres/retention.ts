import type { Instant } from '#kernel'
import { sql } from 'kysely'
import type { Db } from './connection.ts'
import type { Monthly, Months } from './months.ts'
import { timestamp } from './values.ts'

/** A step of what is kept no longer: a month's table that was dropped, or some rows of one that must stay. */
export type Expired = { readonly part: string; readonly deleted: number | null }

export type Retention = {
  /** The tables of this month and the next. */
  makeMonths(at: Instant): Promise<void>
  /** One step; `null`: nothing is left to do, or another server is at it. */
  expire(at: Instant): Promise<Expired | null>
}

/** So many rows at once: nobody who writes waits for them. */
const MOST_ROWS = 5_000
const ALL: readonly Monthly[] = ['decision', 'record', 'event']

export const openRetention = (db: Db, months: Months): Retention => ({
  async makeMonths(at) {
    for (const kind of ALL) await months.ready(kind, at)
  },
  async expire(at) {
    const { rows } = await sql<{ readonly part: string | null; readonly deleted: number | null }>`
      SELECT part, deleted FROM expire(${timestamp(at)}, ${MOST_ROWS})`.execute(db)
    const { part, deleted } = rows[0]!
    return part === null ? null : { part, deleted }
  },
})
