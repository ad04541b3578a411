import { createHash } from 'node:crypto'
import type { Secrets } from './secrets.ts'

/** The roles of the private Postgres, and who of them gets in how. */

/** Who owns the database and changes the schema: an ordinary role, so that its password opens this database and no file. */
export const owner = 'tandem_owner'
/** May only do what the migrations grant it. */
export const application = 'tandem_app'
/** Made by initdb, and in versions before the owner. No line of `pg_hba.conf` lets it in: it works without a server only. */
export const superuser = 'tandem'
export const database = 'tandem'

const ordinary = 'LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS'

/** For the superuser, each on one line; whatever was there before, they may be repeated. */
export function roleStatements({ databaseOwnerPassword, databaseAppPassword }: Secrets): string[] {
  return [
    ...[owner, application].map(
      (role) => `DO $$ BEGIN IF to_regrole('${role}') IS NULL THEN CREATE ROLE ${role}; END IF; END $$`,
    ),
    `ALTER ROLE ${owner} ${ordinary} PASSWORD '${databaseOwnerPassword}'`,
    `ALTER ROLE ${application} ${ordinary} PASSWORD '${databaseAppPassword}'`,
    `ALTER ROLE ${superuser} PASSWORD NULL`,
    // The migrations need it and could not give it themselves.
    `GRANT ${application} TO ${owner}`,
  ]
}

export const databaseStatement = `CREATE DATABASE ${database} OWNER ${owner}`

/**
 * In the database, for one whose owner was the superuser: it can't be made an ordinary role, so what is its own is given to
 * one. What belongs to an extension stays; indexes, types and sequences of columns follow their tables.
 */
export const ownershipStatements: readonly string[] = [
  `ALTER DATABASE ${database} OWNER TO ${owner}`,
  oneLine(`DO $$
    DECLARE owned record;
    BEGIN
      FOR owned IN
        SELECT 'TABLE ' || oid::regclass AS name FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relowner = '${superuser}'::regrole AND relkind IN ('r', 'p')
        UNION ALL
        SELECT 'ROUTINE ' || oid::regprocedure FROM pg_proc
         WHERE pronamespace = 'public'::regnamespace AND proowner = '${superuser}'::regrole
           AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND classid = 'pg_proc'::regclass AND deptype = 'e')
      LOOP
        EXECUTE format('ALTER %s OWNER TO ${owner}', owned.name);
      END LOOP;
    END $$`),
]

/** Without a server a line is a statement. */
function oneLine(statement: string): string {
  return statement.replaceAll(/\s*\n\s*/g, ' ')
}

/** `pg_hba.conf`: owner and application each by a password of their own, to this database, and nobody else at all. */
export function accessRules({ databaseOwnerPassword, databaseAppPassword }: Secrets): string {
  const made = createHash('sha256').update(`${databaseOwnerPassword} ${databaseAppPassword}`).digest('hex')
  return [
    `# Written by Tandem for the passwords ${made.slice(0, 16)}`,
    `local ${database} ${owner} scram-sha-256`,
    `local ${database} ${application} scram-sha-256`,
    '',
  ].join('\n')
}
