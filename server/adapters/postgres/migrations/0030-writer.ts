import { type Kysely, sql } from 'kysely'

/** What all calls have to write while they go on, and all events, in one statement of one connection (`writer.ts`). */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(hotTables).execute(db)
  await sql.raw(writeDown).execute(db)
  await sql.raw(skipEvents).execute(db)
}

/**
 * What an index looks at is `ended_at`, which changes once: a new `state` writes no entry of an index, and the row finds
 * room on its own page.
 */
const hotTables = `
  DROP INDEX call_live;
  CREATE INDEX call_live ON call (organization_id, member_id) WHERE ended_at IS NULL;
  ALTER TABLE call SET (fillfactor = 60);
  ALTER TABLE party SET (fillfactor = 60);
  ALTER TABLE leg SET (fillfactor = 60);
  ALTER TABLE idempotency SET (fillfactor = 60);
`

/**
 * Numbers of events are given out under a lock held until the commit: who reads up to n will never meet a smaller one
 * later. Of the log's two places \`flushed_to\` is what was on the disk, and \`written_to\` is after all that this
 * connection committed before.
 */
const writeDown = `
  CREATE FUNCTION write_down(calls jsonb, meters jsonb, legs jsonb, events jsonb, OUT seqs bigint[], OUT written_to bigint, OUT flushed_to bigint)
  LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
  #variable_conflict use_column
  BEGIN
    written_to := pg_current_wal_insert_lsn() - '0/0'::pg_lsn;
    flushed_to := pg_current_wal_flush_lsn() - '0/0'::pg_lsn;
    IF calls IS NOT NULL THEN
      -- The end is not written here, and a late writer does not revive what ended.
      UPDATE call SET state = given.state, is_on_hold = given.is_on_hold, answered_at = coalesce(given.answered_at, call.answered_at)
        FROM jsonb_to_recordset(calls) AS given (id uuid, state text, is_on_hold boolean, answered_at timestamptz)
        WHERE call.id = given.id AND call.ended_at IS NULL;
    END IF;
    IF meters IS NOT NULL THEN
      UPDATE party SET held_ms = given.held_ms, is_last = given.is_last
        FROM jsonb_to_recordset(meters) AS given (id uuid, held_ms bigint, is_last boolean)
        WHERE party.id = given.id;
    END IF;
    IF legs IS NOT NULL THEN
      INSERT INTO leg (id, call_id, party_id, kind, channel_id, trunk_id, number, started_at, answered_at, ended_at, sip_status, q850_cause, boot_id)
        SELECT id, call_id, party_id, kind, channel_id, trunk_id, number, started_at, answered_at, ended_at, sip_status, q850_cause, boot_id
          FROM jsonb_to_recordset(legs) AS given (id uuid, call_id uuid, party_id uuid, kind text, channel_id text, trunk_id uuid, number text,
            started_at timestamptz, answered_at timestamptz, ended_at timestamptz, sip_status int, q850_cause int, boot_id text)
        ON CONFLICT (id) DO UPDATE SET channel_id = excluded.channel_id, started_at = excluded.started_at, answered_at = excluded.answered_at,
          ended_at = excluded.ended_at, sip_status = excluded.sip_status, q850_cause = excluded.q850_cause, boot_id = excluded.boot_id;
    END IF;
    IF events IS NOT NULL THEN
      PERFORM pg_advisory_xact_lock(hashtextextended('event', 0));
      WITH told AS (
        INSERT INTO event (organization_id, member_id, type, payload, at)
          SELECT (entry->>'organizationId')::uuid, (entry->>'memberId')::uuid, entry->>'type', entry->'payload', (entry->>'at')::timestamptz
            FROM jsonb_array_elements(events) WITH ORDINALITY AS given (entry, place) ORDER BY place
          RETURNING event.seq)
      SELECT array_agg(told.seq ORDER BY told.seq) INTO seqs FROM told;
    END IF;
  END $$;
  REVOKE EXECUTE ON FUNCTION write_down FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION write_down TO tandem_app;
  DROP FUNCTION event_append;
`

/**
 * Numbers that were given out and lost with the machine before they reached the disk are not given to other events: a
 * reader may have followed them. So each writer begins well above them.
 */
const skipEvents = `
  CREATE FUNCTION event_skip() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  DECLARE numbers text := pg_get_serial_sequence('event', 'seq');
  BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('event', 0));
    RETURN setval(numbers, nextval(numbers) + 10000);
  END $$;
  DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION event_skip SET search_path = %I, pg_temp', current_schema);
  END $$;
  REVOKE EXECUTE ON FUNCTION event_skip FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION event_skip TO tandem_app;
`
