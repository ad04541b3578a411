import { instant, newId, type Instant } from '#kernel'
import type { EngineLog } from '#calls'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStores } from '../postgres/index.ts'
import { openTestStores, type TestStores } from '../postgres/testing-stores.ts'
import { openEngineLog } from './engine-log.ts'

const folder = mkdtempSync(join(tmpdir(), 'tdlog-'))
const paths = { celDir: join(folder, 'cel'), bootsDir: join(folder, 'boots') }
for (const path of Object.values(paths)) mkdirSync(path)

let opened: TestStores
let log: EngineLog
const damages: string[] = []
beforeAll(async () => {
  opened = await openTestStores()
  log = openOn(opened.stores)
})
afterAll(async () => {
  await opened.close()
  rmSync(folder, { recursive: true })
})

const openOn = ({ engineLogStore: store }: TestStores['stores']) =>
  openEngineLog({
    store,
    paths,
    clock: { now: () => at(0) },
    damaged: (bootId, { byteOffset, bytes }) => damages.push(`${bootId} ${byteOffset} ${bytes}`),
  })

const start = 1_795_400_000
const field = (text: string) => `"${text.replaceAll('"', '""')}"`
const celLine = ([type, second]: readonly [string, number], channelId: string, extra?: object) =>
  `${[type, `${start + second}.123456`, channelId, channelId, 'call', `PJSIP/t-${channelId}`, '', extra === undefined ? '' : JSON.stringify(extra)].map(field).join(',')}\n`
const at = (second: number) => instant((start + second) * 1000 + 123)

const newBoot = (at?: Instant) => `e${newId<'boot'>(at).replaceAll('-', '')}`
const celFile = (bootId: string) => join(paths.celDir, `${bootId}.csv`)
const historyOf = async (channelId: string) => (await log.historyOf([channelId])).get(channelId)

async function importedLines(): Promise<number> {
  const client = new pg.Client({ connectionString: opened.database.ownerUrl })
  await client.connect()
  try {
    return Number((await client.query('SELECT count(*) FROM engine_event')).rows[0].count)
  } finally {
    await client.end()
  }
}

test('the engine’s log tells when a channel was answered, when it ended, why and by whom', async () => {
  const [far, near] = [newId<'leg'>() as string, newId<'leg'>() as string]
  const bootId = newBoot()
  writeFileSync(
    celFile(bootId),
    [
      celLine(['CHAN_START', 0], far),
      celLine(['ANSWER', 3], far),
      celLine(['HANGUP', 9], far, { hangupcause: 16, hangupsource: `PJSIP/t-${far}`, dialstatus: '' }),
      celLine(['SIP_STATUS', 9], far, { extra: 'SIP 200 OK' }),
      celLine(['CHAN_END', 9], far),
      celLine(['CHAN_START', 0], near),
      celLine(['SIP_STATUS', 9], near, { extra: 'SIP 483 Too Many Hops' }),
      celLine(['HANGUP', 9], near, { hangupcause: 17, hangupsource: '', dialstatus: 'a "quoted", word' }),
    ].join(''),
  )
  expect(await historyOf(far)).toEqual({
    channelId: far,
    bootId,
    answeredAt: at(3),
    endedAt: at(9),
    q850Cause: 16,
    sipStatus: null,
    endedBy: 'party',
  })
  expect(await historyOf(near)).toEqual({
    channelId: near,
    bootId,
    answeredAt: null,
    endedAt: at(9),
    q850Cause: 17,
    sipStatus: 483,
    endedBy: 'engine',
  })
  expect(await historyOf('unknown')).toBeUndefined()
})

test('the engine’s log leaves open what has not ended', async () => {
  const [bootId, channel] = [newBoot(), newId<'leg'>() as string]
  writeFileSync(celFile(bootId), celLine(['CHAN_START', 0], channel) + celLine(['ANSWER', 2], channel))
  expect(await historyOf(channel)).toEqual({
    channelId: channel,
    bootId,
    answeredAt: at(2),
    endedAt: null,
    q850Cause: null,
    sipStatus: null,
    endedBy: null,
  })
})

test('the engine’s log: a torn last line waits for its rest', async () => {
  const [bootId, channel] = [newBoot(), newId<'leg'>() as string]
  const hangup = celLine(['HANGUP', 5], channel, { hangupcause: 16 })
  writeFileSync(celFile(bootId), celLine(['ANSWER', 1], channel) + hangup.slice(0, 30))
  expect((await historyOf(channel))?.endedAt).toBeNull()
  appendFileSync(celFile(bootId), hangup.slice(30))
  expect((await historyOf(channel))?.endedAt).toBe(at(5))
})

test('the engine’s log is imported once, by whichever of two servers, and from both lives of the engine', async () => {
  const [first, second, channel] = [newBoot(), newBoot(), newId<'leg'>() as string]
  const before = await importedLines()
  writeFileSync(celFile(first), celLine(['ANSWER', 1], channel))
  writeFileSync(celFile(second), celLine(['HANGUP', 7], channel))
  const other = await openStores(opened.database)
  await Promise.all([opened.stores, other, opened.stores, other].map((stores) => openOn(stores).historyOf([channel])))
  await other.close()
  expect(await importedLines()).toBe(before + 2)
  expect((await historyOf(channel))?.endedAt).toBe(at(7))
})

test('the engine’s log is imported whole when it is larger than what is read at a time', async () => {
  const channel = newId<'leg'>() as string
  const count = 20_000
  const before = await importedLines()
  writeFileSync(
    celFile(newBoot()),
    Array.from({ length: count }, (_, second) => celLine(['CHAN_START', second], channel)).join(''),
  )
  await historyOf(channel)
  expect(await importedLines()).toBe(before + count)
})

const writeBoot = (bootId: string, boot: { heartbeatAt: number; exitedAt: number | null }) =>
  writeFileSync(
    join(paths.bootsDir, `${bootId}.json`),
    JSON.stringify({ bootId, startedAt: 1, exitCode: null, exitSignal: null, ...boot }),
  )
const makeCurrent = (bootId: string) => writeFileSync(join(paths.bootsDir, 'current'), `${bootId}\n`)

test('the end of a boot is none while it lives', async () => {
  const bootId = newBoot()
  writeBoot(bootId, { heartbeatAt: 5_000, exitedAt: null })
  makeCurrent(bootId)
  expect(await log.endOfBoot(bootId)).toEqual({ kind: 'lives' })
})

test('the end of a boot is its recorded exit', async () => {
  const bootId = newBoot()
  writeBoot(bootId, { heartbeatAt: 5_000, exitedAt: 6_000 })
  makeCurrent(bootId)
  expect(await log.endOfBoot(bootId)).toEqual({ kind: 'ended', at: 6_000 })
})

test('the end of a boot is its last sign of life, when the supervisor died with it: a heartbeat or a later line of the log', async () => {
  const [silent, talking] = [newBoot(), newBoot()]
  writeBoot(silent, { heartbeatAt: 5_000, exitedAt: null })
  writeBoot(talking, { heartbeatAt: 5_000, exitedAt: null })
  writeFileSync(celFile(talking), celLine(['ANSWER', 4], 'x'))
  makeCurrent(newBoot())
  expect(await log.endOfBoot(silent)).toEqual({ kind: 'ended', at: 5_000 })
  expect(await log.endOfBoot(talking)).toEqual({ kind: 'ended', at: at(4) })
})

test('the end of a boot is unknown when no trace of it is left, or its record is torn', async () => {
  const torn = newBoot()
  writeFileSync(join(paths.bootsDir, `${torn}.json`), '{"bootId":"')
  for (const bootId of [torn, newBoot()]) expect(await log.endOfBoot(bootId)).toEqual({ kind: 'unknown' })
})

test('the end of a boot whose record was lost is its last line in the log', async () => {
  const bootId = newBoot()
  writeFileSync(celFile(bootId), celLine(['ANSWER', 4], 'x'))
  expect(await log.endOfBoot(bootId)).toEqual({ kind: 'ended', at: at(4) })
})

test('the engine’s log goes on behind a torn line: what is damaged is told once, and read no more', async () => {
  const [bootId, channel] = [newBoot(), newId<'leg'>() as string]
  makeCurrent(bootId)
  const torn = celLine(['ANSWER', 1], channel).slice(0, -10)
  writeFileSync(celFile(bootId), celLine(['CHAN_START', 0], channel) + torn)
  expect((await historyOf(channel))?.endedAt).toBeNull()
  appendFileSync(celFile(bootId), `\n${celLine(['HANGUP', 5], channel, { hangupcause: 16 })}`)
  expect((await historyOf(channel))?.endedAt).toBe(at(5))
  await historyOf(channel)
  const start = celLine(['CHAN_START', 0], channel).length
  expect(damages.filter((told) => told.startsWith(bootId))).toEqual([`${bootId} ${start} ${torn.length + 1}`])
})

test('the engine’s log of a life that is over waits for no rest', async () => {
  const [bootId, channel] = [newBoot(), newId<'leg'>() as string]
  writeFileSync(celFile(bootId), celLine(['CHAN_START', 0], channel) + celLine(['HANGUP', 5], channel).slice(0, -20))
  // Boots of the same millisecond have no order.
  makeCurrent(newBoot(instant(Date.now() + 1_000)))
  expect((await historyOf(channel))?.endedAt).toBeNull()
  await historyOf(channel)
  expect(damages.filter((told) => told.startsWith(bootId))).toHaveLength(1)
})

test('the engine’s log goes on when its file was rotated away', async () => {
  const [bootId, channel] = [newBoot(), newId<'leg'>() as string]
  makeCurrent(bootId)
  writeFileSync(celFile(bootId), celLine(['CHAN_START', 0], channel) + celLine(['ANSWER', 1], channel))
  expect((await historyOf(channel))?.answeredAt).toBe(at(1))
  writeFileSync(celFile(bootId), celLine(['HANGUP', 7], channel))
  expect((await historyOf(channel))?.endedAt).toBe(at(7))
  appendFileSync(celFile(bootId), celLine(['CHAN_END', 8], channel))
  const before = await importedLines()
  await historyOf(channel)
  expect(await importedLines()).toBe(before + 1)
})

test('what no call can need is passed over: only lines since ten minutes before the oldest call are kept', async () => {
  const [old, young] = [newId<'leg'>() as string, newId<'leg'>() as string]
  const bootId = newBoot()
  const lines = [
    celLine(['ANSWER', -700], old),
    celLine(['HANGUP', -650], old, { hangupcause: 16, hangupsource: '' }),
    celLine(['ANSWER', -500], young),
    celLine(['HANGUP', -400], young, { hangupcause: 16, hangupsource: '' }),
  ]
  writeFileSync(celFile(bootId), lines.join(''))
  const before = await importedLines()
  await log.keepUp()
  expect(await importedLines()).toBe(before)
  const position = async () => (await opened.stores.engineLogStore.positions()).get(bootId)
  expect(await position()).toMatchObject({ importedBytes: lines[0]!.length + lines[1]!.length })
  await log.keepUp()
  expect(await historyOf(young)).toMatchObject({ answeredAt: at(-500), endedAt: at(-400) })
  expect(await historyOf(old)).toBeUndefined()
  expect(await position()).toMatchObject({ importedBytes: lines.join('').length })
})
