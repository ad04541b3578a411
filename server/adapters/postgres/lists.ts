import type { Cursor } from '#kernel'
import { type RawBuilder, sql } from 'kysely'
import { asTimestamp } from './values.ts'

/**
 * What follows a cursor in a list that has the newest first and rows of one instant by descending id. Compared as one row
 * value (PostgreSQL manual, 9.25.5), so that an index on both columns begins where the page does.
 */
export const olderThan = (columns: { readonly at: string; readonly id: string }, cursor: Cursor): RawBuilder<boolean> =>
  sql<boolean>`(${sql.ref(columns.at)}, ${sql.ref(columns.id)}) < (${asTimestamp(cursor.key)}, ${cursor.id}::uuid)`

/** A pattern of `LIKE` for any text with this part; `%`, `_` and `\` stand for themselves. */
export const partOf = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`

export const digitsOf = (text: string): string => text.replace(/\D/g, '')
