import { rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { lastLines, pick, startChild } from './child.ts'
import { checkout } from './layout.ts'
import type { Layout } from './layout.ts'
import type { PartSpec } from './part.ts'
import type { Database } from './postgres.ts'
import type { Runtime } from './runtime.ts'
import { makeSocketFolder, socketFolder } from './socket-folder.ts'
import { StartRefused } from './start-refused.ts'

export function serverPart(layout: Layout, runtime: Runtime, database: Database): PartSpec {
  const { host, port } = runtime.server
  let isMigrated = false
  return {
    name: 'server',
    // TANDEM_SERVER: another program in its place, for tests of the supervisor itself.
    async prepare() {
      if (!isMigrated) await migrate(layout, runtime, database)
      isMigrated = true
      // The bootstrap key is the server's alone; PG*: what else its driver may be told of a database of one's own.
      const pg = Object.keys(process.env).filter((name) => name.startsWith('PG'))
      const own = pick(['TANDEM_BOOTSTRAP_KEY', ...pg])
      const program = nodeProgram(process.env['TANDEM_SERVER'] ?? 'server/main.ts', { ...ourNames(layout), ...own })
      return { ...program, writesMaskedJson: true }
    },
    isReady: () => isOk(`http://${host}:${port}/api/health/ready`),
    readyWithinMs: 30_000,
    stopSignal: 'SIGTERM',
    stopWithinMs: 4_000,
  }
}

export function edgePart(layout: Layout, runtime: Runtime): PartSpec {
  return {
    name: 'edge',
    async prepare() {
      makeSocketFolder(layout, 'edge')
      return { ...nodeProgram('supervisor/edge.ts', ourNames(layout)), bindsLowPort: runtime.edge.port < 1024 }
    },
    isReady: () => isListening(runtime.edge.host, runtime.edge.port),
    readyWithinMs: 10_000,
    stopSignal: 'SIGTERM',
    stopWithinMs: 2_000,
    onExit: () => rmSync(socketFolder(layout, 'edge'), { recursive: true, force: true }),
  }
}

/** Once per start, as the database's owner and in a process of its own: the server never has that access. */
async function migrate(layout: Layout, { config }: Runtime, { ownerUrl, appUrl }: Database): Promise<void> {
  const pg = pick(Object.keys(process.env).filter((name) => name.startsWith('PG')))
  const apart: Record<string, string> = appUrl === ownerUrl ? {} : { TANDEM_APP_URL: appUrl }
  const own = config.databaseUrl === null ? { TANDEM_OWN_DATABASE: 'yes' } : apart
  const logFile = join(layout.log, 'server.log')
  const command = nodeProgram('server/assembly/migrate.ts', {
    ...pg,
    ...own,
    ...compiledIn(layout),
    TANDEM_OWNER_URL: ownerUrl,
  })
  const { exited, logged } = startChild(command, logFile)
  const [{ code, signal }] = await Promise.all([exited, logged])
  if (code === 0) return
  throw new StartRefused(
    `The database could not be brought up to date (${signal ?? `exit code ${code}`}). The last lines of ${logFile}:\n${lastLines(logFile, 25)}`,
  )
}

function ourNames(layout: Layout): Record<string, string> {
  return { TANDEM_RUNTIME: layout.runtimeFile, NODE_ENV: 'production', ...compiledIn(layout) }
}

/** What was compiled once is there at the next start: who dies is back sooner. Node keeps it apart by version and source. */
const compiledIn = ({ code }: Layout): Record<string, string> => ({ NODE_COMPILE_CACHE: code })

function nodeProgram(file: string, env: Record<string, string>) {
  const argv: [string, string] = [process.execPath, join(checkout, file)]
  return { argv, cwd: checkout, env }
}

async function isOk(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok
  } catch {
    return false // Not listening yet.
  }
}

function isListening(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
