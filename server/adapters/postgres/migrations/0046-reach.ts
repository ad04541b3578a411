import { type Kysely, sql } from 'kysely'
import { grantAll } from './protection.ts'

/**
 * How a member is reached, and the browsers that may be woken for him. In tables of their own: what is written to a member’s row
 * makes all facts of his organization be read anew.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(`
  CREATE TABLE reach (
    member_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    do_not_disturb jsonb,
    missed_seen_until timestamptz,
    FOREIGN KEY (organization_id, member_id) REFERENCES member (organization_id, id)
  );
  CREATE TABLE push_subscription (
    endpoint text PRIMARY KEY,
    member_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    session_hash text NOT NULL REFERENCES session ON DELETE CASCADE,
    p256dh text NOT NULL,
    auth text NOT NULL,
    created_at timestamptz NOT NULL,
    FOREIGN KEY (organization_id, member_id) REFERENCES member (organization_id, id)
  );
  CREATE INDEX push_subscription_member ON push_subscription (member_id, created_at);
  CREATE INDEX push_subscription_session ON push_subscription (session_hash);
  `)
    .execute(db)
  await grantAll(db, ['reach', 'push_subscription'])
}
