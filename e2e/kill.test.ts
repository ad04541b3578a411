import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { Api } from './kit/api.ts'
import { callById, expectBooksBalance, poolsOf, recordOf } from './kit/books.ts'
import { expectNoTone, expectTone } from './kit/ear.ts'
import { Handset } from './kit/handset.ts'
import { setUpOrganization, type Terms } from './kit/outsider.ts'
import { numbers, Softphone } from './kit/softphone.ts'
import { person } from './kit/stage.ts'
import { startTandem, type PartName } from './kit/tandem.ts'
import { until } from './kit/until.ts'

const tandem = await startTandem({ name: 'kill', config: { calls: { browserGoneMs: 6000 } } })
afterAll(() => tandem.stop())
const operator = new Api(tandem.address, tandem.operatorKey)
const member = await person(440)
const customer = await person(900)

/** By the second, reserved in slices of 8 s: what is paid for ends soon. */
const BY_SECONDS: Terms = { organizationMs: 120_000, incrementMs: 1000, sliceMs: 8000 }

async function stage(terms: Terms = BY_SECONDS) {
  const { account, administrator } = await setUpOrganization(operator, terms)
  const phone = await Softphone.open(await member.page(), tandem.address, account)
  return { phone, administrator }
}

/** Kills the part and keeps it down. */
async function takeDown(part: PartName): Promise<void> {
  tandem.hold(part)
  onTestFinished(async () => {
    tandem.release(part)
    await healthy()
  })
  tandem.kill(part)
  await until(`${part} down`, async () => (await tandem.health()).parts[part]?.state === 'held')
}

async function bringBack(part: PartName): Promise<void> {
  tandem.release(part)
  await healthy()
}

const healthy = (): Promise<unknown> =>
  until('all parts up', async () => (await tandem.health()).status === 'ok', 30_000)

/** What the engine itself wrote down, of all its lives. */
function engineLog(): readonly string[] {
  const folder = join(tandem.data, 'engine', 'cel')
  return readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
}

async function paidUntil(administrator: Api, callId: string): Promise<number> {
  const { paidUntil: until } = await callById(administrator, callId)
  if (until === null) throw new Error('nothing is paid yet')
  return Date.parse(until)
}

const talkedMs = (record: { answeredAt: string | null; endedAt: string }): number =>
  Date.parse(record.endedAt) - Date.parse(record.answeredAt ?? record.endedAt)

test('the server is killed in mid-call: both talk on, it comes back, shows the call and can hang it up; the books are right', async () => {
  const { phone, administrator } = await stage({ organizationMs: 600_000 })
  const handset = await Handset.open(await customer.page(), tandem.address, '+8613900000021')
  const callId = await phone.call('+8613900000021')
  await handset.press('Answer')
  await expectTone(phone.page, customer.toneHz)
  await takeDown('server')
  await expectTone(phone.page, customer.toneHz)
  await expectTone(handset.page, member.toneHz)
  await bringBack('server')
  await expectTone(handset.page, member.toneHz)
  expect(await callById(administrator, callId)).toMatchObject({ state: 'connected' })
  await phone.expectState('connected')
  await phone.press('Hang up')
  expect(await recordOf(administrator, callId)).toMatchObject({ endReason: 'hangup-caller', ratedMs: 60_000 })
  await expectBooksBalance(administrator)
})

test('the server is killed and stays away: the engine cuts at the end of the paid time, and the books are right afterwards', async () => {
  const { phone, administrator } = await stage()
  const callId = await phone.call(numbers.tone)
  await expectTone(phone.page, 1000)
  await takeDown('server')
  await expectTone(phone.page, 1000)
  await expectNoTone(phone.page, 1000, 20_000)
  await bringBack('server')
  const record = await recordOf(administrator, callId, 20_000)
  expect(record).toMatchObject({ endReason: 'minutes-exhausted', overrunMs: 0 })
  // Slices of 8 s, extended at half: cut at 8, 12 or 16 s, less the guard of 0.3 s, by when the server died.
  expect(record.ratedMs % 4000).toBe(0)
  expect(record.ratedMs).toBeLessThanOrEqual(16_000)
  expect(record.ratedMs - talkedMs(record)).toBeGreaterThanOrEqual(0)
  expect(record.ratedMs - talkedMs(record)).toBeLessThan(1000)
  await expectBooksBalance(administrator)
})

test('the server is killed between ring and answer: the answered call is taken over', async () => {
  const { phone, administrator } = await stage({ organizationMs: 600_000 })
  const handset = await Handset.open(await customer.page(), tandem.address, '+8613900000022')
  const callId = await phone.call('+8613900000022')
  await phone.expectState('ringing', 'early-media')
  await takeDown('server')
  await handset.press('Answer')
  await bringBack('server')
  await phone.expectState('connected')
  await expectTone(handset.page, member.toneHz)
  await phone.press('Hang up')
  expect(await recordOf(administrator, callId)).toMatchObject({ endReason: 'hangup-caller', ratedMs: 60_000 })
  await expectBooksBalance(administrator)
})

test('the server is away when the call ends: the record has the engine’s own instant', async () => {
  const { phone, administrator } = await stage()
  const callId = await phone.call(numbers.hangsUp)
  await phone.expectState('connected')
  await takeDown('server')
  await expectNoTone(phone.page, 1000)
  await until('the engine’s log to have the end', () =>
    engineLog().some((line) => line.startsWith('"HANGUP"') && line.includes(callId)),
  )
  await bringBack('server')
  const record = await recordOf(administrator, callId)
  expect(record.endReason).toBe('hangup-callee')
  expect(talkedMs(record)).toBeGreaterThan(4800)
  expect(talkedMs(record)).toBeLessThan(5300)
  expect(record.ratedMs).toBeGreaterThanOrEqual(5000)
  expect(record.ratedMs).toBeLessThanOrEqual(6000)
  await expectBooksBalance(administrator)
})

test('Postgres is killed and comes back at once: the call goes on, past what was paid before', async () => {
  const { phone, administrator } = await stage()
  const callId = await phone.call(numbers.tone)
  await expectTone(phone.page, 1000)
  const paidBefore = await paidUntil(administrator, callId)
  tandem.kill('postgres')
  // Extended at half of a slice: twice more is paid only after the end of what was paid before has passed.
  await until(
    'the call to outlive what was paid',
    async () => (await paidUntil(administrator, callId)) >= paidBefore + 16_000,
    30_000,
  )
  await expectTone(phone.page, 1000)
  await healthy()
  await phone.press('Hang up')
  const record = await recordOf(administrator, callId)
  expect(record).toMatchObject({ endReason: 'hangup-caller', overrunMs: 0 })
  expect(Date.parse(record.endedAt)).toBeGreaterThan(paidBefore)
  expect(record.ratedMs).toBeGreaterThanOrEqual(talkedMs(record))
  await expectBooksBalance(administrator)
})

test('Postgres is killed and stays away: the call goes on to its paid time; nothing is lost when it returns', async () => {
  const { phone, administrator } = await stage()
  const callId = await phone.call(numbers.tone)
  await expectTone(phone.page, 1000)
  await takeDown('postgres')
  await expectTone(phone.page, 1000)
  await expectNoTone(phone.page, 1000, 20_000)
  await bringBack('postgres')
  const record = await recordOf(administrator, callId, 30_000)
  expect(record).toMatchObject({ endReason: 'minutes-exhausted', overrunMs: 0 })
  expect(record.ratedMs).toBeLessThanOrEqual(16_000)
  await expectBooksBalance(administrator)
})

test('the engine is killed: its calls are settled at its recorded exit, and the next call works', async () => {
  const { phone, administrator } = await stage()
  const callId = await phone.call(numbers.tone)
  await expectTone(phone.page, 1000)
  const killedAt = Date.now()
  tandem.kill('engine')
  const record = await recordOf(administrator, callId, 30_000)
  expect(record.endReason).toBe('engine-failure')
  expect(Math.abs(Date.parse(record.endedAt) - killedAt)).toBeLessThan(1000)
  expect(record.ratedMs - talkedMs(record)).toBeLessThanOrEqual(1000)
  await expectBooksBalance(administrator)

  await healthy()
  await phone.page.goto(tandem.address)
  await until('a call that goes through', async () => {
    await phone.call(numbers.tone)
    return (await phone.expectState('connected', 'ended')) === 'connected'
  })
  await expectTone(phone.page, 1000)
  await phone.press('Hang up')
})

test('the edge is killed: the speech goes on, and the call can be hung up', async () => {
  const { phone, administrator } = await stage({ organizationMs: 600_000 })
  const callId = await phone.call(numbers.tone)
  await expectTone(phone.page, 1000)
  tandem.kill('edge')
  await until('the edge back', () => tandem.restarts('edge') > 0)
  await healthy()
  await expectTone(phone.page, 1000)
  await administrator.ask('POST', `/api/calls/${callId}/hangup`)
  expect(await recordOf(administrator, callId)).toMatchObject({ endReason: 'hangup-caller', ratedMs: 60_000 })
  await expectBooksBalance(administrator)
  expect((await poolsOf(administrator)).every(({ usedMs, grantedMs }) => usedMs <= grantedMs)).toBe(true)
})
