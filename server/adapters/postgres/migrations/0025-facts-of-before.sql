-- Decisions of before, with their worlds, as facts: by the same rules as decision-row.ts.

CREATE FUNCTION digits_of(dialled text) RETURNS text LANGUAGE sql IMMUTABLE RETURN regexp_replace(dialled, '\D', '', 'g');

-- What the number begins with before the digits that were typed; NULL where it does not end with them.
CREATE FUNCTION prefix_of(number text, dialled text) RETURNS text LANGUAGE sql IMMUTABLE RETURN
  CASE WHEN digits_of(dialled) <> '' AND right(number, length(digits_of(dialled))) = digits_of(dialled)
    THEN left(number, length(number) - length(digits_of(dialled))) END;

CREATE FUNCTION number_of(world jsonb) RETURNS text LANGUAGE sql IMMUTABLE RETURN
  coalesce(world->'destination'->>'number', world->'destination'->>'code');

CREATE FUNCTION organization_of(world jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE RETURN coalesce(world->'organization', '{}');

CREATE FUNCTION caller_of(world jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE RETURN jsonb_build_object(
  'caller', world->'caller', 'departmentLimits', world->'departmentLimits', 'periodEndsAt', world->'periodEndsAt',
  'pools', (SELECT coalesce(jsonb_agg(pool - 'freeMs' ORDER BY n), '[]')
    FROM jsonb_array_elements(world->'pools') WITH ORDINALITY AS each (pool, n)));

CREATE FUNCTION callee_of(world jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE RETURN
  jsonb_build_object('callee', world->'callee', 'isSavedContact', world->'isSavedContact');

CREATE FUNCTION regime_of(world jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE RETURN jsonb_build_object(
  'licences', world->'licences', 'numberRights', world->'numberRights', 'planVersion', world->'planVersion',
  'trunks', (SELECT coalesce(jsonb_agg(trunk - 'reachability' ORDER BY n), '[]')
    FROM jsonb_array_elements(world->'trunks') WITH ORDINALITY AS each (trunk, n)));

CREATE FUNCTION reachability_of(world jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE RETURN (
  SELECT coalesce(jsonb_agg(trunk->'reachability' ORDER BY n), '[]')
    FROM jsonb_array_elements(world->'trunks') WITH ORDINALITY AS each (trunk, n));

CREATE FUNCTION destination_of(world jsonb, dialled text) RETURNS jsonb LANGUAGE sql IMMUTABLE RETURN
  coalesce(world->'destination', '{}') - 'number' - 'code' || CASE WHEN prefix_of(number_of(world), dialled) IS NULL THEN '{}'
    ELSE jsonb_build_object('prefix', prefix_of(number_of(world), dialled)) END;

-- NULL: refused. What the attempt has is not repeated; what differs from it, or was not there yet, is as it was.
CREATE FUNCTION terms_of(terms jsonb, world jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE RETURN
  CASE WHEN terms IS NOT NULL THEN
    CASE WHEN terms->'dialled' = CASE WHEN world->'destination' ? 'code'
        THEN jsonb_build_object('kind', 'service', 'code', number_of(world))
        ELSE jsonb_build_object('kind', 'number', 'number', number_of(world)) END
      THEN terms - 'dialled' ELSE terms END
    || CASE WHEN terms ? 'keysAfterAnswer' THEN '{"keysAfterAnswer": null}' ELSE '{}'::jsonb END
    || CASE WHEN terms ? 'calleeId' THEN '{"calleeId": null}' ELSE '{}'::jsonb END END;

INSERT INTO fact (kind, body)
  SELECT DISTINCT kind, body FROM decision_of_before, LATERAL (VALUES
      ('organization', organization_of(world)), ('caller', caller_of(world)), ('callee', callee_of(world)),
      ('regime', regime_of(world)), ('destination', destination_of(world, attempt->>'dialled')),
      ('reachability', reachability_of(world)), ('terms', terms_of(admission->'terms', world))) AS each (kind, body)
    WHERE body IS NOT NULL;

SELECT decision_partition(month) FROM (
  SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS month FROM decision_of_before) AS written;

CREATE FUNCTION tries_of(tries jsonb) RETURNS int LANGUAGE sql IMMUTABLE RETURN
  CASE WHEN tries IS NULL THEN -1 WHEN tries->>'sinceAt' IS NULL THEN nullif((tries->>'count')::int, 0)
    ELSE (tries->>'count')::int END;

CREATE FUNCTION ago_of(tries jsonb, at timestamptz) RETURNS int LANGUAGE sql IMMUTABLE RETURN
  (epoch_ms(at) - (tries->>'sinceAt')::bigint)::int;

INSERT INTO decision (id, call_id, organization_id, caller_id, callee_id, at, dialled, number, keys, code, refusal,
    organization_fact, caller_fact, callee_fact, regime_fact, destination_fact, reachability_fact, terms_fact,
    used_ms, free_1_ms, free_2_ms, free_more_ms, live_member, live_organization,
    unconnected, unconnected_ago_ms, typed_hour, typed_hour_ago_ms, typed_day, typed_day_ago_ms)
  SELECT before.id, call_id, organization_id, (attempt->>'callerId')::uuid, (attempt->>'calleeId')::uuid, at, attempt->>'dialled',
    CASE WHEN prefix_of(number_of(world), attempt->>'dialled') IS NULL THEN number_of(world) END,
    admission->'terms'->>'keysAfterAnswer', admission->'refusal'->>'code',
    CASE WHEN admission->>'admitted' = 'false' THEN admission - 'admitted' END,
    organization.id, caller.id, callee.id, regime.id, destination.id, reachability.id, terms.id,
    coalesce((world->>'usedThisMonthMs')::bigint, 0),
    (world->'pools'->0->>'freeMs')::bigint, (world->'pools'->1->>'freeMs')::bigint,
    (SELECT array_agg((pool->>'freeMs')::bigint ORDER BY n) FROM jsonb_array_elements(world->'pools') WITH ORDINALITY AS each (pool, n)
      WHERE n > 2),
    coalesce((world->'liveCalls'->>'member')::int, 0), coalesce((world->'liveCalls'->>'organization')::int, 0),
    tries_of(world->'unconnected'), ago_of(world->'unconnected', at),
    tries_of(world->'typedInVain'->'hour'), ago_of(world->'typedInVain'->'hour', at),
    tries_of(world->'typedInVain'->'day'), ago_of(world->'typedInVain'->'day', at)
  FROM decision_of_before AS before
    JOIN fact AS organization ON organization.kind = 'organization' AND organization.hash = fact_hash(organization_of(world))
    JOIN fact AS caller ON caller.kind = 'caller' AND caller.hash = fact_hash(caller_of(world))
    JOIN fact AS callee ON callee.kind = 'callee' AND callee.hash = fact_hash(callee_of(world))
    JOIN fact AS regime ON regime.kind = 'regime' AND regime.hash = fact_hash(regime_of(world))
    JOIN fact AS destination ON destination.kind = 'destination'
      AND destination.hash = fact_hash(destination_of(world, attempt->>'dialled'))
    JOIN fact AS reachability ON reachability.kind = 'reachability' AND reachability.hash = fact_hash(reachability_of(world))
    LEFT JOIN fact AS terms ON terms.kind = 'terms' AND terms.hash = fact_hash(terms_of(admission->'terms', world));

DROP TABLE decision_of_before;
DROP FUNCTION ago_of, tries_of, terms_of, destination_of, reachability_of, regime_of, callee_of, caller_of, organization_of, number_of, prefix_of, digits_of;
