/** What the driver and Postgres say when the address, the name or the password in `DATABASE_URL` is wrong. */
const ADVICE: { readonly [code: string]: string } = {
  ECONNREFUSED: 'nothing listens there; start the database, or correct host and port',
  ENOTFOUND: 'no such host; correct its name',
  EHOSTUNREACH: 'the host cannot be reached; check the network and the firewall',
  ETIMEDOUT: 'the host does not answer; check the network and the firewall',
  '28P01': 'the password is wrong',
  '28000': 'this user may not sign in; check pg_hba.conf',
  '3D000': 'there is no such database; create it',
  '42501': 'the user may not set up the schema; make it the owner of the database, with CREATEROLE',
}

/** One sentence for a person who set `DATABASE_URL`; `undefined` when the fault is none of it. Never the password. */
export function databaseFault(error: unknown, databaseUrl: string): string | undefined {
  const code = codeOf(error)
  const advice = code === undefined ? undefined : ADVICE[code]
  if (advice === undefined) return undefined
  const { hostname, port, pathname } = new URL(databaseUrl)
  return `DATABASE_URL: cannot use ${hostname}:${port || '5432'}${pathname} (${code}): ${advice}, and start again.`
}

/** The code may lie behind one or more causes, or in the first of several tries. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string' && error.code in ADVICE) return error.code
  return codeOf(error.cause) ?? (error instanceof AggregateError ? codeOf(error.errors[0]) : undefined)
}
