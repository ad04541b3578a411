import { searchTextOf, sortKeyOf, type Member } from '#directory'
import { type Kysely, sql } from 'kysely'

/** Everybody's keys are made anew: names are sorted and found as they are read. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (let after: string | null = null; ;) {
    const { rows }: { readonly rows: readonly Sought[] } = await sql<Sought>`
      SELECT id, name, login, extension, tags FROM member
       WHERE ${after}::uuid IS NULL OR id > ${after}::uuid ORDER BY id LIMIT ${BATCH}`.execute(db)
    if (rows.length === 0) return
    await sql`
      UPDATE member SET sort_key = made.sort_key, search_text = made.search_text
        FROM unnest(${rows.map(({ id }) => id)}::uuid[], ${rows.map(({ name }) => sortKeyOf(name))}::text[],
          ${rows.map(searchTextOf)}::text[]) AS made (id, sort_key, search_text)
       WHERE member.id = made.id`.execute(db)
    after = rows.at(-1)!.id
  }
}

type Sought = Pick<Member, 'id' | 'name' | 'login' | 'extension' | 'tags'>

/** So many at once, whatever their number. */
const BATCH = 1000
