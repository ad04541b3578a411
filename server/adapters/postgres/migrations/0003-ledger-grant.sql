-- Adds to what a pool may give. 'done' also when the operation was applied before.
CREATE FUNCTION ledger_grant(
  the_operation uuid, the_organization uuid, the_pool uuid, ms bigint, actor text, note text, at timestamptz
) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  next_seq bigint;
BEGIN
  SELECT seq + 1 INTO next_seq FROM pool WHERE id = the_pool AND organization_id = the_organization FOR UPDATE;
  IF next_seq IS NULL THEN
    RETURN 'pool-unknown';
  END IF;
  IF EXISTS (SELECT FROM ledger WHERE operation_id = the_operation AND pool_id = the_pool) THEN
    RETURN 'done';
  END IF;
  INSERT INTO ledger VALUES (the_pool, next_seq, the_operation, 'grant', NULL, ms, 0, 0, actor, note, at);
  UPDATE pool SET granted_ms = granted_ms + ms, seq = next_seq WHERE id = the_pool;
  RETURN 'done';
END $$;
REVOKE EXECUTE ON FUNCTION ledger_grant FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_grant TO tandem_app;
