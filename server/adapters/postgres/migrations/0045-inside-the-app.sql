-- Calls inside the app: no number leads there, nothing is paid.

ALTER TABLE decision ADD COLUMN kind text, ALTER COLUMN number_id DROP NOT NULL;
COMMENT ON COLUMN decision.kind IS 'NULL: business, as nearly all are';
ALTER TABLE record ALTER COLUMN number_id DROP NOT NULL;
ALTER TABLE event ALTER COLUMN left_ms DROP NOT NULL;

-- Whose request a call is, in the transaction that places it. Nothing is done for a key that stands for another call.
CREATE FUNCTION claim_key(given jsonb) RETURNS boolean LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF given IS NULL THEN RETURN true; END IF;
  INSERT INTO idempotency SELECT row.* FROM jsonb_populate_record(NULL::idempotency, given) AS row
    ON CONFLICT (key) DO UPDATE SET body_hash = excluded.body_hash, claimed_at = excluded.claimed_at,
      call_id = excluded.call_id, status = NULL, body = NULL
      WHERE idempotency.call_id = excluded.call_id OR idempotency.claimed_at <= excluded.claimed_at - interval '24 hours';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a key stands for another call' USING ERRCODE = 'unique_violation', CONSTRAINT = 'idempotency_pkey';
  END IF;
  RETURN true;
END $$;
REVOKE EXECUTE ON FUNCTION claim_key FROM PUBLIC;
GRANT EXECUTE ON FUNCTION claim_key TO tandem_app;
