-- What lives is in call, party and leg; what is over is in its record.

ALTER TABLE call RENAME TO call_of_before;
ALTER TABLE call_of_before RENAME CONSTRAINT call_pkey TO call_of_before_pkey;
ALTER TABLE party RENAME TO party_of_before;
ALTER TABLE party_of_before RENAME CONSTRAINT party_pkey TO party_of_before_pkey;
ALTER TABLE leg RENAME TO leg_of_before;
ALTER TABLE leg_of_before RENAME CONSTRAINT leg_pkey TO leg_of_before_pkey;
DROP INDEX call_live, party_call, leg_call;
CREATE TABLE call (LIKE call_of_before INCLUDING CONSTRAINTS) WITH (fillfactor = 60);
CREATE TABLE party (LIKE party_of_before INCLUDING CONSTRAINTS) WITH (fillfactor = 60);
CREATE TABLE leg (LIKE leg_of_before INCLUDING CONSTRAINTS) WITH (fillfactor = 60);
-- Those that nothing could be made of were ended without a record, and stay.
INSERT INTO call SELECT * FROM call_of_before AS one
  WHERE ended_at IS NULL OR NOT EXISTS (SELECT FROM record WHERE call_id = one.id AND supersedes IS NULL);
INSERT INTO party SELECT * FROM party_of_before WHERE call_id IN (SELECT id FROM call);
INSERT INTO leg SELECT * FROM leg_of_before WHERE call_id IN (SELECT id FROM call);
-- Which leg paid for a call of before: of those to come it follows from the call.
CREATE TABLE paying_leg_of_before (leg_id uuid NOT NULL, call_id uuid NOT NULL, organization_id uuid NOT NULL);
INSERT INTO paying_leg_of_before SELECT meter_leg_id, call_id, organization_id
  FROM party_of_before JOIN call_of_before ON call_of_before.id = call_id
  WHERE meter_leg_id IS NOT NULL AND call_id NOT IN (SELECT id FROM call);
DROP TABLE leg_of_before, party_of_before, call_of_before;
ALTER TABLE call ADD PRIMARY KEY (id);
ALTER TABLE party ADD PRIMARY KEY (id);
ALTER TABLE leg ADD PRIMARY KEY (id);
ALTER TABLE paying_leg_of_before ADD PRIMARY KEY (leg_id);
CREATE INDEX call_live ON call (organization_id, member_id) WHERE ended_at IS NULL;
CREATE INDEX party_call ON party (call_id);
CREATE INDEX leg_call ON leg (call_id);

-- Asked as a call's row is deleted, by whoever holds it until his commit. Statements of its own see what whoever held it before has
-- written: no leg of it is left.
CREATE FUNCTION is_over(ended uuid) RETURNS boolean LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF EXISTS (SELECT FROM party WHERE call_id = ended AND meter_leg_id IS NOT NULL
      AND NOT EXISTS (SELECT FROM settlement WHERE leg_id = meter_leg_id)) THEN
    RAISE EXCEPTION 'the settlement of call % is lost', ended USING ERRCODE = 'crash_shutdown';
  END IF;
  DELETE FROM leg WHERE call_id = ended;
  DELETE FROM party WHERE call_id = ended;
  RETURN true;
END $$;
REVOKE EXECUTE ON FUNCTION is_over FROM PUBLIC;
GRANT EXECUTE ON FUNCTION is_over TO tandem_app;
DROP FUNCTION is_settled;

-- A call whose leg is settled was placed before, and is over or about to be: asked again, it is not placed again.
CREATE OR REPLACE FUNCTION place_down(
  leg_ids uuid[], pools uuid[], operation_ids uuid[], is_settle boolean[], leg_of int[], amounts bigint[],
  first_increments bigint[], next_increments bigint[], instants bigint[], draw_counts int[], draws int[],
  usages uuid[], usage_members uuid[], usage_months bigint[], usage_of int[], limits bigint[],
  placements jsonb,
  OUT outcomes text[], OUT lefts bigint[], OUT limit_lefts bigint[], OUT uncovered bigint[],
  OUT entry_operation int[], OUT entry_pool uuid[], OUT entry_seq bigint[], OUT entry_held bigint[], OUT entry_used bigint[]
) LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  took bigint[] := array_fill(0::bigint, ARRAY[cardinality(operation_ids)]);
  paid jsonb;
  claimed bigint;
BEGIN
  SELECT applied.* INTO outcomes, lefts, limit_lefts, uncovered, entry_operation, entry_pool, entry_seq, entry_held, entry_used
    FROM ledger_apply(leg_ids, pools, operation_ids, is_settle, leg_of, amounts, first_increments, next_increments, instants,
      draw_counts, draws, usages, usage_members, usage_months, usage_of, limits) AS applied;
  FOR e IN 1 .. coalesce(cardinality(entry_operation), 0) LOOP
    took[entry_operation[e]] := took[entry_operation[e]] + entry_held[e];
  END LOOP;
  SELECT jsonb_agg(one || jsonb_build_object('took', took[operation])) INTO paid
    FROM (SELECT one, (one->>'operation')::int AS operation FROM jsonb_array_elements(placements) AS one) AS given
   WHERE outcomes[operation] = 'done' AND took[operation] > 0
     AND NOT EXISTS (SELECT FROM settlement WHERE leg_id = leg_ids[leg_of[operation]]);
  IF paid IS NULL THEN RETURN; END IF;

  INSERT INTO idempotency SELECT row.* FROM jsonb_array_elements(paid) AS one,
      jsonb_populate_record(NULL::idempotency, one->'key') AS row WHERE row.key IS NOT NULL
    ON CONFLICT (caller, key) DO UPDATE SET body_hash = excluded.body_hash, claimed_at = excluded.claimed_at,
      call_id = excluded.call_id, status = NULL, body = NULL
      WHERE idempotency.call_id = excluded.call_id OR idempotency.claimed_at <= excluded.claimed_at - interval '24 hours';
  GET DIAGNOSTICS claimed = ROW_COUNT;
  IF claimed < (SELECT count(*) FROM jsonb_array_elements(paid) AS one WHERE jsonb_typeof(one->'key') = 'object') THEN
    RAISE EXCEPTION 'a key stands for another call' USING ERRCODE = 'unique_violation', CONSTRAINT = 'idempotency_pkey';
  END IF;
  INSERT INTO call SELECT row.* FROM jsonb_array_elements(paid) AS one, jsonb_populate_record(NULL::call, one->'call') AS row
    ON CONFLICT (id) DO NOTHING;
  INSERT INTO party SELECT row.* FROM jsonb_array_elements(paid) AS one, jsonb_array_elements(one->'parties') AS party,
      jsonb_populate_record(NULL::party, CASE WHEN party->>'meter_leg_id' IS NULL THEN party
        ELSE party || jsonb_build_object('held_ms', one->'took') END) AS row
    ON CONFLICT (id) DO NOTHING;
  -- In one order, for two who make the same numbers.
  INSERT INTO decision SELECT row.* FROM (SELECT one->'decision' AS given FROM jsonb_array_elements(paid) AS one
        ORDER BY one->'decision'->>'organization_id', coalesce(one->'decision'->>'led_to', one->'decision'->>'written')) AS decided,
      jsonb_populate_record(NULL::decision, given || jsonb_build_object('number_id',
        number_id((given->>'organization_id')::uuid, given->>'written', given->>'led_to'))) AS row
    ON CONFLICT (call_id, id, at) DO NOTHING;
END $$;

CREATE OR REPLACE FUNCTION write_down(calls jsonb, meters jsonb, legs jsonb, events jsonb, OUT seqs bigint[], OUT written_to bigint, OUT flushed_to bigint)
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  there uuid[] := '{}';
BEGIN
  written_to := pg_current_wal_insert_lsn() - '0/0'::pg_lsn;
  flushed_to := pg_current_wal_flush_lsn() - '0/0'::pg_lsn;
  IF calls IS NOT NULL THEN
    -- The end is not written here, and a late writer does not revive what ended.
    WITH written AS (
      UPDATE call SET state = given.state, is_on_hold = given.is_on_hold, answered_at = coalesce(given.answered_at, call.answered_at)
        FROM jsonb_to_recordset(calls) AS given (id uuid, state text, is_on_hold boolean, answered_at timestamptz)
        WHERE call.id = given.id AND call.ended_at IS NULL RETURNING call.id)
      SELECT coalesce(array_agg(id), '{}') INTO there FROM written;
  END IF;
  IF meters IS NOT NULL THEN
    UPDATE party SET held_ms = given.held_ms, is_last = given.is_last
      FROM jsonb_to_recordset(meters) AS given (id uuid, held_ms bigint, is_last boolean)
      WHERE party.id = given.id;
  END IF;
  IF legs IS NOT NULL THEN
    -- Nor are there legs of a call that is gone: who ends it has to wait for us, and takes along what we wrote.
    SELECT there || coalesce(array_agg(id), '{}') INTO there FROM (SELECT id FROM call
      WHERE id = ANY (ARRAY(SELECT DISTINCT (given->>'call_id')::uuid FROM jsonb_array_elements(legs) AS given)) AND id <> ALL (there)
      FOR KEY SHARE) AS others;
    INSERT INTO leg (id, call_id, party_id, kind, channel_id, trunk_id, number, started_at, answered_at, ended_at, sip_status, q850_cause, boot_id)
      SELECT id, call_id, party_id, kind, channel_id, trunk_id, number, started_at, answered_at, ended_at, sip_status, q850_cause, boot_id
        FROM jsonb_to_recordset(legs) AS given (id uuid, call_id uuid, party_id uuid, kind text, channel_id text, trunk_id uuid, number text,
          started_at timestamptz, answered_at timestamptz, ended_at timestamptz, sip_status int, q850_cause int, boot_id text)
        WHERE call_id = ANY (there)
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
