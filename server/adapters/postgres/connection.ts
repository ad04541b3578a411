import { assert, instant } from '#kernel'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Tables } from './tables.ts'

/** The role that the server works as: it can't change the schema, nor what is written once. */
export const applicationRole = 'tandem_app'

/** The same database, entered as the application's role. */
export function applicationUrl(url: string): string {
  const option = `options=${encodeURIComponent(`-c role=${applicationRole}`)}`
  return /[?&]options=/.test(url) ? url : `${url}${url.includes('?') ? '&' : '?'}${option}`
}

/**
 * The same, for statements that each call asks and that find what they want by an index: planned once, for tables of any
 * size. A plan that was made while a table was small must not read all of it when it is large.
 */
export function planningOnce(applicationUrl: string): string {
  const settings = ['plan_cache_mode=force_generic_plan', 'enable_seqscan=off'].map((each) => ` -c ${each}`).join('')
  return applicationUrl.replace(/([?&]options=[^&]*)/, (options) => `${options}${encodeURIComponent(settings)}`)
}

const oid = { int8: 20, date: 1082, timestamptz: 1184 } as const

/**
 * How columns arrive: `bigint` as a number that must be exact, `timestamptz` as an `Instant` (the column's precision of
 * µs is cut to ms), `date` as the text `YYYY-MM-DD`.
 */
export const types: pg.CustomTypesConfig = {
  getTypeParser: ((id: number, format?: 'text' | 'binary') => {
    if (id === oid.int8) return exactNumber
    if (id === oid.date) return (text: string) => text
    const parse = pg.types.getTypeParser(id, format)
    return id === oid.timestamptz ? (text: string) => instant((parse(text) as Date).getTime()) : parse
  }) as pg.CustomTypesConfig['getTypeParser'],
}

function exactNumber(text: string): number {
  const value = Number(text)
  assert(Number.isSafeInteger(value), `a bigint of the database is too large: ${text}`)
  return value
}

export type Db = Kysely<Tables>

export function openPool(url: string, connections: number): Db {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: 5_000,
    types,
    application_name: 'tandem',
  })
  // A connection that dies is replaced at the next use. Without a listener its end would end the process: the pool hears
  // the idle ones only, and one that is lent out and has no statement in flight has nobody to tell.
  pool.on('error', () => {})
  pool.on('connect', (client) => {
    client.on('error', () => {})
    prepareStatements(client)
  })
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
}

/**
 * Parsed and planned once per connection: of a statement with many subqueries that is most of its cost. The texts are
 * few, for lists are passed as arrays.
 */
function prepareStatements(client: pg.PoolClient): void {
  const query = client.query.bind(client) as (...given: readonly unknown[]) => unknown
  const prepared = (text: unknown, values?: readonly unknown[], ...rest: readonly unknown[]): unknown =>
    typeof text === 'string' && values !== undefined && values.length > 0
      ? query({ text, values, name: nameOf(text) }, ...rest)
      : query(text, values, ...rest)
  client.query = prepared as typeof client.query
}

/** Of this process; a text that comes after so many is sent as it is. */
const mostNames = 500
const names = new Map<string, string>()

function nameOf(text: string): string | undefined {
  if (!names.has(text) && names.size < mostNames) names.set(text, `s${names.size}`)
  return names.get(text)
}

/** A transaction of its own, or the one that the caller is already in. */
export const inTransaction = <T>(db: Db, work: (transaction: Db) => Promise<T>): Promise<T> =>
  db.isTransaction ? work(db) : db.transaction().execute(work)

/** The name of the violated constraint, or `undefined` when the error is another. */
export function violatedConstraint(error: unknown): string | undefined {
  if (!(error instanceof pg.DatabaseError)) return undefined
  return error.code?.startsWith('23') === true ? error.constraint : undefined
}
