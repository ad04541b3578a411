-- A writing of a number that is erased in the same moment is erased with it, or leads to a new row.
CREATE OR REPLACE FUNCTION number_id(organization uuid, written text, led_to text DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
  SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  target bigint;
  found_id bigint;
BEGIN
  IF written IS NULL THEN RETURN NULL; END IF;
  LOOP
    IF led_to IS NOT NULL THEN target := number_id(organization, led_to); END IF;
    SELECT id INTO found_id FROM number WHERE organization_id = organization AND text = written
      AND (leads_to = target OR leads_to IS NULL AND target IS NULL);
    IF found_id IS NOT NULL THEN RETURN found_id; END IF;
    -- Whoever erases the number waits for us here, or we for him.
    IF target IS NOT NULL THEN
      PERFORM FROM number WHERE id = target AND text IS NOT NULL FOR SHARE;
      CONTINUE WHEN NOT FOUND;
    END IF;
    INSERT INTO number (organization_id, text, leads_to) VALUES (organization, written, target) ON CONFLICT DO NOTHING RETURNING id INTO found_id;
    IF found_id IS NOT NULL THEN RETURN found_id; END IF;
  END LOOP;
END $$;

-- Whether a call led to a number: also one whose terms are of no use.
CREATE FUNCTION is_call_to(call uuid, dialled_text text, terms jsonb, e164 text, at_home text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(terms->'dialled'->>'number' = e164, false) OR regexp_replace(dialled_text, '\D', '', 'g') LIKE '%' || at_home || '%'
    OR EXISTS (SELECT FROM party WHERE call_id = call AND number = e164)
$$;
REVOKE EXECUTE ON FUNCTION is_call_to FROM PUBLIC;

CREATE OR REPLACE FUNCTION erase_number(organization uuid, e164 text, at_home text, asked_at timestamptz, who text,
    OUT numbers int, OUT calls int, OUT unfinished int) LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  sought bigint[];
  erased bigint[];
BEGIN
  SELECT count(*) INTO unfinished FROM call WHERE organization_id = organization AND ended_at IS NULL AND is_call_to(id, dialled_text, terms, e164, at_home);
  -- In statements of their own: the second sees what was written until the first had the number's row.
  WITH gone AS (UPDATE number SET text = NULL, erased_at = asked_at WHERE organization_id = organization AND text = e164 RETURNING id)
    SELECT coalesce(array_agg(id), '{}') INTO sought FROM gone;
  WITH gone AS (UPDATE number SET text = NULL, erased_at = asked_at
      WHERE organization_id = organization AND text IS NOT NULL AND (leads_to = ANY (sought)
        OR (text !~ '^\+[0-9]+$' AND regexp_replace(text, '\D', '', 'g') LIKE '%' || at_home || '%'))
      RETURNING id)
    SELECT sought || coalesce(array_agg(id), '{}') INTO erased FROM gone;
  numbers := cardinality(erased);
  WITH gone AS (UPDATE call SET dialled_text = '',
        terms = CASE WHEN jsonb_typeof(terms) = 'object' THEN terms ELSE '{}' END || '{"dialled": {"kind": "number", "number": ""}}'
          || CASE WHEN terms ? 'keysAfterAnswer' THEN '{"keysAfterAnswer": null}' ELSE '{}'::jsonb END
      WHERE organization_id = organization AND ended_at IS NOT NULL AND is_call_to(id, dialled_text, terms, e164, at_home) RETURNING id),
    parties AS (UPDATE party SET number = NULL FROM gone WHERE party.call_id = gone.id AND number IS NOT NULL),
    legs AS (UPDATE leg SET number = NULL FROM gone WHERE leg.call_id = gone.id AND number IS NOT NULL)
    SELECT count(*) INTO calls FROM gone;
  INSERT INTO audit (at, organization_id, actor, action, subject_id, detail)
    VALUES (asked_at, organization, who, 'number.erased', coalesce(erased[1]::text, ''), jsonb_build_object('numbers', numbers, 'calls', calls, 'unfinished', unfinished));
END $$;

DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION number_id SET search_path = %I, pg_temp', current_schema);
  EXECUTE format('ALTER FUNCTION is_call_to SET search_path = %I, pg_temp', current_schema);
  EXECUTE format('ALTER FUNCTION erase_number SET search_path = %I, pg_temp', current_schema);
END $$;

-- Before the first year there is no instant to reckon with: a thousand years are for ever.
UPDATE retention SET keep_months = NULL WHERE keep_months > 12000;
ALTER TABLE retention ADD CHECK (keep_months <= 12000);
