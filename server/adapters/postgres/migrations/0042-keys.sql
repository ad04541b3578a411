-- Keys of requests as hashes of 16 bytes, and what is asked of no index has none.

ALTER TABLE idempotency RENAME TO idempotency_of_before;
ALTER TABLE idempotency_of_before RENAME CONSTRAINT idempotency_pkey TO idempotency_of_before_pkey;
CREATE TABLE idempotency (
  claimed_at timestamptz NOT NULL,
  -- Of the caller and his key (`keyHash`).
  key uuid PRIMARY KEY,
  body_hash uuid NOT NULL,
  call_id uuid NOT NULL,
  -- NULL: not answered yet, or answered from the call.
  status int,
  body jsonb
);
INSERT INTO idempotency
  SELECT claimed_at, encode(substr(sha256(convert_to(caller || E'\n' || key, 'UTF8')), 1, 16), 'hex')::uuid,
      encode(substr(sha256(convert_to(body_hash, 'UTF8')), 1, 16), 'hex')::uuid, call_id, status, body
    FROM idempotency_of_before ORDER BY claimed_at;
DROP TABLE idempotency_of_before;
CREATE INDEX idempotency_claimed ON idempotency USING brin (claimed_at) WITH (pages_per_range = 16, autosummarize = on);

-- A leg is settled once. Which operation did it is read by the leg.
ALTER TABLE settlement DROP CONSTRAINT settlement_operation_id_key;

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
    ON CONFLICT (key) DO UPDATE SET body_hash = excluded.body_hash, claimed_at = excluded.claimed_at,
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
