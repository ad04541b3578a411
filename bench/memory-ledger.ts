import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Load, underLoad } from './load.ts'

/**
 * The upper bound: balances in memory, entries appended to a file, one fsync for all that arrived meanwhile. What no
 * database could beat, and what could not answer a single question afterwards.
 */
export async function measureMemoryLedger(callers: number, seconds: number): Promise<Load> {
  const folder = await mkdtemp(join(tmpdir(), 'tdml-'))
  const file = await open(join(folder, 'ledger'), 'a')
  try {
    const append = groupCommit(file)
    const applied = new Map<string, number>()
    let freeMs = Number.MAX_SAFE_INTEGER
    let seq = 0
    return await underLoad(callers, seconds, async (_, done) => {
      const startedAt = performance.now()
      const operationId = randomUUID()
      if (!applied.has(operationId) && freeMs >= 60_000) {
        freeMs -= 60_000
        applied.set(operationId, 60_000)
        await append(JSON.stringify({ seq: ++seq, operationId, kind: 'reserve', heldDeltaMs: 60_000, at: startedAt }))
      }
      done(startedAt)
    })
  } finally {
    await file.close()
    await rm(folder, { recursive: true })
  }
}

function groupCommit(file: FileHandle): (line: string) => Promise<void> {
  let waiting: { line: string; resolve: () => void }[] = []
  let isWriting = false
  const write = async (): Promise<void> => {
    isWriting = true
    while (waiting.length > 0) {
      await new Promise(setImmediate)
      const batch = waiting
      waiting = []
      await file.appendFile(batch.map(({ line }) => `${line}\n`).join(''))
      await file.datasync()
      for (const { resolve } of batch) resolve()
    }
    isWriting = false
  }
  return (line) =>
    new Promise((resolve) => {
      waiting.push({ line, resolve })
      if (!isWriting) void write()
    })
}
