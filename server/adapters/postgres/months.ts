import type { Instant } from '#kernel'
import { sql } from 'kysely'
import pg from 'pg'
import type { Db } from './connection.ts'
import { timestamp } from './values.ts'

/** What is in tables by month; a record's parties are with it. */
export type Monthly = 'decision' | 'record' | 'event'

/** Whoever writes makes the table of the month, and the next one's ahead; asked once for each month. */
export type Months = {
  ready(kind: Monthly, at: Instant): Promise<void>
  /** Of what could not be written: a table that was missing was dropped since, and is made when it is tried again. Throws on. */
  failed(error: unknown): never
}

export const openMonths = (db: Db): Months =>
  monthsMadeBy((kind, at) => sql`SELECT month_partition(${kind}, ${at})`.execute(db))

export function monthsMadeBy(make: (kind: Monthly, at: Date) => Promise<unknown>): Months {
  const known = new Set<string>()
  return {
    async ready(kind, at) {
      const date = timestamp(at)
      const name = `${kind} ${date.getUTCFullYear()} ${date.getUTCMonth()}`
      if (known.has(name)) return
      await make(kind, date)
      known.add(name)
    },
    failed(error) {
      if (lacksMonth(error)) known.clear()
      throw error
    },
  }
}

/** Postgres says it as a violated check that has no name. */
const lacksMonth = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.code === '23514' && error.constraint === undefined
