-- What was dialled stands in one table, which erasure can blank; decisions and records have its id.

CREATE TABLE number (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- The row of the number that it leads to, where this one is how somebody wrote it.
  leads_to bigint REFERENCES number,
  erased_at timestamptz,
  organization_id uuid NOT NULL,
  -- A number as E.164, a service code, or what was typed; NULL: erased.
  text text,
  CHECK ((text IS NULL) = (erased_at IS NOT NULL))
);
CREATE UNIQUE INDEX number_once ON number (organization_id, text, leads_to) NULLS NOT DISTINCT WHERE text IS NOT NULL;
CREATE INDEX number_leads_to ON number (leads_to) WHERE leads_to IS NOT NULL;

-- The row of what was written and of the number that it leads to (NULL: none, or itself), found or made. In whatever order two
-- make the same one: the number comes before its writings.
CREATE FUNCTION number_id(organization uuid, written text, led_to text DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
  SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  target bigint;
  found_id bigint;
BEGIN
  IF written IS NULL THEN RETURN NULL; END IF;
  IF led_to IS NOT NULL THEN target := number_id(organization, led_to); END IF;
  LOOP
    SELECT id INTO found_id FROM number WHERE organization_id = organization AND text = written
      AND (leads_to = target OR leads_to IS NULL AND target IS NULL);
    IF found_id IS NOT NULL THEN RETURN found_id; END IF;
    INSERT INTO number (organization_id, text, leads_to) VALUES (organization, written, target) ON CONFLICT DO NOTHING RETURNING id INTO found_id;
    IF found_id IS NOT NULL THEN RETURN found_id; END IF;
  END LOOP;
END $$;

-- Decisions.
DO $$
DECLARE
  part text;
BEGIN
  FOR part IN SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = 'decision'::regclass LOOP
    EXECUTE format('ALTER TABLE %I RENAME TO %I', part, part || '_of_before');
  END LOOP;
END $$;
ALTER TABLE decision RENAME TO decision_of_before;
ALTER TABLE decision_of_before RENAME CONSTRAINT decision_pkey TO decision_of_before_pkey;
DROP INDEX decision_newest, decision_call, decision_member, decision_refused, decision_code, decision_dialled, decision_typed;

-- By the same rules as decision-row.ts: where it led, and how it was written. A number that was written whole, or as the end
-- of itself, has no writing of its own: the destination's prefix says how much of it was left out.
CREATE TABLE written_of_before AS
  SELECT id, at, organization_id, dialled, led, is_end,
    CASE WHEN is_end THEN body - 'prefix' || jsonb_build_object('prefix', left(led, length(led) - length(dialled))) ELSE body - 'prefix' END AS body
  FROM (SELECT one.id, at, organization_id, dialled, led, body,
      coalesce(dialled = led OR dialled ~ '^[0-9]+$' AND right(led, length(dialled)) = dialled, false) AS is_end
    FROM decision_of_before AS one JOIN fact ON fact.id = destination_fact,
      LATERAL (SELECT coalesce(number, (body->>'prefix') || regexp_replace(dialled, '[^0-9]', '', 'g')) AS led) AS whole) AS each;
INSERT INTO fact (kind, body) SELECT DISTINCT 'destination', body FROM written_of_before ON CONFLICT DO NOTHING;
INSERT INTO number (organization_id, text)
  SELECT organization_id, led FROM written_of_before WHERE led IS NOT NULL
  UNION SELECT organization_id, dialled FROM written_of_before WHERE led IS NULL
  UNION SELECT organization_id, dialled FROM record UNION SELECT organization_id, caller_id FROM record WHERE caller_id IS NOT NULL;
INSERT INTO number (organization_id, text, leads_to)
  SELECT DISTINCT number.organization_id, dialled, number.id FROM written_of_before JOIN number
    ON number.organization_id = written_of_before.organization_id AND number.text = led AND number.leads_to IS NULL WHERE NOT is_end;

CREATE TABLE decision (
  at timestamptz NOT NULL,
  number_id bigint NOT NULL,
  used_ms bigint NOT NULL,
  -- What was free in the pools, in the order of the caller's fact: there are seldom more than two.
  free_1_ms bigint,
  free_2_ms bigint,
  organization_fact int NOT NULL,
  caller_fact int NOT NULL,
  callee_fact int NOT NULL,
  regime_fact int NOT NULL,
  -- Where it led, without the number; and what the trunks answered.
  destination_fact int NOT NULL,
  reachability_fact int NOT NULL,
  -- NULL: refused.
  terms_fact int,
  live_member int NOT NULL,
  live_organization int NOT NULL,
  -- Tries in vain: NULL none, -1 not counted; and how long before the first of them was.
  unconnected int,
  unconnected_ago_ms int,
  typed_hour int,
  typed_hour_ago_ms int,
  typed_day int,
  typed_day_ago_ms int,
  id uuid NOT NULL,
  call_id uuid NOT NULL,
  organization_id uuid NOT NULL,
  caller_id uuid NOT NULL,
  callee_id uuid,
  reservation text,
  -- NULL: admitted.
  code text,
  -- Without the number, which is in its row, and without the colleague's name.
  refusal jsonb,
  free_more_ms bigint[]
) PARTITION BY RANGE (at);
SELECT month_partition('decision', month) FROM (
  SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS month FROM written_of_before) AS written;
INSERT INTO decision (at, number_id, used_ms, free_1_ms, free_2_ms, organization_fact, caller_fact, callee_fact, regime_fact, destination_fact,
    reachability_fact, terms_fact, live_member, live_organization, unconnected, unconnected_ago_ms, typed_hour, typed_hour_ago_ms, typed_day,
    typed_day_ago_ms, id, call_id, organization_id, caller_id, callee_id, reservation, code, refusal, free_more_ms)
  SELECT at, written.id, used_ms, free_1_ms, free_2_ms, organization_fact, caller_fact, callee_fact, regime_fact, fact.id,
    reachability_fact, terms_fact, live_member, live_organization, unconnected, unconnected_ago_ms, typed_hour, typed_hour_ago_ms, typed_day,
    typed_day_ago_ms, one.id, call_id, one.organization_id, caller_id, callee_id, reservation, code,
    CASE WHEN refusal IS NOT NULL THEN refusal
      || CASE WHEN refusal->'refusal'->>'dialled' = one.dialled THEN jsonb_build_object('refusal', (refusal->'refusal') - 'dialled') ELSE '{}' END
      || jsonb_build_object('alternatives', (SELECT coalesce(jsonb_agg(CASE WHEN way->>'digits' = led THEN way || '{"digits": null}' ELSE way END ORDER BY n), '[]')
        FROM jsonb_array_elements(refusal->'alternatives') WITH ORDINALITY AS each (way, n))) END,
    free_more_ms
  FROM decision_of_before AS one
    JOIN written_of_before AS writing USING (id, at)
    JOIN fact ON fact.kind = 'destination' AND fact.hash = fact_hash(writing.body)
    LEFT JOIN number AS target ON target.organization_id = one.organization_id AND target.text = led AND target.leads_to IS NULL
    JOIN number AS written ON written.organization_id = one.organization_id
      AND written.text = CASE WHEN is_end THEN led ELSE one.dialled END
      AND written.leads_to IS NOT DISTINCT FROM CASE WHEN is_end THEN NULL ELSE target.id END
  ORDER BY at;
DROP TABLE written_of_before, decision_of_before;
-- Each leads to the rows of a page: what is of one instant is sorted then.
CREATE UNIQUE INDEX decision_call ON decision (call_id, id, at);
CREATE INDEX decision_newest ON decision (organization_id, at);
CREATE INDEX decision_member ON decision (caller_id, at);
CREATE INDEX decision_number ON decision (number_id, at);
CREATE INDEX decision_refused ON decision (organization_id, at) WHERE code IS NOT NULL;
CREATE INDEX decision_code ON decision (organization_id, code, at) WHERE code IS NOT NULL;

-- Records: ids of numbers, and legs and draws as rows of their own type, which says each name once.
CREATE TYPE record_leg AS (leg_id uuid, trunk_id uuid, carrier_id uuid, started_at timestamptz, answered_at timestamptz, ended_at timestamptz,
  sip_status int, q850_cause int, kind text);
CREATE TYPE record_draw AS (leg_id uuid, pool_id uuid, period_from timestamptz, period_until timestamptz, used_ms bigint, bucket text, ledger_seqs bigint[]);
CREATE FUNCTION instant_of(ms text) RETURNS timestamptz LANGUAGE sql IMMUTABLE RETURN to_timestamp(ms::float8 / 1000);
DO $$
DECLARE
  part text;
BEGIN
  FOR part IN SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent = ANY ('{record,record_party}'::regclass[]) LOOP
    EXECUTE format('ALTER TABLE %I RENAME TO %I', part, part || '_of_before');
  END LOOP;
END $$;
ALTER TABLE record RENAME TO record_of_before;
ALTER TABLE record_of_before RENAME CONSTRAINT record_pkey TO record_of_before_pkey;
ALTER TABLE record_party RENAME TO record_party_of_before;
ALTER TABLE record_party_of_before RENAME CONSTRAINT record_party_pkey TO record_party_of_before_pkey;
DROP INDEX record_call, record_supersedes, record_newest, record_end_reason, record_dialled, record_party_newest;
CREATE TABLE record (
  placed_at timestamptz NOT NULL,
  answered_at timestamptz,
  ended_at timestamptz NOT NULL,
  number_id bigint NOT NULL,
  -- What the callee saw.
  caller_number_id bigint,
  rated_ms bigint NOT NULL,
  overrun_ms bigint NOT NULL,
  id uuid NOT NULL,
  supersedes uuid,
  call_id uuid NOT NULL,
  organization_id uuid NOT NULL,
  member_id uuid NOT NULL,
  callee_id uuid,
  plan_version_id uuid NOT NULL,
  is_by_number boolean NOT NULL,
  kind text NOT NULL,
  mode text NOT NULL,
  path text NOT NULL,
  end_reason text NOT NULL,
  legs record_leg[] NOT NULL,
  draws record_draw[] NOT NULL,
  PRIMARY KEY (id, placed_at)
) PARTITION BY RANGE (placed_at);
CREATE TABLE record_party (LIKE record_party_of_before, PRIMARY KEY (record_id, party_id, placed_at)) PARTITION BY RANGE (placed_at);
SELECT month_partition('record', month) FROM (
  SELECT DISTINCT date_trunc('month', placed_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS month FROM record_of_before) AS written;
INSERT INTO record
  SELECT placed_at, answered_at, ended_at, number.id, shown.id, rated_ms, overrun_ms, one.id, supersedes, call_id, one.organization_id, member_id,
    callee_id, plan_version_id, is_by_number, kind, mode, path, end_reason,
    ARRAY(SELECT ROW ((leg->>'legId')::uuid, (leg->>'trunkId')::uuid, (leg->>'carrierId')::uuid, instant_of(leg->>'startedAt'),
        instant_of(leg->>'answeredAt'), instant_of(leg->>'endedAt'), (leg->>'sipStatus')::int, (leg->>'q850Cause')::int, leg->>'kind')::record_leg
      FROM jsonb_array_elements(legs) WITH ORDINALITY AS each (leg, n) ORDER BY n),
    ARRAY(SELECT ROW ((draw->>'legId')::uuid, (draw->>'poolId')::uuid, instant_of(draw->'period'->>'from'), instant_of(draw->'period'->>'until'),
        (draw->>'usedMs')::bigint, draw->>'bucket', ARRAY(SELECT jsonb_array_elements_text(draw->'ledgerSeqs')::bigint))::record_draw
      FROM jsonb_array_elements(draws) WITH ORDINALITY AS each (draw, n) ORDER BY n)
  FROM record_of_before AS one
    JOIN number ON number.organization_id = one.organization_id AND number.text = dialled AND number.leads_to IS NULL
    LEFT JOIN number AS shown ON shown.organization_id = one.organization_id AND shown.text = caller_id AND shown.leads_to IS NULL
  ORDER BY placed_at;
INSERT INTO record_party SELECT * FROM record_party_of_before;
DROP TABLE record_party_of_before, record_of_before;
DROP FUNCTION instant_of;
-- One first record of a call, and one correction of each.
CREATE UNIQUE INDEX record_call ON record (call_id, placed_at, supersedes) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX record_supersedes ON record (supersedes, placed_at) WHERE supersedes IS NOT NULL;
CREATE INDEX record_newest ON record (organization_id, placed_at);
CREATE INDEX record_number ON record (number_id, placed_at);
-- How nearly all calls end is found among all of them.
CREATE INDEX record_end_reason ON record (organization_id, end_reason, placed_at)
  WHERE end_reason NOT IN ('hangup-caller', 'hangup-callee', 'no-answer', 'cancelled', 'busy');
CREATE INDEX record_party_newest ON record_party (member_id, placed_at);

-- After the rows, as ever: an index that is built is smaller than one that grew.
CREATE INDEX number_digits ON number USING gin (regexp_replace(text, '\D', '', 'g') gin_trgm_ops);

-- Placed calls have their decisions with them (0037); a decision comes with what was written and where that led.
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
   WHERE outcomes[operation] = 'done' AND took[operation] > 0;
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

-- A number of an organization, and whatever was written that has it in it, as digits at home or whole. What was decided
-- and recorded stays; so do calls that go on. Calls that are over are blanked as well.
CREATE FUNCTION erase_number(organization uuid, e164 text, at_home text, asked_at timestamptz, who text,
    OUT numbers int, OUT calls int, OUT unfinished int) LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  erased bigint[];
BEGIN
  SELECT count(*) INTO unfinished FROM call WHERE organization_id = organization AND ended_at IS NULL AND terms->'dialled'->>'number' = e164;
  WITH sought AS MATERIALIZED (
      SELECT id FROM number WHERE organization_id = organization AND text = e164),
    gone AS (UPDATE number SET text = NULL, erased_at = asked_at
      WHERE organization_id = organization AND text IS NOT NULL AND (id IN (SELECT id FROM sought) OR leads_to IN (SELECT id FROM sought)
        OR (text !~ '^\+[0-9]+$' AND regexp_replace(text, '\D', '', 'g') LIKE '%' || at_home || '%'))
      RETURNING id)
    SELECT array_agg(id) INTO erased FROM gone;
  numbers := coalesce(cardinality(erased), 0);
  WITH gone AS (UPDATE call SET dialled_text = '',
        terms = terms || '{"dialled": {"kind": "number", "number": ""}}' || CASE WHEN terms ? 'keysAfterAnswer' THEN '{"keysAfterAnswer": null}' ELSE '{}'::jsonb END
      WHERE organization_id = organization AND ended_at IS NOT NULL AND terms->'dialled'->>'number' = e164 RETURNING id),
    parties AS (UPDATE party SET number = NULL FROM gone WHERE party.call_id = gone.id AND number IS NOT NULL),
    legs AS (UPDATE leg SET number = NULL FROM gone WHERE leg.call_id = gone.id AND number IS NOT NULL)
    SELECT count(*) INTO calls FROM gone;
  INSERT INTO audit (at, organization_id, actor, action, subject_id, detail)
    VALUES (asked_at, organization, who, 'number.erased', coalesce(erased[1]::text, ''), jsonb_build_object('numbers', numbers, 'calls', calls, 'unfinished', unfinished));
END $$;

-- Whoever has the owner's rights is led to no table of its caller's: see `0016-private-names.ts`.
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION number_id SET search_path = %I, pg_temp', current_schema);
  EXECUTE format('ALTER FUNCTION erase_number SET search_path = %I, pg_temp', current_schema);
END $$;
REVOKE EXECUTE ON FUNCTION number_id, erase_number FROM PUBLIC;
GRANT EXECUTE ON FUNCTION number_id, erase_number TO tandem_app;
GRANT SELECT ON number TO tandem_app;
