import type { ChannelHistory, EngineLog, EngineLogLine, EngineLogPosition, EngineLogStore } from '#calls'
import { later, type Instant } from '#kernel'
import { open, readdir, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { endOfBoot, isBootOver } from './boots.ts'
import { parseCel, type Damage } from './cel.ts'

/** Where the supervisor keeps what the engine writes. */
export type EnginePaths = { readonly celDir: string; readonly bootsDir: string }

type Parts = {
  readonly store: EngineLogStore
  readonly paths: EnginePaths
  readonly clock: { now(): Instant }
  /** Hears of each damaged part once: what it told of channels is lost. */
  readonly damaged: (bootId: string, damage: Damage) => void
}

/** What is read and written at a time, so that a large file doesn't fill the memory. */
const CHUNK_BYTES = 1024 * 1024

export function openEngineLog(parts: Parts): EngineLog {
  return {
    async historyOf(channelIds) {
      await importAll(parts)
      return historiesOf(await parts.store.linesOf(channelIds))
    },
    async endOfBoot(bootId) {
      await importAll(parts)
      return endOfBoot(parts.paths.bootsDir, bootId, await parts.store.lastLineAt(bootId))
    },
    keepUp: () => importAll(parts, { isUntilNeeded: true }),
  }
}

/** Clocks differ, and a channel may be there before its call is written down. */
const BEFORE_ITS_CALL_MS = 600_000

/** What happened before is about calls that are over: their records say all. */
async function neededSince({ store, clock }: Parts): Promise<Instant> {
  return later((await store.oldestCallAt()) ?? clock.now(), -BEFORE_ITS_CALL_MS)
}

/**
 * One file per life of the engine; what was imported is not read again. `isUntilNeeded`: what may be needed is left for
 * whoever will need it.
 */
async function importAll(parts: Parts, { isUntilNeeded = false } = {}): Promise<void> {
  const { celDir, bootsDir } = parts.paths
  const since = await neededSince(parts)
  const names = (await namesIn(celDir)).filter((name) => name.endsWith('.csv')).toSorted()
  const positions = await parts.store.positions()
  for (const name of names) {
    const bootId = name.slice(0, -'.csv'.length)
    const path = join(celDir, name)
    const { size } = await stat(path)
    const position = afterRotation(positions.get(bootId) ?? { importedBytes: 0, rotatedBytes: 0 }, size)
    if (position.importedBytes - position.rotatedBytes === size) continue
    const isFinal = await isBootOver(bootsDir, bootId)
    await importFile(parts, { path, bootId, position, isFinal, since, isUntilNeeded })
  }
}

/** A file that is shorter than what was imported of it was begun anew: the log goes on at its first byte. */
const afterRotation = (position: EngineLogPosition, size: number): EngineLogPosition =>
  position.importedBytes - position.rotatedBytes > size
    ? { ...position, rotatedBytes: position.importedBytes }
    : position

type LogFile = {
  readonly path: string
  readonly bootId: string
  readonly position: EngineLogPosition
  /** Its boot is over: nothing comes after its last byte. */
  readonly isFinal: boolean
  /** Lines of before are not kept. */
  readonly since: Instant
  readonly isUntilNeeded: boolean
}

async function importFile({ store, damaged }: Parts, log: LogFile): Promise<void> {
  const { path, bootId, position, isFinal, since, isUntilNeeded } = log
  const { rotatedBytes } = position
  const file = await open(path)
  try {
    let offset = position.importedBytes
    while (true) {
      const bytes = await readFrom(file, offset - rotatedBytes)
      const { lines, damages, nextOffset } = parseCel(bytes, {
        offset,
        isFinal: isFinal && bytes.length < CHUNK_BYTES,
      })
      if (nextOffset === offset) return
      const needed = lines.filter(({ at }) => at >= since)
      const stopsAt = isUntilNeeded ? needed[0]?.byteOffset : undefined
      await store.append(bootId, isUntilNeeded ? [] : needed, { importedBytes: stopsAt ?? nextOffset, rotatedBytes })
      // Those behind are told by whoever reads so far.
      for (const damage of damages) if (stopsAt === undefined || damage.byteOffset < stopsAt) damaged(bootId, damage)
      if (stopsAt !== undefined) return
      offset = nextOffset
    }
  } finally {
    await file.close()
  }
}

async function readFrom(file: FileHandle, offset: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, offset)
  return buffer.subarray(0, bytesRead)
}

/** None before the engine's first start. */
async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** `bootId`: whose log it is in. */
type LoggedLine = EngineLogLine & { readonly bootId: string }

const historiesOf = (lines: readonly LoggedLine[]): ReadonlyMap<string, ChannelHistory> =>
  new Map(
    [...Map.groupBy(lines, (line) => line.channelId)].map(([channelId, ofChannel]) => [
      channelId,
      historyOf(channelId, ofChannel),
    ]),
  )

function historyOf(channelId: string, lines: readonly LoggedLine[]): ChannelHistory {
  const answer = lines.find(({ type }) => type === 'ANSWER')
  const hangup = lines.find(({ type }) => type === 'HANGUP') ?? lines.find(({ type }) => type === 'CHAN_END')
  const { hangupcause, hangupsource } = hangup?.extra ?? {}
  return {
    channelId,
    bootId: lines.at(-1)!.bootId,
    answeredAt: answer?.at ?? null,
    endedAt: hangup?.at ?? null,
    q850Cause: typeof hangupcause === 'number' ? hangupcause : null,
    sipStatus: lines.reduce<number | null>((found, line) => refusalIn(line) ?? found, null),
    endedBy: hangup === undefined ? null : hangupsource === hangup.channelName ? 'party' : 'engine',
  }
}

/** What the hangup handler of a callee wrote (`[hh]` in deploy/asterisk/engine/extensions.conf): `SIP 486 Busy Here`. */
function refusalIn({ type, extra }: EngineLogLine): number | null {
  const status = type === 'SIP_STATUS' ? /^SIP ([3-6]\d\d)\b/.exec(String(extra['extra'] ?? ''))?.[1] : undefined
  return status === undefined ? null : Number(status)
}
