import pg from 'pg'
import type { TestPostgres } from '../adapters/postgres/testing.ts'

/** For the tests of who may do what in the database. */

export async function ask(url: string, statement: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

/** Of whoever may send any statement as the server. */
export const FORBIDDEN = [
  'ALTER TABLE ledger ADD COLUMN x int',
  'DROP TABLE record',
  'UPDATE ledger SET kind = kind',
  'DELETE FROM ledger',
  'TRUNCATE record',
  'CREATE TABLE x (y int)',
  'CREATE FUNCTION x() RETURNS int LANGUAGE sql RETURN 1',
  'CREATE SCHEMA x',
  'CREATE ROLE x',
  'SET ROLE tandem_owner',
  'RESET ROLE; ALTER TABLE ledger ADD COLUMN x int',
  'SET SESSION AUTHORIZATION tandem_owner',
  "ALTER ROLE tandem_owner PASSWORD 'x'",
  'GRANT tandem_owner TO tandem_app',
  "COPY (SELECT 1) TO PROGRAM 'true'",
  "SELECT pg_read_file('pg_hba.conf')",
]
export const REFUSED = { code: '42501' }

/** Whose the database is, and all that matters in it. */
export const OWNERS = `SELECT DISTINCT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relnamespace = 'public'::regnamespace
  UNION SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
  UNION SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()`

export const socketsOf = ({ ownerUrl }: TestPostgres): string => decodeURIComponent(ownerUrl.split('host=')[1]!)
