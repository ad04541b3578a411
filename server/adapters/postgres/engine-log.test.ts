import { instant, newId } from '#kernel'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseCel } from './cel.ts'
import { openStores, type Stores } from './index.ts'
import { openTestStores, type TestStores } from './testing-stores.ts'

let opened: TestStores
let stores: Stores
beforeAll(async () => {
  opened = await openTestStores()
  stores = opened.stores
})
afterAll(() => opened.close())

const start = 1_795_400_000
const field = (text: string) => `"${text.replaceAll('"', '""')}"`
const celLine = ([type, second]: readonly [string, number], channelId: string, extra?: object) =>
  `${[type, `${start + second}.123456`, channelId, channelId, 'call', `PJSIP/t-${channelId}`, '', extra === undefined ? '' : JSON.stringify(extra)].map(field).join(',')}\n`
const at = (second: number) => instant((start + second) * 1000 + 123)

const newBoot = () => `e${newId<'boot'>().replaceAll('-', '')}`
const celFile = (bootId: string) => join(opened.paths.celDir, `${bootId}.csv`)
const historyOf = async (channelId: string) => (await stores.engineLog.historyOf([channelId])).get(channelId)

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
  writeFileSync(
    celFile(newBoot()),
    [
      celLine(['CHAN_START', 0], far),
      celLine(['ANSWER', 3], far),
      celLine(['HANGUP', 9], far, { hangupcause: 16, hangupsource: `PJSIP/t-${far}`, dialstatus: '' }),
      celLine(['CHAN_END', 9], far),
      celLine(['CHAN_START', 0], near),
      celLine(['HANGUP', 9], near, { hangupcause: 17, hangupsource: '', dialstatus: 'a "quoted", word' }),
    ].join(''),
  )
  expect(await historyOf(far)).toEqual({
    channelId: far,
    answeredAt: at(3),
    endedAt: at(9),
    q850Cause: 16,
    endedBy: 'party',
  })
  expect(await historyOf(near)).toEqual({
    channelId: near,
    answeredAt: null,
    endedAt: at(9),
    q850Cause: 17,
    endedBy: 'engine',
  })
  expect(await historyOf('unknown')).toBeUndefined()
})

test('the engine’s log leaves open what has not ended', async () => {
  const channel = newId<'leg'>() as string
  writeFileSync(celFile(newBoot()), celLine(['CHAN_START', 0], channel) + celLine(['ANSWER', 2], channel))
  expect(await historyOf(channel)).toEqual({
    channelId: channel,
    answeredAt: at(2),
    endedAt: null,
    q850Cause: null,
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
  const other = await openStores(opened.database, opened.paths)
  await Promise.all([stores, other, stores, other].map((one) => one.engineLog.historyOf([channel])))
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
    join(opened.paths.bootsDir, `${bootId}.json`),
    JSON.stringify({ bootId, startedAt: 1, exitCode: null, exitSignal: null, ...boot }),
  )
const makeCurrent = (bootId: string) => writeFileSync(join(opened.paths.bootsDir, 'current'), `${bootId}\n`)

test('the end of a boot is none while it lives', async () => {
  const bootId = newBoot()
  writeBoot(bootId, { heartbeatAt: 5_000, exitedAt: null })
  makeCurrent(bootId)
  expect(await stores.engineLog.endOfBoot(bootId)).toBeNull()
})

test('the end of a boot is its recorded exit', async () => {
  const bootId = newBoot()
  writeBoot(bootId, { heartbeatAt: 5_000, exitedAt: 6_000 })
  makeCurrent(bootId)
  expect(await stores.engineLog.endOfBoot(bootId)).toBe(6_000)
})

test('the end of a boot is its last sign of life, when the supervisor died with it: a heartbeat or a later line of the log', async () => {
  const [silent, talking] = [newBoot(), newBoot()]
  writeBoot(silent, { heartbeatAt: 5_000, exitedAt: null })
  writeBoot(talking, { heartbeatAt: 5_000, exitedAt: null })
  writeFileSync(celFile(talking), celLine(['ANSWER', 4], 'x'))
  makeCurrent(newBoot())
  expect(await stores.engineLog.endOfBoot(silent)).toBe(5_000)
  expect(await stores.engineLog.endOfBoot(talking)).toBe(at(4))
})

test('the end of a boot of a boot that left no trace is a fault', async () => {
  await expect(stores.engineLog.endOfBoot(newBoot())).rejects.toThrow()
})

test('a newline inside quotes does not end a line; a line that makes no sense is stepped over', () => {
  const text = `${field('A\nB')},"1.5","c"\nnonsense\n${field('D')},"2.25","c"\n"torn`
  const { lines, nextOffset } = parseCel(Buffer.from(text), 100)
  expect(lines.map(({ type, at: ms, byteOffset }) => [type, ms, byteOffset])).toEqual([
    ['A\nB', 1_500, 100],
    ['D', 2_250, 125],
  ])
  expect(nextOffset).toBe(100 + text.length - '"torn'.length)
})
