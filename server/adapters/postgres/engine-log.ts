import type { ChannelHistory, EngineLog } from '#calls'
import { Fault, type Instant, instant } from '#kernel'
import { type FileHandle, open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { parseCel } from './cel.ts'
import type { Db } from './connection.ts'
import type { EnginePaths } from './index.ts'
import { anyOf } from './values.ts'

/** Lines of one statement and one transaction, so that a large file doesn't fill the memory. */
const chunkBytes = 1024 * 1024

export function openEngineLog(db: Db, paths: EnginePaths): EngineLog {
  return {
    async historyOf(channelIds) {
      await importAll(db, paths.celDir)
      return selectHistory(db, channelIds)
    },
    async endOfBoot(bootId) {
      await importAll(db, paths.celDir)
      return endOfBoot(db, paths.bootsDir, bootId)
    },
  }
}

/** One file per life of the engine; what was imported is not read again. */
async function importAll(db: Db, celDir: string): Promise<void> {
  const names = await readdir(celDir).catch(unlessMissing([]))
  const files = await db.selectFrom('engine_log_file').selectAll().execute()
  const imported = new Map(files.map((file) => [file.boot_id, file.imported_bytes]))
  for (const name of names.filter((file) => file.endsWith('.csv')).toSorted()) {
    const bootId = name.slice(0, -'.csv'.length)
    await importFile(db, { path: join(celDir, name), bootId, from: imported.get(bootId) ?? 0 })
  }
}

async function importFile(
  db: Db,
  source: { readonly path: string; readonly bootId: string; readonly from: number },
): Promise<void> {
  const file = await open(source.path)
  try {
    let offset = source.from
    while (true) {
      const bytes = await readFrom(file, offset)
      const { lines, nextOffset } = parseCel(bytes, offset)
      if (nextOffset === offset) return
      await db.transaction().execute(async (transaction) => {
        await sql`
          INSERT INTO engine_event
          SELECT ${source.bootId}, (line->>'byteOffset')::bigint, line->>'type', to_timestamp((line->>'at')::numeric / 1000), line->>'channelId',
                 line->>'linkedId', line->>'callId', line->>'channelName', line->>'peer', line->'extra'
            FROM jsonb_array_elements(${JSON.stringify(lines)}) AS line
          ON CONFLICT DO NOTHING`.execute(transaction)
        await sql`
          INSERT INTO engine_log_file VALUES (${source.bootId}, ${nextOffset})
          ON CONFLICT (boot_id) DO UPDATE SET imported_bytes = greatest(engine_log_file.imported_bytes, excluded.imported_bytes)`.execute(
          transaction,
        )
      })
      offset = nextOffset
    }
  } finally {
    await file.close()
  }
}

async function readFrom(file: FileHandle, offset: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(chunkBytes), 0, chunkBytes, offset)
  return buffer.subarray(0, bytesRead)
}

/** Channels that the log does not know are absent. */
async function selectHistory(db: Db, channelIds: readonly string[]): Promise<ReadonlyMap<string, ChannelHistory>> {
  if (channelIds.length === 0) return new Map()
  const events = await db
    .selectFrom('engine_event')
    .select(['channel_id', 'channel_name', 'type', 'at', 'extra'])
    .where('channel_id', '=', anyOf(channelIds))
    .orderBy('at')
    .orderBy('byte_offset')
    .execute()
  return new Map(
    [...Map.groupBy(events, (event) => event.channel_id)].map(([channelId, ofChannel]) => {
      const answer = ofChannel.find((event) => event.type === 'ANSWER')
      const hangup =
        ofChannel.find((event) => event.type === 'HANGUP') ?? ofChannel.find((event) => event.type === 'CHAN_END')
      const { hangupcause, hangupsource } = hangup?.extra ?? {}
      return [
        channelId,
        {
          channelId,
          answeredAt: answer?.at ?? null,
          endedAt: hangup?.at ?? null,
          q850Cause: typeof hangupcause === 'number' ? hangupcause : null,
          endedBy: hangup === undefined ? null : hangupsource === hangup.channel_name ? 'party' : 'engine',
        },
      ]
    }),
  )
}

/** As the supervisor writes it; ms since the epoch. */
type Boot = { readonly heartbeatAt: number; readonly exitedAt: number | null }

/**
 * A boot that is not the current one is over, whether or not the supervisor lived to record its exit. Without any
 * record of it the log's last line is the last sign of its life.
 */
async function endOfBoot(db: Db, bootsDir: string, bootId: string): Promise<Instant | null> {
  const text = await readFile(join(bootsDir, `${bootId}.json`), 'utf8').catch(unlessMissing(undefined))
  const boot = text === undefined ? undefined : (JSON.parse(text) as Boot)
  if (boot?.exitedAt !== undefined && boot.exitedAt !== null) return instant(boot.exitedAt)
  const current = await readFile(join(bootsDir, 'current'), 'utf8').catch(unlessMissing(''))
  if (current.trim() === bootId) return null

  const last = await db
    .selectFrom('engine_event')
    .select('at')
    .where('boot_id', '=', bootId)
    .orderBy('at', 'desc')
    .limit(1)
    .executeTakeFirst()
  const signs = [boot?.heartbeatAt, last?.at].filter((at) => at !== undefined)
  if (signs.length === 0) throw new Fault(`nothing is known of the engine's life ${bootId}`)
  return instant(Math.max(...signs))
}

const unlessMissing =
  <T>(otherwise: T) =>
  (error: unknown): T => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return otherwise
    throw error
  }
