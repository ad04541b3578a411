import { execFile, execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { percentile } from './percentile.ts'

const tools = new URL('../.tools/pgbench/', import.meta.url).pathname

type Program = { readonly path: string; readonly env: NodeJS.ProcessEnv }

/** The machine's own, else Debian's packages unpacked into `.tools`: nothing is installed, no cluster is made. */
export function findPgbench(): Program {
  const own = globSync('/usr/lib/postgresql/*/bin/pgbench').toSorted().at(-1)
  if (own !== undefined) return { path: own, env: process.env }
  if (!existsSync(tools)) unpack()
  const path = globSync(`${tools}usr/lib/postgresql/*/bin/pgbench`)[0]
  const library = globSync(`${tools}usr/lib/*/libpq.so.5`)[0]
  if (path === undefined || library === undefined) {
    throw new Error(`pgbench was not in Debian's packages; remove ${tools} and try again`)
  }
  return { path, env: { ...process.env, LD_LIBRARY_PATH: dirname(library) } }
}

function unpack(): void {
  const depends = execFileSync('apt-cache', ['depends', 'postgresql'], { encoding: 'utf8' })
  const server = /Depends: (postgresql-\d+)/.exec(depends)?.[1]
  if (server === undefined) throw new Error('apt knows no postgresql package: run apt-get update')
  mkdirSync(tools, { recursive: true })
  execFileSync('apt-get', ['download', server, 'libpq5'], { cwd: tools, stdio: 'pipe' })
  for (const name of readdirSync(tools)) execFileSync('dpkg', ['-x', name, '.'], { cwd: tools })
}

export type PgbenchResult = { readonly clients: number; readonly perSecond: number; readonly p99Ms: number }

export type PgbenchTask = {
  readonly url: string
  readonly script: string
  readonly clientCounts: readonly number[]
  readonly seconds: number
}

/** The best of several numbers of clients: more of them make a hot row slower. */
export async function bestOfPgbench(task: PgbenchTask): Promise<PgbenchResult> {
  const results: PgbenchResult[] = []
  for (const clients of task.clientCounts) results.push(await runPgbench(findPgbench(), task, clients))
  return results.reduce((best, result) => (result.perSecond > best.perSecond ? result : best))
}

async function runPgbench(program: Program, task: PgbenchTask, clients: number): Promise<PgbenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'tdpb-'))
  try {
    writeFileSync(join(folder, 'script.sql'), task.script)
    const url = new URL(task.url.replace('@/', '@localhost/'))
    const place = ['-h', url.searchParams.get('host')!, '-U', url.username]
    const load = [
      '-n',
      '-M',
      'prepared',
      '-f',
      'script.sql',
      '-c',
      `${clients}`,
      '-j',
      '2',
      '-T',
      `${task.seconds}`,
      '-l',
    ]
    const run = promisify(execFile)
    const { stdout } = await run(program.path, [...place, ...load, url.pathname.slice(1)], {
      cwd: folder,
      env: program.env,
    })
    const logs = readdirSync(folder).filter((name) => name.startsWith('pgbench_log'))
    const latenciesMs = logs.flatMap((name) =>
      readFileSync(join(folder, name), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => Number(line.split(' ')[2]) / 1000),
    )
    return { clients, perSecond: Number(/tps = ([\d.]+)/.exec(stdout)?.[1]), p99Ms: percentile(latenciesMs, 0.99) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
