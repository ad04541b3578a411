import { spawnSync } from 'node:child_process'
import { lchownSync, lstatSync, readFileSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Config } from './config.ts'
import { handOver } from './handed-over.ts'
import { checkout } from './layout.ts'
import { StartRefused } from './start-refused.ts'

/** Who Tandem works as when root starts it. */
export type PlainUser = { readonly uid: number; readonly gid: number }

/** Nobody's on Debian, so nothing else on the machine is his: the user of a data folder that root made. */
const usualId = 8420
/** Ports below need a privilege, which the edge then keeps: CAP_NET_BIND_SERVICE. */
const firstFreePort = 1024

/**
 * Started by root: gives the data folder to a plain user, then goes on as that user, in the same process, with no
 * privilege left and none to be had again. Returns, having said why, only where this machine does not let it.
 */
export function becomePlainUser(given: Config): void {
  const config = { ...given, data: realpathSync(given.data) }
  const user = chooseUser(config)
  const enter = wayIn(user, config)
  if (enter === null) {
    console.error(
      `Tandem goes on as root: user ${user.uid} cannot read ${checkout}, or reach ${config.data}. Put both where other users may enter (chmod o+x on the folders, chmod -R go+rX on the checkout), or set "user" to somebody who may.`,
    )
    return
  }
  giveFolder(config.data, user)
  const env = { ...process.env, HOME: config.data, ...handOver(config) }
  process.execve!(
    enter[0],
    [...enter, process.execPath, ...process.execArgv, join(checkout, 'supervisor/main.ts')],
    env,
  )
}

/** The one that is named; else whoever owns the data folder, if that is not root; else one of our own. */
export function chooseUser(config: Pick<Config, 'data' | 'user'>): PlainUser {
  if (config.user !== null) return userCalled(config.user)
  const { uid, gid } = statSync(config.data)
  return uid === 0 ? { uid: usualId, gid: usualId } : { uid, gid: gid === 0 ? uid : gid }
}

function userCalled(name: string): PlainUser {
  const fields = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([login, , id]) => login === name || id === name)
  const [uid, gid] = fields === undefined ? [Number(name), Number(name)] : [Number(fields[2]), Number(fields[3])]
  if (Number.isSafeInteger(uid) && Number.isSafeInteger(gid) && uid > 0) return { uid, gid }
  throw new StartRefused(
    uid === 0
      ? 'user: root is what Tandem shall not work as; name another user, or leave the setting out'
      : `user: there is no user ${name} on this machine; create it, give its id, or leave the setting out`,
  )
}

/** The words before a command by which it runs as that user and reaches checkout and data; `null`: there is no way. */
function wayIn(user: PlainUser, config: Config): readonly [string, ...string[]] | null {
  const plain = ['setpriv', ...asUser(user, config), '--'] as const
  const ways = [
    plain,
    ['unshare', '--mount', '--propagation', 'private', '--', ...reach(user, config), ...plain],
  ] as const
  const found = ways.find((way) => canWork(way, config))
  return found === undefined ? null : [programAt(found[0]), ...found.slice(1)]
}

function asUser(user: PlainUser, config: Config): string[] {
  const kept = config.port > 0 && config.port < firstFreePort ? ',+net_bind_service' : ''
  // It is lost when the user changes, so whoever wants it tells us: scripts/start.sh, and the tests.
  const parentDies = process.env['TANDEM_PARENT_DEATH_SIGNAL'] ?? ''
  return [
    `--reuid=${user.uid}`,
    `--regid=${user.gid}`,
    '--clear-groups',
    '--no-new-privs',
    `--inh-caps=-all${kept}`,
    `--ambient-caps=-all${kept}`,
    `--bounding-set=-all${kept}`,
    ...(parentDies === '' ? [] : ['--pdeathsig', parentDies]),
  ]
}

/** What `reach.sh` is told: the folders that the user can't enter, and what he needs of what is in them. */
function reach(user: PlainUser, config: Config): string[] {
  const needed = [...(mayEnter(user, checkout) ? [checkout] : entriesOf(checkout)), config.data]
  const hidden = needed.flatMap((path) => {
    const barred = foldersAbove(path).find((folder) => !mayEnter(user, folder))
    return barred === undefined ? [] : [{ path, barred }]
  })
  const covers = [...new Set(hidden.map(({ barred }) => barred))].flatMap((folder) => ['cover', folder])
  const shows = [...new Set(hidden.map(({ path }) => path))].flatMap((path) => ['show', path])
  return ['bash', join(checkout, 'supervisor/reach.sh'), ...covers, ...shows, '--']
}

/** Of a checkout that is barred itself. A symbolic link would be followed; there is none that a part needs. */
function entriesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => (entry.isDirectory() || entry.isFile()) && entry.name !== '.git')
    .map(({ name }) => join(folder, name))
}

/** From the root downwards. */
function foldersAbove(path: string): string[] {
  const above = dirname(path)
  return above === path ? [] : [...foldersAbove(above), above]
}

function mayEnter(user: PlainUser, folder: string): boolean {
  const { uid, gid, mode } = statSync(folder)
  const execute = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001
  return (mode & execute) !== 0
}

/** Tried, not computed: access lists, security modules and containers have a say too. The data folder is given later. */
function canWork(enter: readonly [string, ...string[]], config: Config): boolean {
  const sources = ['supervisor', 'server', 'contract', 'deploy', 'web/dist'].map((name) => join(checkout, name))
  const script = `test -x "$1" && test -x "$2" && shift 2 && test -z "$(find "$@" ! -readable 2>&1)"`
  const [file, ...args] = enter
  const above = dirname(config.data)
  const tried = spawnSync(file, [...args, 'sh', '-c', script, 'sh', process.execPath, above, ...sources], {
    stdio: 'ignore',
    cwd: '/',
  })
  return tried.status === 0
}

function programAt(name: string): string {
  const folders = (process.env['PATH'] ?? '').split(':')
  const path = folders.map((folder) => join(folder, name)).find((file) => statSync(file, { throwIfNoEntry: false }))
  if (path === undefined) throw new StartRefused(`The program ${name} is missing; install util-linux.`)
  return path
}

/**
 * Only what root owned: in a folder that is the user's already, he could have put a link to a file of root's for us to
 * give away. The folder itself comes last, so that an interrupted gift begins again.
 */
function giveFolder(folder: string, user: PlainUser): void {
  if (statSync(folder).uid === user.uid) return
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const found = lstatSync(path)
    if (found.isDirectory() || found.nlink === 1) lchownSync(path, user.uid, user.gid)
  }
  lchownSync(folder, user.uid, user.gid)
}
