-- Ends of calls for who was away. What a call did before its end is told by who has it, and kept by nobody.

DO $$
DECLARE
  part text;
BEGIN
  FOR part IN SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = 'event'::regclass LOOP
    EXECUTE format('ALTER TABLE %I RENAME TO %I', part, part || '_of_before');
  END LOOP;
END $$;
ALTER TABLE event RENAME TO event_of_before;
DROP INDEX event_scope, event_member, event_everybodys, event_seq;
CREATE TABLE event (
  seq bigint NOT NULL,
  -- It is in the month of its call, as the record is.
  placed_at timestamptz NOT NULL,
  left_ms bigint NOT NULL,
  organization_id uuid NOT NULL,
  member_id uuid NOT NULL,
  call_id uuid NOT NULL
) PARTITION BY RANGE (placed_at);
ALTER SEQUENCE event_number OWNED BY event.seq;
CREATE TABLE end_of_before AS
  WITH told AS (SELECT DISTINCT ON (call_id, member_id) call_id, member_id, (payload->>'leftMs')::bigint AS left_ms
    FROM event_of_before WHERE type = 'minutes-left' AND member_id IS NOT NULL ORDER BY call_id, member_id, seq DESC)
  SELECT seq, record.placed_at, left_ms, one.organization_id, one.member_id, one.call_id
    FROM event_of_before AS one JOIN told USING (call_id, member_id) JOIN record ON record.call_id = one.call_id AND supersedes IS NULL
    WHERE type = 'call-ended';
SELECT month_partition('event', month) FROM (
  SELECT DISTINCT date_trunc('month', placed_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS month FROM end_of_before) AS written;
INSERT INTO event SELECT * FROM end_of_before ORDER BY seq;
DROP TABLE end_of_before, event_of_before;
CREATE INDEX event_scope ON event (organization_id, seq);
CREATE INDEX event_member ON event (member_id, seq);
-- Which of some are there is asked once, after a crash.
CREATE INDEX event_seq ON event USING brin (seq) WITH (pages_per_range = 16, autosummarize = on);

CREATE OR REPLACE FUNCTION write_down(calls jsonb, meters jsonb, legs jsonb, events jsonb, OUT seqs bigint[], OUT written_to bigint, OUT flushed_to bigint)
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
    SELECT array_agg(nextval('event_number') ORDER BY place) INTO seqs FROM jsonb_array_elements(events) WITH ORDINALITY AS given (entry, place);
    -- What is no end gets a number, and no row.
    INSERT INTO event SELECT row.* FROM jsonb_array_elements(events) WITH ORDINALITY AS given (entry, place),
        jsonb_populate_record(NULL::event, entry || jsonb_build_object('seq', seqs[place])) AS row
      WHERE jsonb_typeof(entry) = 'object';
  END IF;
END $$;
