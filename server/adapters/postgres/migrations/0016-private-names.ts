import { type Kysely, sql } from 'kysely'

/**
 * A function that works with its owner's rights must not be led to tables of its caller's: temporary ones come before
 * all others unless the path names their schema (PostgreSQL manual, CREATE FUNCTION, "Writing SECURITY DEFINER functions
 * safely"), and a trigger on such a table would run with the owner's rights. And the application has no use for them.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(`
    DO $$
    DECLARE
      owned regprocedure;
    BEGIN
      FOR owned IN SELECT oid FROM pg_proc WHERE prosecdef AND pronamespace = current_schema::regnamespace LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', owned, current_schema);
      END LOOP;
      EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    END $$
  `)
    .execute(db)
}
