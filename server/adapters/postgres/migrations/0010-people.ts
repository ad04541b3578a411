import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(changes).execute(db)
}

/** Nothing but the demo gave extensions so far; of two that are the same the older member keeps his. */
const changes = `
  ALTER TABLE member ADD COLUMN language text;
  UPDATE member SET extension = NULL WHERE EXISTS (
    SELECT FROM member AS older
     WHERE older.organization_id = member.organization_id AND older.extension = member.extension AND older.id < member.id);
  CREATE UNIQUE INDEX member_extension_unique ON member (organization_id, extension);
`
