import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(changes).execute(db)
  await sql.raw(grant).execute(db)
}

const changes = `
  -- How many members have a pool of their own in a month; NULL = all.
  ALTER TABLE subscription ADD COLUMN seats int CHECK (seats >= 0);

  -- A call's draws are pinned with the rest of what meters it.
  UPDATE call SET metering = metering || jsonb_build_object('draws', version.terms->'draws', 'monthlyGrant', version.terms->'monthlyGrant')
    FROM plan_version AS version WHERE version.id = (call.terms->>'planVersionId')::uuid;
  -- A slice is named for what is held, and no longer counted.
  ALTER TABLE call DROP COLUMN slice;
`

/** Tells an operation that was applied before from a new one, so that whoever writes it down does so once. */
const grant = `
  CREATE OR REPLACE FUNCTION ledger_grant(
    the_operation uuid, the_organization uuid, the_pool uuid, ms bigint, actor text, note text, at timestamptz
  ) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  DECLARE
    next_seq bigint;
  BEGIN
    SELECT seq + 1 INTO next_seq FROM pool WHERE id = the_pool AND organization_id = the_organization FOR UPDATE;
    IF next_seq IS NULL THEN
      RETURN 'pool-unknown';
    END IF;
    IF EXISTS (SELECT FROM ledger WHERE operation_id = the_operation AND pool_id = the_pool) THEN
      RETURN 'repeated';
    END IF;
    INSERT INTO ledger VALUES (the_pool, next_seq, the_operation, 'grant', NULL, ms, 0, 0, actor, note, at);
    UPDATE pool SET granted_ms = granted_ms + ms, seq = next_seq WHERE id = the_pool;
    RETURN 'done';
  END $$;
`
