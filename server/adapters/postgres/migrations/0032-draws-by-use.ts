import { type Kysely, sql } from 'kysely'

/**
 * A plan says for each use of a leg which pools it draws (decision 0018); what was said of one leg was meant of any. Meters of
 * calls have the list of their leg, and stay. Facts are what was read then, and stay, too.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(change).execute(db)
}

// Versions are written once, by whomever, so the trigger is off for this statement alone; nobody else sees it so.
const change = `
  ALTER TABLE plan_version DISABLE TRIGGER append_only;
  UPDATE plan_version
    SET terms = terms || jsonb_build_object('draws', jsonb_build_object('initiator', terms->'draws', 'participant', terms->'draws'))
    WHERE jsonb_typeof(terms->'draws') = 'array';
  ALTER TABLE plan_version ENABLE TRIGGER append_only;
`
