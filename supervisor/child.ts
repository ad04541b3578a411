import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { closeSync, fstatSync, openSync, readSync, writeFileSync } from 'node:fs'
import { LogFile } from './log-file.ts'

/** A program that dies with this process, however this process dies, and that Ctrl-C at the terminal doesn't reach. */
export type Command = {
  argv: readonly [string, ...string[]]
  env?: Record<string, string>
  cwd?: string
  input?: string
  /** It listens on a port below 1024: the one privilege that it keeps, if the supervisor has it. */
  bindsLowPort?: boolean
  /** Its JSON lines are masked by itself; see `LogFile`. */
  writesMaskedJson?: boolean
}

export type Exit = { code: number | null; signal: NodeJS.Signals | null }

export type Child = {
  readonly child: ChildProcess
  readonly exited: Promise<Exit>
  /** All that it said is in the file, as far as it is kept. May be later than its exit. */
  readonly logged: Promise<void>
}

/** What it says goes through us into the file, which is bounded and masked; see `LogFile`. */
export function startChild(command: Command, logFile: string): Child {
  writeFileSync(logFile, '', { flag: 'a', mode: 0o600 }) // Even of one that says nothing there is a log.
  const child = spawn('setpriv', [...unprivileged(command), '--pdeathsig', 'KILL', '--', ...command.argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // setsid(2)
    env: { ...inherited(), ...command.env },
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
  })
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  const { writesMaskedJson = false } = command
  return { child, exited, logged: new LogFile(logFile, { writesMaskedJson }).follow([child.stdout, child.stderr]) }
}

/** Whatever started us: a part has no privilege, and gets none by a program that would give it one. */
function unprivileged({ bindsLowPort = false }: Command): string[] {
  const dropped = bindsLowPort ? [] : ['--inh-caps=-all', '--ambient-caps=-all']
  // Where we had to go on as root there stays the power over files, for the data folder may be another's, and what
  // Postgres needs to become somebody else in a user namespace.
  const bounding = process.getuid?.() === 0 && !bindsLowPort ? ['--bounding-set=-all,+dac_override,+setfcap'] : []
  return ['--no-new-privs', ...dropped, ...bounding]
}

/** A part is given what it needs by name. What else is in our environment, such as keys, is not everybody's. */
const handedDown = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
]

function inherited(): Record<string, string> {
  return pick(handedDown)
}

/** Of our own environment. */
export function pick(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
}

/** The last lines, for the person who has to find out why it did not start. */
export function lastLines(logFile: string, count: number): string {
  const file = openSync(logFile, 'r')
  try {
    const size = fstatSync(file).size
    const tail = Buffer.alloc(Math.min(size, 8_192))
    readSync(file, tail, 0, tail.length, size - tail.length)
    return tail.toString('utf8').trimEnd().split('\n').slice(-count).join('\n')
  } finally {
    closeSync(file)
  }
}
