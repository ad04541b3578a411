import pg from 'pg'
import { applicationRole } from './connection.ts'

/**
 * What is wrong with the login of the server, where the owner of the schema has one of its own; `undefined` when it is
 * as it must be: it works as `tandem_app`, and no statement makes it the owner.
 */
export async function faultOfApplication(appUrl: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: appUrl })
  await client.connect()
  try {
    const { rows } = await client.query<Login>(QUESTION)
    return rows[0] === undefined ? undefined : faultOf(rows[0])
  } finally {
    await client.end()
  }
}

type Login = {
  readonly name: string
  /** `null`: there is no such table. */
  readonly owner: string | null
  readonly isApplication: boolean
  readonly mayBecomeOwner: boolean
}

function faultOf({ name, owner, isApplication, mayBecomeOwner }: Login): string | undefined {
  if (owner === null) return 'this is not the database that DATABASE_OWNER_URL names'
  if (mayBecomeOwner)
    return `the user ${name} can become ${owner}, the owner; take the rights away, or give another user`
  return isApplication ? undefined : `the user ${name} is no member of ${applicationRole}`
}

// Up to PostgreSQL 15 CREATEROLE is enough to become any role but a superuser.
const QUESTION = `
  SELECT login.rolname AS name, owner.rolname AS owner,
      pg_has_role(login.oid, (SELECT oid FROM pg_roles WHERE rolname = '${applicationRole}'), 'MEMBER') AS "isApplication",
      login.rolsuper OR login.rolcreaterole OR pg_has_role(login.oid, owner.oid, 'MEMBER') AS "mayBecomeOwner"
    FROM pg_roles AS login
    LEFT JOIN pg_class AS ledger ON ledger.oid = (SELECT oid FROM pg_class WHERE relname = 'ledger' AND relnamespace = 'public'::regnamespace)
    LEFT JOIN pg_roles AS owner ON owner.oid = ledger.relowner
   WHERE login.rolname = session_user`
