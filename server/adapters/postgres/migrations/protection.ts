import { type Kysely, sql } from 'kysely'

/** What the application may do with ordinary tables. */
export async function grantAll(db: Kysely<unknown>, tables: readonly string[]): Promise<void> {
  await sql.raw(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${tables.join(', ')} TO tandem_app`).execute(db)
}

export async function grantReadAndInsert(db: Kysely<unknown>, tables: readonly string[]): Promise<void> {
  await sql.raw(`GRANT SELECT, INSERT ON ${tables.join(', ')} TO tandem_app`).execute(db)
}

/**
 * Written once: nobody edits or empties these tables, the owner included. (The application's role lacks the rights as
 * well; a trigger alone could be switched off, rights alone don't bind the owner.)
 */
export async function makeAppendOnly(db: Kysely<unknown>, tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    await sql
      .raw(`
      REVOKE UPDATE, DELETE, TRUNCATE ON ${table} FROM tandem_app;
      CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
    `)
      .execute(db)
  }
}
