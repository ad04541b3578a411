import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Server } from 'node:net'
import { readJson, writeJson } from './files.ts'
import type { Layout } from './layout.ts'
import { StartRefused } from './start-refused.ts'

type Holder = { pid: number; startedAt: string; address: string }

/**
 * One supervisor per data folder. The lock itself is an abstract socket, which the kernel gives back however its
 * owner dies; the file beside it only tells people who holds it.
 */
export async function takeLock(layout: Layout): Promise<{ announce(address: string): void; release(): void }> {
  const name = createHash('sha256').update(realpathSync(layout.data)).digest('hex').slice(0, 32)
  const socket = await listen(`\0tandem-${name}`).catch((fault: NodeJS.ErrnoException) => {
    if (fault.code !== 'EADDRINUSE') throw fault
    throw new StartRefused(alreadyRunning(layout))
  })
  return {
    announce(address) {
      const holder: Holder = { pid: process.pid, startedAt: new Date().toISOString(), address }
      writeJson(layout.lockFile, holder)
    },
    release: () => void socket.close(),
  }
}

function alreadyRunning(layout: Layout): string {
  const holder = readJson(layout.lockFile) as Holder | null
  const who = holder === null ? '' : ` (process ${holder.pid}, since ${holder.startedAt}, ${holder.address})`
  return `Tandem already runs on ${layout.data}${who}. Stop it first, or set TANDEM_DATA to another folder.`
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((stranger) => stranger.destroy())
    server.once('error', reject)
    server.listen(path, () => {
      server.unref()
      resolve(server)
    })
  })
}
