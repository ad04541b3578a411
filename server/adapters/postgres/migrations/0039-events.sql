-- An event says what became different; whose call it was, and whom it led to, its call says.

DO $$
DECLARE
  part text;
BEGIN
  FOR part IN SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = 'event'::regclass LOOP
    EXECUTE format('ALTER TABLE %I RENAME TO %I', part, part || '_of_before');
  END LOOP;
END $$;
ALTER TABLE event RENAME TO event_of_before;
ALTER TABLE event_of_before RENAME CONSTRAINT event_pkey TO event_of_before_pkey;
DROP INDEX event_scope, event_member;
-- Numbers are given out once (`write_down`): no key is needed to keep two from being the same.
CREATE TABLE event (
  seq bigint NOT NULL DEFAULT nextval('event_number'),
  at timestamptz NOT NULL,
  organization_id uuid NOT NULL,
  member_id uuid,
  call_id uuid NOT NULL,
  type text NOT NULL,
  -- Without what is nothing, and what the call's row says.
  payload jsonb NOT NULL
) PARTITION BY RANGE (at);
ALTER SEQUENCE event_number OWNED BY event.seq;
SELECT month_partition('event', month) FROM (
  SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS month FROM event_of_before) AS written;
INSERT INTO event SELECT seq, at, organization_id, member_id, (payload->>'callId')::uuid, type,
    CASE WHEN type = 'call-changed' AND EXISTS (SELECT FROM call WHERE id = (payload->>'callId')::uuid)
      THEN jsonb_strip_nulls(payload) - '{callId,memberId,dialled,calleeId,isByNumber,number,callerNumber,placedAt}'::text[] ELSE payload - 'callId' END
  FROM event_of_before WHERE payload ? 'callId' ORDER BY seq;
DROP TABLE event_of_before;
CREATE INDEX event_scope ON event (organization_id, seq);
CREATE INDEX event_member ON event (member_id, seq) WHERE member_id IS NOT NULL;
CREATE INDEX event_everybodys ON event (organization_id, seq) WHERE member_id IS NULL;
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
    WITH told AS (
      INSERT INTO event (at, organization_id, member_id, call_id, type, payload)
        SELECT (entry->>'at')::timestamptz, (entry->>'organizationId')::uuid, (entry->>'memberId')::uuid, (entry->>'callId')::uuid, entry->>'type',
          entry->'payload'
          FROM jsonb_array_elements(events) WITH ORDINALITY AS given (entry, place) ORDER BY place
        RETURNING event.seq)
    SELECT array_agg(told.seq ORDER BY told.seq) INTO seqs FROM told;
  END IF;
END $$;

-- A number is kept as long as a decision or a record names it.
-- Those of whom something went: whether they go as well is looked at afterwards.
CREATE TABLE number_doubted (id bigint PRIMARY KEY);

CREATE OR REPLACE FUNCTION expire(asked_at timestamptz, most int, OUT part text, OUT deleted int) LANGUAGE plpgsql SECURITY DEFINER
  SET lock_timeout = '1s' AS $$
DECLARE
  over record;
  unfinished uuid[];
  -- Of whom nothing, or of whom alone something, has expired.
  named uuid[];
  is_expired text;
  is_left boolean;
  doubted bigint[];
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('expire', 0)) THEN RETURN; END IF;
  -- Until the transaction ends. With the function itself only a superuser could set it.
  PERFORM set_config('tandem.expires', 'on', true);
  unfinished := unfinished_calls();
  FOR over IN
    WITH month AS (SELECT kind, relname::text AS name,
        (to_timestamp(substr(relname, length(kind) + 2), 'YYYY_MM')::timestamp + interval '1 month') AT TIME ZONE 'UTC' AS until
      FROM unnest('{decision,record,event}'::text[]) AS kind
        JOIN pg_inherits ON inhparent = to_regclass(kind) JOIN pg_class ON pg_class.oid = inhrelid)
    SELECT month.kind, name, array_agg(jurisdiction) FILTER (WHERE is_over) AS overs,
        array_agg(jurisdiction) FILTER (WHERE NOT is_over) AS kept, bool_or(is_over AND jurisdiction = '*') AS is_usual
      FROM month JOIN LATERAL (SELECT jurisdiction, coalesce(until <= least(asked_at, now()) - keep_months * interval '1 month', false) AS is_over
        FROM retention WHERE retention.kind = month.kind) AS kept ON true
      GROUP BY month.kind, name, until HAVING bool_or(is_over) ORDER BY until, month.kind
  LOOP
    named := ARRAY(SELECT id FROM organization
      WHERE jurisdiction = ANY (CASE WHEN over.is_usual THEN over.kept ELSE over.overs END));
    is_expired := format('organization_id %s ($1) AND call_id <> ALL ($2)', CASE WHEN over.is_usual THEN '<> ALL' ELSE '= ANY' END);
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE (%s) IS NOT TRUE)', over.name, is_expired) INTO is_left USING named, unfinished;
    part := over.name;
    deleted := NULL;
    IF NOT is_left THEN
      IF over.kind <> 'event' THEN
        EXECUTE format('INSERT INTO number_doubted SELECT DISTINCT number_id FROM %I ON CONFLICT DO NOTHING', part);
      END IF;
      IF over.kind = 'record' THEN
        -- In the order in which who writes a record takes them.
        LOCK TABLE record, record_party IN ACCESS EXCLUSIVE MODE;
        EXECUTE format('DROP TABLE %I', replace(part, 'record', 'record_party'));
      END IF;
      EXECUTE format('DROP TABLE %I', part);
      RETURN;
    END IF;
    IF over.kind = 'record' THEN
      -- A record goes with its corrections.
      EXECUTE format('WITH calls AS MATERIALIZED (SELECT DISTINCT call_id FROM (SELECT call_id FROM %1$I WHERE %2$s LIMIT $3) AS few),
        parties AS (DELETE FROM %3$I USING %1$I AS one, calls WHERE record_id = one.id AND one.call_id = calls.call_id),
        gone AS (DELETE FROM %1$I USING calls WHERE %1$I.call_id = calls.call_id RETURNING number_id),
        doubted AS (INSERT INTO number_doubted SELECT DISTINCT number_id FROM gone ON CONFLICT DO NOTHING)
        SELECT count(*) FROM gone', part, is_expired, replace(part, 'record', 'record_party')) INTO deleted USING named, unfinished, most;
    ELSIF over.kind = 'decision' THEN
      EXECUTE format('WITH gone AS (DELETE FROM %1$I WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$I WHERE %2$s LIMIT $3)) RETURNING number_id),
        doubted AS (INSERT INTO number_doubted SELECT DISTINCT number_id FROM gone ON CONFLICT DO NOTHING)
        SELECT count(*) FROM gone', part, is_expired) INTO deleted USING named, unfinished, most;
    ELSE
      EXECUTE format('WITH gone AS (DELETE FROM %1$I WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$I WHERE %2$s LIMIT $3)) RETURNING 1)
        SELECT count(*) FROM gone', part, is_expired) INTO deleted USING named, unfinished, most;
    END IF;
    IF deleted > 0 THEN RETURN; END IF;
  END LOOP;
  part := NULL;
  deleted := NULL;
  -- Then numbers that nothing names any more. Whoever is about to name one holds the table until he has; few at once, for
  -- meanwhile nobody places a call.
  doubted := ARRAY(SELECT id FROM number_doubted ORDER BY id DESC LIMIT least(most, 200));
  IF cardinality(doubted) = 0 THEN RETURN; END IF;
  LOCK TABLE number IN ACCESS EXCLUSIVE MODE;
  DELETE FROM number_doubted WHERE id = ANY (doubted);
  WITH gone AS (DELETE FROM number WHERE id = ANY (doubted)
        AND NOT EXISTS (SELECT FROM decision WHERE number_id = number.id) AND NOT EXISTS (SELECT FROM record WHERE number_id = number.id)
        AND NOT EXISTS (SELECT FROM number AS writing WHERE writing.leads_to = number.id)
        -- What an organization shows is its own.
        AND NOT EXISTS (SELECT FROM number_right WHERE number_right.organization_id = number.organization_id AND number_right.number = text)
      RETURNING leads_to),
    again AS (INSERT INTO number_doubted SELECT DISTINCT leads_to FROM gone WHERE leads_to IS NOT NULL ON CONFLICT DO NOTHING)
    SELECT 'number', count(*) INTO part, deleted FROM gone;
END $$;

DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION expire SET search_path = %I, pg_temp', current_schema);
END $$;
