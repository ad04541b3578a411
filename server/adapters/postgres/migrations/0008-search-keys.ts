import { searchTextOf, sortKeyOf, type Member } from '#directory'
import { type Kysely, sql } from 'kysely'

/** The keys are made by the domain, which folds text as no function of the database does. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE member ADD COLUMN sort_key text COLLATE "C", ADD COLUMN search_text text`.execute(db)
  await keyMembers(db)
  await sql.raw(keyed).execute(db)
}

const keyed = `
  ALTER TABLE member ALTER COLUMN sort_key SET NOT NULL, ALTER COLUMN search_text SET NOT NULL;
  CREATE INDEX member_by_name ON member (organization_id, sort_key, id);
  CREATE INDEX member_department_members ON member_department (department_id);
`

type Sought = Pick<Member, 'id' | 'name' | 'login' | 'extension' | 'tags'>

/** So many at once, whatever their number. */
const BATCH = 1000

async function keyMembers(db: Kysely<unknown>): Promise<void> {
  for (;;) {
    const { rows } = await sql<Sought>`
      SELECT id, name, login, extension, tags FROM member WHERE sort_key IS NULL LIMIT ${BATCH}`.execute(db)
    if (rows.length === 0) return
    await sql`
      UPDATE member SET sort_key = made.sort_key, search_text = made.search_text
        FROM unnest(${rows.map(({ id }) => id)}::uuid[], ${rows.map(({ name }) => sortKeyOf(name))}::text[],
          ${rows.map(searchTextOf)}::text[]) AS made (id, sort_key, search_text)
       WHERE member.id = made.id`.execute(db)
  }
}
