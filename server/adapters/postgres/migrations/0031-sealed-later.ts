import { type Kysely, sql } from 'kysely'

/**
 * A first reservation and a settlement do not wait for the disk: the call that is placed, the end that is written next do,
 * and take them along (decision 0020). Between the two Postgres may die and come back without the first: then the second
 * must not stand alone. It is refused as if the crash were now, and whoever wrote it begins again.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(checks).execute(db)
}

const checks = `
  CREATE FUNCTION held_at_least(leg uuid, ms bigint) RETURNS boolean LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
  BEGIN
    IF ms > (SELECT coalesce(sum(held_ms), 0) FROM hold WHERE leg_id = leg) THEN
      RAISE EXCEPTION 'the reservation of leg % is lost', leg USING ERRCODE = 'crash_shutdown';
    END IF;
    RETURN true;
  END $$;
  CREATE FUNCTION is_settled(ended uuid) RETURNS boolean LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
  BEGIN
    IF EXISTS (SELECT FROM party WHERE call_id = ended AND meter_leg_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM settlement WHERE leg_id = meter_leg_id)) THEN
      RAISE EXCEPTION 'the settlement of call % is lost', ended USING ERRCODE = 'crash_shutdown';
    END IF;
    RETURN true;
  END $$;
  REVOKE EXECUTE ON FUNCTION held_at_least, is_settled FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION held_at_least, is_settled TO tandem_app;
`
