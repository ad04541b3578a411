-- Applies a batch of reservations and settlements, in their order, each at most once. No two may have the same id, and
-- no two may settle the same leg: the caller sends one of them and gives its answer to both.
--
-- READ COMMITTED, and every lock is taken before the statement that works with what it guards: that statement sees what
-- the previous holder of the lock committed. (One statement that both locks and works would use the snapshot from before
-- it waited, and two writers would spend the same minute.) All writers lock legs first, then pools, each in one order.
--
-- What a member uses and holds in a month is counted under the same locks as the pools: a reserve may name the row and a
-- limit, and takes no more than that leaves. Rows are locked after the pools, in order of id; one that is not there yet is
-- made then.
--
-- What was locked is written where it was read (ctid): nobody moves a row that another has locked, and no index is asked
-- twice. A pool that moved all the same, because somebody wrote it past these locks, ends the batch with an error.
--
-- An operation that was applied before, here or in another process, moves nothing: it is answered from the ledger.
--
-- Reserves may be taken together (decision 0018): the first increment of each is set aside before anybody takes more. Under
-- 'all' nobody takes anything unless everybody has one; under 'as-many' those have none who come too late in the order.
CREATE FUNCTION ledger_apply(
  leg_ids uuid[],            -- each leg once; operations name it by its place
  pools uuid[],              -- each pool to draw from once; draws name it by its place
  operation_ids uuid[],
  is_settle boolean[],
  leg_of int[],
  amounts bigint[],          -- reserve: wanted; settle: rated. ms
  first_increments bigint[], -- reserve: the size of the first increment to buy, then of the others. ms, > 0
  next_increments bigint[],
  instants bigint[],         -- ms since 1970: an array of dates takes longer to read than all others together
  draw_counts int[],         -- how many of the draws belong to each operation
  draws int[],               -- in drawing order
  usages uuid[],             -- each member's month once; operations name it by its place
  usage_members uuid[],
  usage_months bigint[],     -- when the month begins. ms since 1970
  usage_of int[],            -- by operation; 0 = what it holds is counted nowhere
  limits bigint[],           -- by operation: the most that the member may use and hold; NULL = no limit. ms
  together text DEFAULT NULL, -- 'all', 'as-many'; NULL = each operation by itself
  -- By operation:
  OUT outcomes text[],       -- 'done', or why nothing was done: 'leg-settled', 'pool-unknown', 'invalid', 'other-leg'
  OUT lefts bigint[],        -- reserve: what its pools have free after it, together: after all of them. ms
  OUT limit_lefts bigint[],  -- reserve: what its limit leaves after it, as above; NULL = no limit. ms
  OUT uncovered bigint[],    -- settle: rated time that no hold covered. ms
  -- The entries that the operations made, now or when they were first applied:
  OUT entry_operation int[],
  OUT entry_pool uuid[],
  OUT entry_seq bigint[],
  OUT entry_held bigint[],
  OUT entry_used bigint[]
)
-- Planned once, for tables of any size: a plan made while they are small must not scan them when they are large, so no
-- statement leaves the planner a choice but lookups in an index.
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  leg_settled_by uuid[];     -- by leg; NULL = not settled
  leg_uncovered bigint[];
  first_hold int[];          -- by leg: a chain through next_hold; 0 = end
  last_hold int[];

  hold_leg int[];
  hold_at tid[];             -- of the holds found; those after them are new
  hold_pool_id uuid[];       -- as hold_at
  hold_pool int[];
  hold_ms bigint[];
  hold_ordinal int[];        -- within its leg, from 1
  hold_usage_id uuid[];      -- as hold_at; NULL = counted nowhere
  hold_usage int[];          -- 0 = counted nowhere
  hold_changed boolean[];
  next_hold int[];
  old_holds int; holds int;
  is_hold_changed boolean := false;

  pool_ids uuid[];           -- all that are locked, in order of id; the operations' places are of another order
  pool_at tid[];             -- by pool
  free_ms bigint[];
  used_now bigint[];
  first_seq bigint[];
  last_seq bigint[];
  pool_of int[];             -- by place in pools; NULL = no such pool
  is_pool_missing boolean;

  is_counted boolean;        -- some month is named; else there is nothing of what follows
  usage_ids uuid[];          -- all that are locked, in order of id
  usage_row tid[];
  spent_ms bigint[];         -- by usage: used and held
  usage_used bigint[];       -- by usage: what changes
  usage_held bigint[];
  usage_at int[];            -- by place in usages

  asked uuid[];              -- by operation: the id that it is known by, a settled leg's being the first that came
  applied_to uuid[];         -- by entry found: the leg that it was made for
  was_applied boolean[];     -- by operation
  old_entries int;           -- those found in the ledger; those after them are new
  entries int;
  settled int[] := '{}';     -- operations that settle now

  first_draw int[];          -- together, by operation: the draw that has its first increment, set aside for it; 0 = none
  is_short boolean := false; -- somebody has none
  is_bad boolean := false;   -- somebody's is no reserve at all

  closed_leg uuid[]; closed_by uuid[]; closed_uncovered bigint[]; -- of legs that are settled already
  written bigint;
  l int; h int; p int; d int; u int; draw_start int; draw_end int := 0;
  rest_ms bigint; take_ms bigint; increment_ms bigint; room_ms bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(key) FROM (
    SELECT DISTINCT uuid_hash_extended(leg, 0) AS key FROM unnest(leg_ids) AS leg ORDER BY key) AS in_order;

  -- What is known of a leg changes under the leg's lock only: it may be read before the pools are locked.
  SELECT known.*, made.*, held.* INTO closed_leg, closed_by, closed_uncovered,
         entry_operation, entry_pool, entry_seq, entry_held, entry_used, applied_to,
         hold_leg, hold_at, hold_pool_id, hold_ms, hold_ordinal, hold_usage_id, is_counted
    FROM (SELECT array_agg(leg_id), array_agg(operation_id), array_agg(uncovered_ms) FROM settlement WHERE leg_id = ANY (leg_ids)) AS known,
         (SELECT array_agg(array_position(operation_ids, operation_id)), array_agg(pool_id), array_agg(seq), array_agg(held_delta_ms),
                 array_agg(used_delta_ms), array_agg(leg_id)
            FROM ledger WHERE operation_id = ANY (operation_ids)) AS made,
         (SELECT array_agg(place::int), array_agg(at), array_agg(pool_id), array_agg(held_ms), array_agg(ordinal), array_agg(usage_id),
                 count(usage_id) > 0
            FROM (SELECT place, at, pool_id, held_ms, ordinal, usage_id
                    FROM unnest(leg_ids) WITH ORDINALITY AS leg (id, place)
                   CROSS JOIN LATERAL (SELECT ctid AS at, * FROM hold WHERE leg_id = leg.id OFFSET 0) AS found
                   ORDER BY place, ordinal) AS in_order) AS held;

  leg_settled_by := array_fill(NULL::uuid, ARRAY[cardinality(leg_ids)]);
  leg_uncovered := array_fill(NULL::bigint, ARRAY[cardinality(leg_ids)]);
  IF closed_leg IS NOT NULL THEN
    FOR i IN 1 .. cardinality(closed_leg) LOOP
      l := array_position(leg_ids, closed_leg[i]);
      leg_settled_by[l] := closed_by[i];
      leg_uncovered[l] := closed_uncovered[i];
    END LOOP;
    -- A settlement asked again, under whatever id, is answered with the entries of the first.
    asked := operation_ids;
    FOR i IN 1 .. cardinality(operation_ids) LOOP
      IF is_settle[i] THEN asked[i] := coalesce(leg_settled_by[leg_of[i]], asked[i]); END IF;
    END LOOP;
    SELECT array_agg(array_position(asked, operation_id)), array_agg(pool_id), array_agg(seq), array_agg(held_delta_ms),
           array_agg(used_delta_ms), array_agg(leg_id)
      INTO entry_operation, entry_pool, entry_seq, entry_held, entry_used, applied_to
      FROM ledger WHERE operation_id = ANY (asked);
  END IF;
  old_entries := coalesce(cardinality(entry_operation), 0);
  old_holds := coalesce(cardinality(hold_leg), 0);
  holds := old_holds;
  entries := old_entries;

  -- A row comes out of FOR UPDATE as the previous holder of its lock left it.
  -- Of ids in order width_bucket gives the place of one that is there, and of another the place before it.
  SELECT ids, locked.at, free, seq,
         ARRAY(SELECT CASE WHEN ids[width_bucket(id, ids)] = id THEN width_bucket(id, ids) END
                 FROM unnest(pools) WITH ORDINALITY AS given (id, place) ORDER BY place),
         ARRAY(SELECT CASE WHEN ids[width_bucket(id, ids)] = id THEN width_bucket(id, ids) END
                 FROM unnest(hold_pool_id) WITH ORDINALITY AS given (id, place) ORDER BY place)
    INTO pool_ids, pool_at, free_ms, last_seq, pool_of, hold_pool
    FROM (SELECT coalesce(array_agg(id), '{}') AS ids, array_agg(at) AS at, array_agg(free) AS free, array_agg(seq) AS seq
            FROM (SELECT id, ctid AS at, granted_ms - used_ms - held_ms AS free, seq FROM pool WHERE id = ANY (pools || hold_pool_id)
                   ORDER BY id FOR UPDATE) AS locked) AS locked;
  first_seq := last_seq;
  used_now := array_fill(0::bigint, ARRAY[cardinality(pool_ids)]);
  is_pool_missing := array_position(pool_of, NULL) IS NOT NULL;

  hold_usage := array_fill(0, ARRAY[old_holds]);
  is_counted := is_counted OR usages <> '{}';
  IF is_counted THEN
    FOR attempt IN 1 .. 2 LOOP
      SELECT coalesce(array_agg(id), '{}'), array_agg(at), coalesce(array_agg(spent), '{}') INTO usage_ids, usage_row, spent_ms
        FROM (SELECT id, ctid AS at, used_ms + held_ms AS spent FROM member_usage WHERE id = ANY (usages || hold_usage_id)
               ORDER BY id FOR UPDATE) AS locked;
      usage_at := ARRAY(SELECT CASE WHEN usage_ids[width_bucket(id, usage_ids)] = id THEN width_bucket(id, usage_ids) END
                          FROM unnest(usages) WITH ORDINALITY AS given (id, place) ORDER BY place);
      EXIT WHEN array_position(usage_at, NULL) IS NULL;
      INSERT INTO member_usage (id, member_id, period_from)
        SELECT id, member, timestamptz 'epoch' + month * interval '1 ms'
          FROM unnest(usages, usage_members, usage_months, usage_at) AS given (id, member, month, place)
         WHERE place IS NULL ORDER BY id
        ON CONFLICT DO NOTHING;
    END LOOP;
    usage_used := array_fill(0::bigint, ARRAY[cardinality(usage_ids)]);
    usage_held := usage_used;
    hold_usage := ARRAY(SELECT CASE WHEN usage_ids[width_bucket(id, usage_ids)] = id THEN width_bucket(id, usage_ids) ELSE 0 END
                          FROM unnest(hold_usage_id) WITH ORDINALITY AS given (id, place) ORDER BY place);
  END IF;

  outcomes := array_fill('done'::text, ARRAY[cardinality(operation_ids)]);
  lefts := array_fill(0::bigint, ARRAY[cardinality(operation_ids)]);
  uncovered := lefts;
  limit_lefts := array_fill(NULL::bigint, ARRAY[cardinality(operation_ids)]);
  was_applied := array_fill(false, ARRAY[cardinality(operation_ids)]);
  FOR e IN 1 .. old_entries LOOP
    was_applied[entry_operation[e]] := true;
    IF applied_to[e] <> leg_ids[leg_of[entry_operation[e]]] THEN outcomes[entry_operation[e]] := 'other-leg'; END IF;
  END LOOP;

  hold_changed := array_fill(false, ARRAY[old_holds]);
  next_hold := array_fill(0, ARRAY[old_holds]);
  first_hold := array_fill(0, ARRAY[cardinality(leg_ids)]);
  last_hold := first_hold;
  FOR h IN 1 .. old_holds LOOP
    l := hold_leg[h];
    IF first_hold[l] = 0 THEN first_hold[l] := h; ELSE next_hold[last_hold[l]] := h; END IF;
    last_hold[l] := h;
  END LOOP;

  IF together IS NOT NULL THEN
    first_draw := array_fill(0, ARRAY[cardinality(operation_ids)]);
    FOR i IN 1 .. cardinality(operation_ids) LOOP
      draw_start := draw_end + 1;
      draw_end := draw_end + draw_counts[i];
      is_bad := is_settle[i] OR outcomes[i] <> 'done' OR amounts[i] < 0 OR first_increments[i] <= 0 OR next_increments[i] <= 0
                OR draw_counts[i] NOT BETWEEN 1 AND 4
                OR EXISTS (SELECT FROM unnest(draws[draw_start:draw_end]) AS place WHERE pool_of[place] IS NULL);
      EXIT WHEN is_bad;
      CONTINUE WHEN was_applied[i];
      IF leg_settled_by[leg_of[i]] IS NULL THEN
        u := CASE WHEN usage_of[i] > 0 THEN usage_at[usage_of[i]] ELSE 0 END;
        FOR d IN draw_start .. draw_end LOOP
          p := pool_of[draws[d]];
          IF least(free_ms[p], amounts[i], CASE WHEN u > 0 THEN limits[i] - spent_ms[u] END) >= first_increments[i] THEN
            first_draw[i] := d;
            free_ms[p] := free_ms[p] - first_increments[i];
            IF u > 0 THEN spent_ms[u] := spent_ms[u] + first_increments[i]; END IF;
            EXIT;
          END IF;
        END LOOP;
      END IF;
      is_short := is_short OR first_draw[i] = 0;
    END LOOP;
    IF is_bad OR (together = 'all' AND is_short) THEN
      FOR i IN 1 .. cardinality(operation_ids) LOOP
        CONTINUE WHEN first_draw[i] = 0;
        p := pool_of[draws[first_draw[i]]];
        u := CASE WHEN usage_of[i] > 0 THEN usage_at[usage_of[i]] ELSE 0 END;
        free_ms[p] := free_ms[p] + first_increments[i];
        IF u > 0 THEN spent_ms[u] := spent_ms[u] - first_increments[i]; END IF;
        first_draw[i] := 0;
      END LOOP;
    END IF;
    draw_end := 0;
  END IF;

  FOR i IN 1 .. cardinality(operation_ids) LOOP
    draw_start := draw_end + 1;
    draw_end := draw_end + draw_counts[i];
    l := leg_of[i];
    rest_ms := amounts[i];

    IF rest_ms < 0 THEN
      outcomes[i] := 'invalid';

    ELSIF is_settle[i] THEN
      IF leg_settled_by[l] IS NULL AND NOT was_applied[i] THEN
        h := first_hold[l];
        WHILE h > 0 LOOP
          p := hold_pool[h];
          take_ms := least(rest_ms, hold_ms[h]);
          rest_ms := rest_ms - take_ms;
          free_ms[p] := free_ms[p] + hold_ms[h] - take_ms;
          used_now[p] := used_now[p] + take_ms;
          u := hold_usage[h];
          IF u > 0 THEN
            spent_ms[u] := spent_ms[u] - hold_ms[h] + take_ms;
            usage_used[u] := usage_used[u] + take_ms;
            usage_held[u] := usage_held[u] - hold_ms[h];
          END IF;
          last_seq[p] := last_seq[p] + 1;
          entries := entries + 1;
          entry_operation[entries] := i; entry_pool[entries] := pool_ids[p]; entry_seq[entries] := last_seq[p];
          entry_held[entries] := -hold_ms[h]; entry_used[entries] := take_ms;
          h := next_hold[h];
        END LOOP;
        leg_settled_by[l] := operation_ids[i];
        leg_uncovered[l] := rest_ms;
        settled := settled || i;
      END IF;
      uncovered[i] := leg_uncovered[l];

    ELSE
      IF is_pool_missing THEN
        IF EXISTS (SELECT FROM unnest(draws[draw_start:draw_end]) AS place WHERE pool_of[place] IS NULL) THEN
          outcomes[i] := 'pool-unknown';
          CONTINUE;
        END IF;
      END IF;
      u := CASE WHEN usage_of[i] > 0 THEN usage_at[usage_of[i]] ELSE 0 END;
      increment_ms := first_increments[i];
      IF increment_ms <= 0 OR next_increments[i] <= 0 OR draw_counts[i] NOT BETWEEN 1 AND 4 THEN
        outcomes[i] := 'invalid';
        CONTINUE;
      ELSIF leg_settled_by[l] IS NOT NULL THEN
        -- Also when it was applied before: what it took then is not held any more.
        outcomes[i] := 'leg-settled';
        rest_ms := 0;
      ELSIF was_applied[i] OR first_draw[i] = 0 THEN
        rest_ms := 0;
      END IF;

      FOR d IN draw_start .. draw_end LOOP
        p := pool_of[draws[d]];
        IF d = first_draw[i] THEN
          -- Given back, to be taken at once. The pools before this one have no room for it now as then.
          free_ms[p] := free_ms[p] + increment_ms;
          IF u > 0 THEN spent_ms[u] := spent_ms[u] - increment_ms; END IF;
        END IF;
        room_ms := least(free_ms[p], rest_ms);
        IF u > 0 THEN
          room_ms := least(room_ms, limits[i] - spent_ms[u]); -- Of NULL and a number the number is the least.
        END IF;
        IF room_ms >= increment_ms THEN
          take_ms := increment_ms + (room_ms - increment_ms) / next_increments[i] * next_increments[i];
          increment_ms := next_increments[i];
          rest_ms := rest_ms - take_ms;
          free_ms[p] := free_ms[p] - take_ms;
          last_seq[p] := last_seq[p] + 1;
          entries := entries + 1;
          entry_operation[entries] := i; entry_pool[entries] := pool_ids[p]; entry_seq[entries] := last_seq[p];
          entry_held[entries] := take_ms; entry_used[entries] := 0;

          h := first_hold[l];
          WHILE h > 0 AND hold_pool[h] <> p LOOP h := next_hold[h]; END LOOP;
          IF h > 0 THEN
            hold_ms[h] := hold_ms[h] + take_ms;
            hold_changed[h] := true;
            is_hold_changed := true;
          ELSE
            holds := holds + 1;
            h := holds;
            hold_leg[h] := l; hold_pool[h] := p; hold_ms[h] := take_ms; next_hold[h] := 0; hold_usage[h] := u;
            IF first_hold[l] = 0 THEN
              first_hold[l] := h; hold_ordinal[h] := 1;
            ELSE
              next_hold[last_hold[l]] := h; hold_ordinal[h] := hold_ordinal[last_hold[l]] + 1;
            END IF;
            last_hold[l] := h;
          END IF;
          -- Where a hold is counted is said at its beginning; its settlement takes it out there.
          IF hold_usage[h] > 0 THEN
            spent_ms[hold_usage[h]] := spent_ms[hold_usage[h]] + take_ms;
            usage_held[hold_usage[h]] := usage_held[hold_usage[h]] + take_ms;
          END IF;
        END IF;
        lefts[i] := lefts[i] + free_ms[p];
      END LOOP;
      IF u > 0 THEN
        limit_lefts[i] := CASE WHEN limits[i] IS NOT NULL THEN greatest(0, limits[i] - spent_ms[u]) END;
      END IF;
    END IF;
  END LOOP;

  IF together IS NOT NULL AND NOT is_bad THEN
    draw_end := 0;
    FOR i IN 1 .. cardinality(operation_ids) LOOP
      draw_start := draw_end + 1;
      draw_end := draw_end + draw_counts[i];
      lefts[i] := 0;
      FOR d IN draw_start .. draw_end LOOP lefts[i] := lefts[i] + free_ms[pool_of[draws[d]]]; END LOOP;
      IF usage_of[i] > 0 AND limits[i] IS NOT NULL THEN
        limit_lefts[i] := greatest(0, limits[i] - spent_ms[usage_at[usage_of[i]]]);
      END IF;
    END LOOP;
  END IF;

  IF entries > old_entries THEN
    INSERT INTO ledger
      SELECT pool, seq, operation_ids[operation], CASE WHEN held > 0 THEN 'reserve' WHEN used > 0 THEN 'settle' ELSE 'release' END,
             leg_ids[leg_of[operation]], 0, held, used, 'system', NULL, timestamptz 'epoch' + instants[operation] * interval '1 ms'
        FROM unnest(entry_operation[old_entries + 1 :], entry_pool[old_entries + 1 :], entry_seq[old_entries + 1 :],
                    entry_held[old_entries + 1 :], entry_used[old_entries + 1 :]) AS entry (operation, pool, seq, held, used);
    UPDATE pool SET seq = now.seq, used_ms = used_ms + now.used, held_ms = granted_ms - used_ms - now.used - now.free
      FROM unnest(pool_at, first_seq, last_seq, used_now, free_ms) AS now (at, first, seq, used, free)
     WHERE pool.ctid = now.at AND now.seq > now.first;
    GET DIAGNOSTICS written = ROW_COUNT;
    IF written <> (SELECT count(*) FROM unnest(first_seq, last_seq) AS now (first, seq) WHERE seq > first) THEN
      RAISE EXCEPTION 'a pool was written past its lock' USING ERRCODE = 'serialization_failure';
    END IF;
    IF is_counted THEN
      UPDATE member_usage SET used_ms = used_ms + now.used, held_ms = held_ms + now.held
        FROM unnest(usage_row, usage_used, usage_held) AS now (at, used, held)
       WHERE member_usage.ctid = now.at AND (now.used <> 0 OR now.held <> 0);
    END IF;
  END IF;
  IF holds > old_holds THEN
    INSERT INTO hold
      SELECT leg_ids[leg], pool_ids[made.pool], made.ordinal, ms, CASE WHEN usage > 0 THEN usage_ids[usage] END
        FROM unnest(hold_leg[old_holds + 1 :], hold_pool[old_holds + 1 :], hold_ms[old_holds + 1 :], hold_ordinal[old_holds + 1 :],
                    hold_usage[old_holds + 1 :])
          AS made (leg, pool, ms, ordinal, usage)
       WHERE leg_settled_by[leg] IS NULL;
  END IF;
  IF is_hold_changed THEN
    UPDATE hold SET held_ms = now.ms
      FROM unnest(hold_at, hold_leg[: old_holds], hold_ms[: old_holds], hold_changed[: old_holds]) AS now (at, leg, ms, is_changed)
     WHERE hold.ctid = now.at AND is_changed AND leg_settled_by[leg] IS NULL;
  END IF;
  IF settled <> '{}' THEN
    INSERT INTO settlement
      SELECT leg_ids[leg_of[i]], operation_ids[i], amounts[i], uncovered[i], timestamptz 'epoch' + instants[i] * interval '1 ms' FROM unnest(settled) AS i;
    DELETE FROM hold USING unnest(hold_at, hold_leg[: old_holds]) AS now (at, leg)
     WHERE hold.ctid = now.at AND leg_settled_by[leg] IS NOT NULL;
  END IF;
END $$;
