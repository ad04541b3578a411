-- Applies a batch of reservations and settlements, in their order, each at most once.
--
-- READ COMMITTED, and every lock is taken in a statement of its own: the statements after it see what the previous
-- holder of the lock committed. (One statement that both locks and works would use the snapshot from before it waited,
-- and two writers would spend the same minute.) All writers lock legs first, then pools, each in order of id.
--
-- The answer has one row per operation and ledger entry, at least one per operation, read back from the tables: an
-- operation that was applied before, here or in another process, gets the same answer as a new one.
CREATE FUNCTION ledger_apply(
  is_settle boolean[],
  operation_ids uuid[],
  legs uuid[],
  amounts bigint[],          -- reserve: wanted; settle: rated. ms
  first_increments bigint[], -- reserve: the size of the first increment to buy, then of the others. ms, > 0
  next_increments bigint[],
  instants timestamptz[],
  draw_counts int[],         -- how many of draw_pools belong to each operation
  draw_pools uuid[]          -- in drawing order
) RETURNS TABLE (
  operation int,             -- its place in the batch, from 1
  outcome text,              -- 'done', or why it was not applied: 'leg-settled', 'pool-unknown', 'invalid', 'other-leg'
  left_ms bigint,            -- reserve: what its pools have free after it
  uncovered_ms bigint,       -- settle
  pool_id uuid,
  seq bigint,
  kind text,
  held_delta_ms bigint,
  used_delta_ms bigint
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  pool_ids uuid[];
  free_ms bigint[];          -- by pool
  last_seq bigint[];
  draws int[];               -- place in pool_ids; 0 = unknown
  draw_end int := 0;

  twins int[];               -- by operation: the first of the batch with the same id, itself if it is the first
  leg_of int[];              -- by operation: place in leg_ids
  applied_to uuid[];         -- by operation: the leg that it was applied to before this batch
  leg_ids uuid[];
  leg_settled boolean[];
  first_hold int[];          -- by leg: a chain through next_hold; 0 = end
  last_hold int[];

  hold_leg int[];
  hold_pool int[];
  hold_ms bigint[];
  hold_ordinal int[];        -- within its leg, from 1
  hold_changed boolean[];
  next_hold int[];

  entry_operation int[] := '{}';
  entry_pool int[] := '{}';
  entry_kind text[] := '{}';
  entry_held bigint[] := '{}';
  entry_used bigint[] := '{}';
  entries int := 0;

  settled_operation int[] := '{}';
  settled_uncovered bigint[] := '{}';

  outcomes text[] := array_fill('done'::text, ARRAY[cardinality(operation_ids)]);
  lefts bigint[] := array_fill(0::bigint, ARRAY[cardinality(operation_ids)]);

  l int; h int; p int; d int; draw_start int;
  rest_ms bigint; take_ms bigint; room_ms bigint; increment_ms bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(key) FROM (
    SELECT DISTINCT uuid_hash_extended(leg, 0) AS key FROM unnest(legs) AS leg ORDER BY key) AS in_order;

  pool_ids := ARRAY(
    SELECT unnest(draw_pools) UNION SELECT hold.pool_id FROM hold WHERE hold.leg_id = ANY (legs));
  PERFORM 1 FROM pool WHERE id = ANY (pool_ids) ORDER BY id FOR UPDATE;

  SELECT coalesce(array_agg(id ORDER BY id), '{}'), coalesce(array_agg(granted_ms - used_ms - held_ms ORDER BY id), '{}'),
         coalesce(array_agg(pool.seq ORDER BY id), '{}')
    INTO pool_ids, free_ms, last_seq FROM pool WHERE id = ANY (pool_ids);
  SELECT coalesce(array_agg(coalesce(known.place, 0)::int ORDER BY draw.place), '{}') INTO draws
    FROM unnest(draw_pools) WITH ORDINALITY AS draw (id, place)
    LEFT JOIN unnest(pool_ids) WITH ORDINALITY AS known (id, place) USING (id);

  SELECT array_agg(twin ORDER BY place), array_agg(leg_place ORDER BY place), array_agg(before.leg_id ORDER BY place)
    INTO twins, leg_of, applied_to
    FROM (SELECT place, id,
                 (min(place) OVER (PARTITION BY id, leg, settles))::int AS twin,
                 (dense_rank() OVER (ORDER BY leg))::int AS leg_place
            FROM unnest(operation_ids, legs, is_settle) WITH ORDINALITY AS given (id, leg, settles, place)) AS operation
    LEFT JOIN LATERAL (SELECT ledger.leg_id FROM ledger WHERE operation_id = operation.id LIMIT 1) AS before ON true;
  SELECT array_agg(leg.id ORDER BY leg.id), array_agg(was.settled IS NOT NULL ORDER BY leg.id) INTO leg_ids, leg_settled
    FROM (SELECT DISTINCT unnest(legs) AS id) AS leg
    LEFT JOIN LATERAL (SELECT true AS settled FROM settlement WHERE settlement.leg_id = leg.id LIMIT 1) AS was ON true;

  SELECT coalesce(array_agg(leg.place::int ORDER BY leg.place, ordinal), '{}'), coalesce(array_agg(pool.place::int ORDER BY leg.place, ordinal), '{}'),
         coalesce(array_agg(held_ms ORDER BY leg.place, ordinal), '{}'), coalesce(array_agg(ordinal ORDER BY leg.place, ordinal), '{}')
    INTO hold_leg, hold_pool, hold_ms, hold_ordinal
    FROM hold
    JOIN unnest(leg_ids) WITH ORDINALITY AS leg (id, place) ON leg.id = hold.leg_id
    JOIN unnest(pool_ids) WITH ORDINALITY AS pool (id, place) ON pool.id = hold.pool_id
   WHERE hold.leg_id = ANY (leg_ids);
  hold_changed := array_fill(false, ARRAY[cardinality(hold_leg)]);
  next_hold := array_fill(0, ARRAY[cardinality(hold_leg)]);
  first_hold := array_fill(0, ARRAY[cardinality(leg_ids)]);
  last_hold := first_hold;
  FOR h IN 1 .. cardinality(hold_leg) LOOP
    l := hold_leg[h];
    IF first_hold[l] = 0 THEN first_hold[l] := h; ELSE next_hold[last_hold[l]] := h; END IF;
    last_hold[l] := h;
  END LOOP;

  FOR i IN 1 .. cardinality(operation_ids) LOOP
    draw_start := draw_end + 1;
    draw_end := draw_end + draw_counts[i];
    CONTINUE WHEN twins[i] < i;
    l := leg_of[i];

    IF amounts[i] < 0 THEN
      outcomes[i] := 'invalid';

    ELSIF is_settle[i] THEN
      CONTINUE WHEN leg_settled[l];
      rest_ms := amounts[i];
      h := first_hold[l];
      WHILE h > 0 LOOP
        p := hold_pool[h];
        take_ms := least(rest_ms, hold_ms[h]);
        IF take_ms > 0 THEN
          entries := entries + 1;
          entry_operation[entries] := i; entry_pool[entries] := p; entry_kind[entries] := 'settle';
          entry_held[entries] := -take_ms; entry_used[entries] := take_ms;
        END IF;
        IF take_ms < hold_ms[h] THEN
          entries := entries + 1;
          entry_operation[entries] := i; entry_pool[entries] := p; entry_kind[entries] := 'release';
          entry_held[entries] := take_ms - hold_ms[h]; entry_used[entries] := 0;
        END IF;
        free_ms[p] := free_ms[p] + hold_ms[h] - take_ms;
        rest_ms := rest_ms - take_ms;
        h := next_hold[h];
      END LOOP;
      leg_settled[l] := true;
      settled_operation := settled_operation || i;
      settled_uncovered := settled_uncovered || rest_ms;

    ELSE
      rest_ms := amounts[i];
      increment_ms := first_increments[i];
      IF increment_ms <= 0 OR next_increments[i] <= 0 OR draw_counts[i] NOT BETWEEN 1 AND 4 THEN
        outcomes[i] := 'invalid';
        CONTINUE;
      ELSIF 0 = ANY (draws[draw_start:draw_end]) THEN
        outcomes[i] := 'pool-unknown';
        CONTINUE;
      ELSIF applied_to[i] IS NOT NULL THEN
        IF applied_to[i] <> legs[i] THEN outcomes[i] := 'other-leg'; END IF;
        rest_ms := 0;
      ELSIF leg_settled[l] THEN
        outcomes[i] := 'leg-settled';
        rest_ms := 0;
      END IF;

      FOR d IN draw_start .. draw_end LOOP
        p := draws[d];
        room_ms := least(free_ms[p], rest_ms);
        IF room_ms >= increment_ms THEN
          take_ms := increment_ms + (room_ms - increment_ms) / next_increments[i] * next_increments[i];
          increment_ms := next_increments[i];
          rest_ms := rest_ms - take_ms;
          free_ms[p] := free_ms[p] - take_ms;
          entries := entries + 1;
          entry_operation[entries] := i; entry_pool[entries] := p; entry_kind[entries] := 'reserve';
          entry_held[entries] := take_ms; entry_used[entries] := 0;

          h := first_hold[l];
          WHILE h > 0 AND hold_pool[h] <> p LOOP h := next_hold[h]; END LOOP;
          IF h > 0 THEN
            hold_ms[h] := hold_ms[h] + take_ms;
            hold_changed[h] := true;
          ELSE
            h := cardinality(hold_leg) + 1;
            hold_leg[h] := l; hold_pool[h] := p; hold_ms[h] := take_ms; hold_changed[h] := true; next_hold[h] := 0;
            IF first_hold[l] = 0 THEN
              first_hold[l] := h; hold_ordinal[h] := 1;
            ELSE
              next_hold[last_hold[l]] := h; hold_ordinal[h] := hold_ordinal[last_hold[l]] + 1;
            END IF;
            last_hold[l] := h;
          END IF;
        END IF;
        lefts[i] := lefts[i] + free_ms[p];
      END LOOP;
    END IF;
  END LOOP;

  INSERT INTO ledger
    SELECT pool_ids[entry.pool], last_seq[entry.pool] + row_number() OVER (PARTITION BY entry.pool ORDER BY place),
           operation_ids[entry.operation], entry.kind, legs[entry.operation], 0, entry.held, entry.used, 'system', NULL,
           instants[entry.operation]
      FROM unnest(entry_operation, entry_pool, entry_kind, entry_held, entry_used)
           WITH ORDINALITY AS entry (operation, pool, kind, held, used, place);
  UPDATE pool SET held_ms = held_ms + moved.held, used_ms = used_ms + moved.used, seq = pool.seq + moved.entries
    FROM (SELECT pool_ids[entry.pool] AS id, sum(entry.held)::bigint AS held, sum(entry.used)::bigint AS used, count(*) AS entries
            FROM unnest(entry_pool, entry_held, entry_used) AS entry (pool, held, used) GROUP BY entry.pool) AS moved
   WHERE pool.id = moved.id AND pool.id = ANY (pool_ids);
  INSERT INTO settlement
    SELECT legs[settled.operation], operation_ids[settled.operation], amounts[settled.operation], settled.uncovered, instants[settled.operation]
      FROM unnest(settled_operation, settled_uncovered) AS settled (operation, uncovered);
  DELETE FROM hold WHERE leg_id IN (SELECT legs[place] FROM unnest(settled_operation) AS place);
  INSERT INTO hold
    SELECT leg_ids[changed.leg], pool_ids[changed.pool], changed.ordinal, changed.ms, instants[array_position(leg_of, changed.leg)]
      FROM unnest(hold_leg, hold_pool, hold_ms, hold_ordinal, hold_changed) AS changed (leg, pool, ms, ordinal, is_changed)
     WHERE is_changed AND NOT leg_settled[changed.leg]
    ON CONFLICT (leg_id, pool_id) DO UPDATE SET held_ms = excluded.held_ms;

  RETURN QUERY
    SELECT given.place::int, outcomes[twins[given.place]], lefts[twins[given.place]], closed.uncovered_ms,
           entry.pool_id, entry.seq, entry.kind, entry.held_delta_ms, entry.used_delta_ms
      FROM unnest(operation_ids, legs, is_settle) WITH ORDINALITY AS given (id, leg, settles, place)
      LEFT JOIN LATERAL (
        SELECT settlement.uncovered_ms, settlement.operation_id FROM settlement
         WHERE given.settles AND settlement.leg_id = given.leg LIMIT 1) AS closed ON true
      LEFT JOIN LATERAL (
        SELECT * FROM ledger
         WHERE ledger.operation_id = CASE WHEN given.settles THEN closed.operation_id ELSE given.id END
           AND ledger.leg_id = given.leg OFFSET 0) AS entry ON true
     ORDER BY given.place, entry.pool_id, entry.seq;
END $$;
REVOKE EXECUTE ON FUNCTION ledger_apply FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_apply TO tandem_app;
