import { expect, test } from 'vitest'
import { callById, expectBooksBalance, recordOf } from './kit/books.ts'
import { signIn } from './kit/api.ts'
import { expectTone } from './kit/ear.ts'
import { Handset } from './kit/handset.ts'
import { demo, numbers } from './kit/softphone.ts'
import { driver, person, shared } from './kit/stage.ts'

const member = await person(440)
const customer = await person(900)

test('app → phone: each hears the other, the minutes are drawn, the record says what it was', async () => {
  const { phone, api } = await driver(member)
  const handset = await Handset.open(await customer.page(), shared().address, '+8613900000001')
  const callId = await phone.call('139 0000 0001')
  await phone.expectState('ringing', 'early-media')
  await handset.press('Answer')
  await phone.expectState('connected')

  await expectTone(phone.page, customer.toneHz)
  await expectTone(handset.page, member.toneHz)
  expect(await callById(api, callId)).toMatchObject({ state: 'connected', to: { number: '+8613900000001' } })

  await phone.press('Hang up')
  const record = await recordOf(api, callId)
  expect(record).toMatchObject({
    endReason: 'hangup-caller',
    path: 'ip-telephony',
    dialled: '+8613900000001',
    overrunMs: 0,
  })
  // 60/60: a part of a minute is a minute.
  expect(record.ratedMs).toBe(60_000)
  expect(record.draws.reduce((sum, { usedMs }) => sum + usedMs, 0)).toBe(60_000)
  expect(record.legs.map(({ kind }) => kind).toSorted()).toEqual(['app', 'phone-out'])
})

test('a number that plays a steady tone is heard', async () => {
  const { phone } = await driver(member)
  await phone.call(numbers.tone)
  await expectTone(phone.page, 1000)
  await phone.press('Hang up')
  await phone.expectState('ended')
})

test('a number that echoes gives the caller’s own tone back', async () => {
  const { phone } = await driver(member)
  await phone.call(numbers.echo)
  await expectTone(phone.page, member.toneHz)
  await phone.press('Hang up')
  await phone.expectState('ended')
})

test('the far end hangs up', async () => {
  const { phone, api } = await driver(member)
  const callId = await phone.call(numbers.hangsUp)
  await phone.expectState('connected')
  await phone.expectState('ended')
  expect(await recordOf(api, callId)).toMatchObject({ endReason: 'hangup-callee', ratedMs: 60_000 })
})

test('afterwards the books balance', async () => {
  const { address } = shared()
  await expectBooksBalance(await signIn(address, demo.administrator.login, demo.administrator.password))
})
