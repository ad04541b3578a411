import type { Instant } from '#kernel'
import { type RawBuilder, sql } from 'kysely'

/** An instant on its way into a `timestamptz`. */
export const timestamp = (at: Instant): Date => new Date(at)
export const maybeTimestamp = (at: Instant | null): Date | null => (at === null ? null : new Date(at))

/** The same, to compare a column with. */
export const asTimestamp = (at: number): RawBuilder<Instant> => sql<Instant>`${new Date(at)}`

/** `column = any(…)`: one parameter for the whole list. */
export const anyOf = <T>(values: readonly T[]): RawBuilder<T> => sql<T>`any(${values})`
