/** What the driver and Postgres say when the address, the name or the password of a database of one's own is wrong. */
const ADVICE: { readonly [code: string]: string } = {
  ECONNREFUSED: 'nothing listens there; start the database, or correct host and port',
  ENOTFOUND: 'no such host; correct its name',
  EHOSTUNREACH: 'the host cannot be reached; check the network and the firewall',
  ETIMEDOUT: 'the host does not answer; check the network and the firewall',
  '28P01': 'the password is wrong',
  '28000': 'this user may not sign in; check pg_hba.conf',
  '3D000': 'there is no such database; create it',
  '42501': 'the user may not set up the schema; give it the rights that docs/operating/configure.md names',
}

/** A login as it was set: `setting` is the name that its reader typed. */
export type DatabaseLogin = { readonly setting: 'DATABASE_URL' | 'DATABASE_OWNER_URL'; readonly url: string }

/** One sentence for a person who set a login; `undefined` when the fault is none of it. Never the password. */
export function databaseFault(error: unknown, login: DatabaseLogin): string | undefined {
  const code = codeOf(error)
  const advice = code === undefined ? undefined : ADVICE[code]
  return advice === undefined
    ? undefined
    : `${login.setting}: cannot use ${placeOf(login)} (${code}): ${advice}, and start again.`
}

export function placeOf({ url }: DatabaseLogin): string {
  // Without a host (`postgresql://user@/calls?host=/run/postgresql`) it is a URL to Postgres only.
  if (!URL.canParse(url)) return /[?&]host=([^&]*)/.exec(url)?.[1]?.replaceAll(/%2f/gi, '/') ?? 'the database'
  const { hostname, port, pathname } = new URL(url)
  return `${hostname}:${port || '5432'}${pathname}`
}

/** The code may lie behind one or more causes, or in the first of several tries. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string' && error.code in ADVICE) return error.code
  return codeOf(error.cause) ?? (error instanceof AggregateError ? codeOf(error.errors[0]) : undefined)
}
