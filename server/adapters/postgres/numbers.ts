import type { OrganizationId } from '#kernel'
import type { Erased, NumberStore } from '#records'
import { type RawBuilder, sql } from 'kysely'
import type { Db } from './connection.ts'
import { partOf } from './lists.ts'
import { anyOf, timestamp } from './values.ts'

/** What was dialled, found or made in the statement that writes what refers to it. */
export const numberIdOf = (organizationId: OrganizationId, text: string | null, ledTo: string | null = null) =>
  sql<number>`number_id(${organizationId}, ${text}, ${ledTo})`

/** What a number's row says now; nothing where it was erased, or where there is none. A look into its key, for each row that is shown. */
export const textOf = (id: string): RawBuilder<string> =>
  sql<string>`coalesce((SELECT text FROM number WHERE number.id = ${sql.ref(id)}), '')`

/** Where what was written led: the same row, unless it is how somebody wrote another. */
export const ledToBy = (id: string): RawBuilder<string> =>
  sql<string>`coalesce((SELECT target.text FROM number JOIN number AS target ON target.id = coalesce(number.leads_to, number.id)
    WHERE number.id = ${sql.ref(id)}), '')`

/** More than this are not looked up one by one: then nearly each row of the list has one. */
const MOST_FOUND = 1_000

type Sought = { readonly organizationId: OrganizationId; readonly id: string }

/** Rows whose number has these digits in it; `null`: none has. The numbers are looked up first, so that it is known how few they are. */
export async function hasDigits(
  db: Db,
  { organizationId, id }: Sought,
  digits: string,
): Promise<RawBuilder<boolean> | null> {
  const has = (text: string) => sql<boolean>`regexp_replace(${sql.ref(text)}, '\\D', '', 'g') LIKE ${partOf(digits)}`
  const found = await db
    .selectFrom('number')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('text', 'is not', null)
    .where(has('text'))
    // So that few digits, which many have, are found along an index.
    .orderBy('text')
    .limit(MOST_FOUND + 1)
    .execute()
  if (found.length === 0) return null
  if (found.length <= MOST_FOUND) return sql<boolean>`${sql.ref(id)} = ${anyOf(found.map((one) => one.id))}`
  return sql<boolean>`(SELECT ${has('number.text')} FROM number WHERE number.id = ${sql.ref(id)})`
}

/** Rows that led to one of these, whole. */
export async function isOneOf(
  db: Db,
  { organizationId, id }: Sought,
  texts: readonly string[],
): Promise<RawBuilder<boolean> | null> {
  if (texts.length === 0) return null
  const found = await db
    .selectFrom('number')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('text', '=', anyOf(texts as string[]))
    .execute()
  return found.length === 0 ? null : sql<boolean>`${sql.ref(id)} = ${anyOf(found.map((one) => one.id))}`
}

export const openNumberStore = (db: Db): NumberStore => ({
  async erase({ organizationId, e164, national, at, actor }) {
    const { rows } = await sql<Erased>`SELECT numbers, calls, unfinished
      FROM erase_number(${organizationId}, ${e164}, ${national}, ${timestamp(at)}, ${actor})`.execute(db)
    return rows[0]!
  },
})
