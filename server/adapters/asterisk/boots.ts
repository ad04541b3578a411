import type { BootEnd } from '#calls'
import { instant, type Instant } from '#kernel'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/** What the supervisor wrote of one life of the engine; ms since the epoch. */
const bootRecord = z.object({ heartbeatAt: z.int().positive(), exitedAt: z.int().positive().nullish() })
type BootRecord = z.infer<typeof bootRecord>

/**
 * A boot that is not the current one is over, whether or not the supervisor lived to record its exit. `lastLineAt`: the
 * last sign of its life in its own log.
 */
export async function endOfBoot(folder: string, bootId: string, lastLineAt: Instant | null): Promise<BootEnd> {
  const record = await recordOf(folder, bootId)
  if (record?.exitedAt != null) return { kind: 'ended', at: instant(record.exitedAt) }
  if ((await currentBoot(folder)) === bootId) return { kind: 'lives' }
  const signs = [record?.heartbeatAt, lastLineAt].filter((at) => at != null)
  return signs.length === 0 ? { kind: 'unknown' } : { kind: 'ended', at: instant(Math.max(...signs)) }
}

/** Whether nothing more will be written into its log. Ids of boots grow with time. */
export async function isBootOver(folder: string, bootId: string): Promise<boolean> {
  if ((await recordOf(folder, bootId))?.exitedAt != null) return true
  return bootId < (await currentBoot(folder))
}

/** The one that runs, or ran last; empty before the first. */
const currentBoot = async (folder: string): Promise<string> => ((await textOf(join(folder, 'current'))) ?? '').trim()

/** A record that a crash tore is as good as lost. */
async function recordOf(folder: string, bootId: string): Promise<BootRecord | undefined> {
  const text = await textOf(join(folder, `${bootId}.json`))
  if (text === undefined) return undefined
  try {
    return bootRecord.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
