import { codeFromName, codesLike } from '#directory'
import { type Kysely, sql } from 'kysely'

/** Each organization gets a code from its name, the older one first. Logins stay as they are. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE organization ADD COLUMN code text`.execute(db)
  await codeOrganizations(db)
  await sql.raw(coded).execute(db)
}

const coded = `
  ALTER TABLE organization ALTER COLUMN code SET NOT NULL,
    ADD CONSTRAINT organization_code_unique UNIQUE (code),
    ADD CONSTRAINT organization_code_form CHECK (code ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(code) <= 32);
`

async function codeOrganizations(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ id: string; name: string }>`SELECT id, name FROM organization ORDER BY id`.execute(db)
  // What follows an @ in a login of today is nobody's code tomorrow: new logins never meet old ones.
  const suffixes = await sql<{ suffix: string }>`
    SELECT DISTINCT substring(login FROM '@([^@]*)$') AS suffix FROM member WHERE login LIKE '%@%'`.execute(db)
  const taken = new Set(suffixes.rows.map(({ suffix }) => suffix))
  for (const { id, name } of rows) {
    for (const code of codesLike(codeFromName(name))) {
      if (taken.has(code)) continue
      taken.add(code)
      await sql`UPDATE organization SET code = ${code} WHERE id = ${id}`.execute(db)
      break
    }
  }
}
