-- Records and events in tables by month, as decisions are; and what is kept no longer.

-- Months that are over are emptied by `expire` alone; nothing else is ever changed.
CREATE FUNCTION refuse_change_of_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('tandem.expires', true) = 'on' THEN RETURN NULL; END IF;
  RAISE EXCEPTION '% is written once: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

-- The month and the next. A table that is filled is attached while others go on writing; made as a partition it would wait
-- for all of them. Keys of a record lead to its own month: a correction has the instant of what it corrects.
CREATE FUNCTION month_partition(kind text, at timestamptz) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  month timestamp;
  parent text;
  part text;
BEGIN
  IF kind <> ALL ('{decision,record,event}') THEN
    RAISE EXCEPTION 'there are no months of %', kind USING ERRCODE = 'invalid_parameter_value';
  END IF;
  FOR month IN SELECT date_trunc('month', at AT TIME ZONE 'UTC') + n * interval '1 month' FROM generate_series(0, 1) AS n LOOP
    FOREACH parent IN ARRAY CASE kind WHEN 'record' THEN '{record,record_party}'::text[] ELSE ARRAY[kind] END LOOP
      part := parent || to_char(month, '_YYYY_MM');
      -- Asked of the table and not of to_regclass, which may remember what was so before the lock.
      CONTINUE WHEN EXISTS (SELECT FROM pg_class WHERE relname = part AND relnamespace = current_schema::regnamespace);
      PERFORM pg_advisory_xact_lock(hashtextextended('month_partition', 0));
      CONTINUE WHEN EXISTS (SELECT FROM pg_class WHERE relname = part AND relnamespace = current_schema::regnamespace);
      EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING CONSTRAINTS INCLUDING DEFAULTS INCLUDING STORAGE)', part, parent);
      IF kind <> 'event' THEN
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
          FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_kept()', part);
      END IF;
      EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, part,
        month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
      IF kind = 'record' THEN
        EXECUTE format('ALTER TABLE %I ADD FOREIGN KEY (%s, placed_at) REFERENCES %I (id, placed_at)', part,
          CASE parent WHEN 'record' THEN 'supersedes' ELSE 'record_id' END, 'record' || to_char(month, '_YYYY_MM'));
      END IF;
    END LOOP;
  END LOOP;
END $$;

DROP FUNCTION decision_partition(timestamptz), drop_expired(timestamptz);
DO $$
DECLARE
  part regclass;
BEGIN
  FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'decision'::regclass LOOP
    EXECUTE format('DROP TRIGGER append_only ON %s', part);
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_kept()', part);
  END LOOP;
END $$;

-- How many months of each kind are kept, by the jurisdiction of the organization; '*': where it has no row of its own.
-- NULL: for ever.
ALTER TABLE retention DROP CONSTRAINT retention_pkey;
ALTER TABLE retention ADD COLUMN jurisdiction text NOT NULL DEFAULT '*', ADD COLUMN keep_months int CHECK (keep_months >= 1),
  ADD CHECK (kind IN ('decision', 'record', 'event')), ADD PRIMARY KEY (kind, jurisdiction);
UPDATE retention SET keep_months = ceil(extract(epoch FROM keep) / extract(epoch FROM interval '1 month'));
ALTER TABLE retention DROP COLUMN keep;
INSERT INTO retention (kind) VALUES ('record'), ('event');

-- Records, and who was in them. The instant of the call is in each key, for the months are told apart by it.
ALTER TABLE record RENAME TO record_of_before;
ALTER TABLE record_of_before RENAME CONSTRAINT record_pkey TO record_of_before_pkey;
ALTER TABLE record_party RENAME TO record_party_of_before;
ALTER TABLE record_party_of_before RENAME CONSTRAINT record_party_pkey TO record_party_of_before_pkey;
DROP INDEX record_call, record_corrections, record_newest, record_end_reason, record_dialled, record_party_newest;
CREATE TABLE record (LIKE record_of_before INCLUDING DEFAULTS, PRIMARY KEY (id, placed_at)) PARTITION BY RANGE (placed_at);
CREATE TABLE record_party (
  placed_at timestamptz NOT NULL,
  record_id uuid NOT NULL,
  member_id uuid NOT NULL,
  party_id uuid NOT NULL,
  role text NOT NULL,
  PRIMARY KEY (record_id, party_id, placed_at)
) PARTITION BY RANGE (placed_at);
SELECT month_partition('record', month) FROM (
  SELECT DISTINCT date_trunc('month', placed_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS month FROM record_of_before) AS written;
INSERT INTO record SELECT before.* FROM record_of_before AS before ORDER BY placed_at, id;
INSERT INTO record_party SELECT record_of_before.placed_at, record_id, before.member_id, party_id, role
  FROM record_party_of_before AS before JOIN record_of_before ON record_of_before.id = record_id ORDER BY 1, 2;
DROP TABLE record_party_of_before, record_of_before;
-- One first record of a call, and one correction of each.
CREATE UNIQUE INDEX record_call ON record (call_id, placed_at, supersedes) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX record_supersedes ON record (supersedes, placed_at) WHERE supersedes IS NOT NULL;
CREATE INDEX record_newest ON record (organization_id, placed_at, id);
-- How nearly all calls end is found among all of them.
CREATE INDEX record_end_reason ON record (organization_id, end_reason, placed_at, id)
  WHERE end_reason NOT IN ('hangup-caller', 'hangup-callee', 'no-answer', 'cancelled', 'busy');
CREATE INDEX record_dialled ON record USING gin (dialled gin_trgm_ops);
CREATE INDEX record_party_newest ON record_party (member_id, placed_at, record_id);

-- Events go on from their last number.
ALTER TABLE event RENAME TO event_of_before;
ALTER TABLE event_of_before RENAME CONSTRAINT event_pkey TO event_of_before_pkey;
DROP INDEX event_scope, event_member;
CREATE SEQUENCE event_number;
CREATE TABLE event (
  seq bigint NOT NULL DEFAULT nextval('event_number'),
  at timestamptz NOT NULL,
  organization_id uuid NOT NULL,
  member_id uuid,
  type text NOT NULL,
  payload jsonb NOT NULL,
  PRIMARY KEY (seq, at)
) PARTITION BY RANGE (at);
SELECT setval('event_number', nextval(pg_get_serial_sequence('event_of_before', 'seq')));
ALTER SEQUENCE event_number OWNED BY event.seq;
SELECT month_partition('event', month) FROM (
  SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS month FROM event_of_before) AS written;
INSERT INTO event SELECT seq, at, organization_id, member_id, type, payload FROM event_of_before ORDER BY seq;
DROP TABLE event_of_before;
CREATE INDEX event_scope ON event (organization_id, seq);
CREATE INDEX event_member ON event (organization_id, member_id, seq);

-- Calls that go on, or whose money is not settled: nothing of them is dropped.
CREATE FUNCTION unfinished_calls() RETURNS uuid[] LANGUAGE sql STABLE AS $$
  SELECT ARRAY(SELECT id FROM call WHERE ended_at IS NULL
    UNION SELECT call_id FROM party JOIN hold ON hold.leg_id = party.meter_leg_id);
$$;

-- Of the months that are over, oldest first: the first table in which nothing must be kept is dropped; of one in which
-- something must, some rows that need not are deleted. One step, so that nobody waits for long; NULL: nothing is left to do,
-- or somebody else is at it. Nobody can run ahead of the clock.
CREATE FUNCTION expire(asked_at timestamptz, most int, OUT part text, OUT deleted int) LANGUAGE plpgsql SECURITY DEFINER
  SET lock_timeout = '1s' AS $$
DECLARE
  over record;
  unfinished uuid[];
  -- Of whom nothing, or of whom alone something, has expired.
  named uuid[];
  is_expired text;
  is_left boolean;
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
    is_expired := format('organization_id %s ($1) AND %s <> ALL ($2)', CASE WHEN over.is_usual THEN '<> ALL' ELSE '= ANY' END,
      CASE over.kind WHEN 'event' THEN $q$(payload->>'callId')::uuid$q$ ELSE 'call_id' END);
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE (%s) IS NOT TRUE)', over.name, is_expired) INTO is_left USING named, unfinished;
    part := over.name;
    deleted := NULL;
    IF NOT is_left THEN
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
      EXECUTE format('WITH gone AS MATERIALIZED (SELECT DISTINCT call_id FROM (SELECT call_id FROM %1$I WHERE %2$s LIMIT $3) AS few),
        parties AS (DELETE FROM %3$I USING %1$I AS one, gone WHERE record_id = one.id AND one.call_id = gone.call_id)
        DELETE FROM %1$I USING gone WHERE %1$I.call_id = gone.call_id', part, is_expired, replace(part, 'record', 'record_party'))
        USING named, unfinished, most;
    ELSE
      EXECUTE format('DELETE FROM %1$I WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$I WHERE %2$s LIMIT $3))', part, is_expired)
        USING named, unfinished, most;
    END IF;
    GET DIAGNOSTICS deleted = ROW_COUNT;
    IF deleted > 0 THEN RETURN; END IF;
  END LOOP;
  part := NULL;
  deleted := NULL;
END $$;

-- Whoever has the owner's rights is led to no table of its caller's: see `0016-private-names.ts`.
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION month_partition SET search_path = %I, pg_temp', current_schema);
  EXECUTE format('ALTER FUNCTION expire SET search_path = %I, pg_temp', current_schema);
  EXECUTE format('ALTER FUNCTION unfinished_calls SET search_path = %I, pg_temp', current_schema);
END $$;
REVOKE EXECUTE ON FUNCTION month_partition, expire, unfinished_calls FROM PUBLIC;
GRANT EXECUTE ON FUNCTION month_partition, expire TO tandem_app;
GRANT USAGE ON SEQUENCE event_number TO tandem_app;
GRANT SELECT ON retention TO tandem_app;
