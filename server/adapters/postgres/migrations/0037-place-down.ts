import { type Kysely, sql } from 'kysely'

/**
 * Calls are placed by the ledger's own connection: the key of the request, the reservation, the call, its parties and its
 * decision in one transaction, together with whatever else the ledger has to do just then (decision 0020).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(placeDown).execute(db)
  await sql.raw(fewerLooks).execute(db)
}

/**
 * A reservation is never without its call now. And whether a call's organization, its member, and a leg's call are there was
 * looked up, and locked, nine times a call: they are written before it, by the same statement or long ago, and nothing
 * removes them.
 */
const fewerLooks = `
  DROP FUNCTION held_at_least;
  ALTER TABLE call DROP CONSTRAINT call_organization_id_fkey, DROP CONSTRAINT call_member_id_fkey;
  ALTER TABLE party DROP CONSTRAINT party_call_id_fkey;
  ALTER TABLE leg DROP CONSTRAINT leg_call_id_fkey, DROP CONSTRAINT leg_party_id_fkey;
  -- A key's row is written once. The old ones are looked for each minute, and lie together.
  ALTER TABLE idempotency RESET (fillfactor);
  CREATE INDEX idempotency_claimed ON idempotency USING brin (claimed_at) WITH (pages_per_range = 16, autosummarize = on);
`

/**
 * `placements`: for each call the place of its reservation among the operations, and the rows. Those whose reservation took
 * nothing, or came too late, are left out; what the others pay is written into the party that pays. A key that stands for
 * another call by now, on whichever server, undoes all of it: the caller sends them one by one then.
 */
const placeDown = `
  CREATE FUNCTION place_down(
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
    INSERT INTO decision SELECT row.* FROM jsonb_array_elements(paid) AS one,
        jsonb_populate_record(NULL::decision, one->'decision') AS row
      ON CONFLICT (id, at) DO NOTHING;
  END $$;
  REVOKE EXECUTE ON FUNCTION place_down FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION place_down TO tandem_app;
`
