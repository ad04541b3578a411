import { type Kysely, sql } from 'kysely'

/** One index for each list and filter, in the list's order, so that a page costs what is on it, however long the list is. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(extension).execute(db)
  for (const tables of [records, calls, decisions, others]) await sql.raw(tables).execute(db)
}

/** Parts of numbers are found by their trigrams. A trusted extension: who may create in the database may install it. */
const extension = 'CREATE EXTENSION IF NOT EXISTS pg_trgm'

const records = `
  DROP INDEX record_newest, record_member;
  CREATE INDEX record_newest ON record (organization_id, placed_at, id);
  CREATE INDEX record_member ON record (member_id, placed_at, id);
  CREATE INDEX record_end_reason ON record (organization_id, end_reason, placed_at, id);
  CREATE INDEX record_dialled ON record USING gin (dialled gin_trgm_ops);
`

const calls = `
  DROP INDEX call_newest;
  CREATE INDEX call_newest ON call (organization_id, placed_at, id);
  CREATE INDEX call_member ON call (member_id, placed_at, id);
`

// What is sought of a decision is inside its JSON. Refusals are few beside what was admitted.
const decisions = `
  DROP INDEX decision_newest;
  CREATE INDEX decision_newest ON decision (organization_id, at, id);
  CREATE INDEX decision_member ON decision ((attempt->>'callerId'), at, id);
  CREATE INDEX decision_refused ON decision (organization_id, at, id) WHERE admission->>'admitted' = 'false';
  CREATE INDEX decision_code ON decision (organization_id, (admission->'refusal'->>'code'), at, id)
    WHERE admission->'refusal'->>'code' IS NOT NULL;
  CREATE INDEX decision_dialled ON decision USING gin (regexp_replace(attempt->>'dialled', '\\D', '', 'g') gin_trgm_ops);
`

const others = `
  CREATE INDEX event_member ON event (organization_id, member_id, seq);
  CREATE INDEX session_member ON session (member_id);
`
