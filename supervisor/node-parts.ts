import { rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { checkout } from './layout.ts'
import type { Layout } from './layout.ts'
import type { PartSpec } from './part.ts'
import type { Runtime } from './runtime.ts'
import { makeSocketFolder, socketFolder } from './socket-folder.ts'

export function serverPart(layout: Layout, runtime: Runtime): PartSpec {
  const { host, port } = runtime.server
  return {
    name: 'server',
    // TANDEM_SERVER: another program in its place, for tests of the supervisor itself.
    prepare: async () => nodeProgram(process.env['TANDEM_SERVER'] ?? 'server/main.ts', layout),
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
      return nodeProgram('supervisor/edge.ts', layout)
    },
    isReady: () => isListening(runtime.edge.host, runtime.edge.port),
    readyWithinMs: 10_000,
    stopSignal: 'SIGTERM',
    stopWithinMs: 2_000,
    onExit: () => rmSync(socketFolder(layout, 'edge'), { recursive: true, force: true }),
  }
}

function nodeProgram(file: string, layout: Layout) {
  const argv: [string, string] = [process.execPath, join(checkout, file)]
  return { argv, cwd: checkout, env: { TANDEM_RUNTIME: layout.runtimeFile, NODE_ENV: 'production' } }
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
