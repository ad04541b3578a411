import { type Kysely, sql } from 'kysely'

/**
 * The decisions that are counted for a day (`typedInVain` of the world, whose conditions these are), and no others: what is
 * refused once the count is full makes counting no dearer.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(`
    CREATE INDEX decision_typed ON decision ((attempt->>'callerId'), at)
      WHERE attempt->>'calleeId' IS NULL AND coalesce(admission->'refusal'->>'code', '') NOT IN (
        'emergency-number', 'organization-suspended', 'member-suspended', 'too-many-attempts', 'number-invalid',
        'several-numbers', 'keys-invalid', 'caller-barred', 'callee-not-colleague', 'callee-not-contact')
  `)
    .execute(db)
}
