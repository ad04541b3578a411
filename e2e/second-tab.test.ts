import { expect, test } from 'vitest'
import { callById, recordOf } from './kit/books.ts'
import { expectTone } from './kit/ear.ts'
import { Handset } from './kit/handset.ts'
import { Softphone } from './kit/softphone.ts'
import { driver, person, shared } from './kit/stage.ts'

const member = await person(440)
const customer = await person(900)

test('a reload in mid-call goes on with the same call, once charged; a second tab shows it and ends it', async () => {
  const { phone, api } = await driver(member)
  const handset = await Handset.open(await customer.page(), shared().address, '+8613900000007')
  const callId = await phone.call('+8613900000007')
  await handset.press('Answer')
  await expectTone(phone.page, customer.toneHz)

  await phone.page.reload()
  expect(await phone.callId()).toBe(callId)
  await phone.expectState('connected')
  await expectTone(phone.page, customer.toneHz, 20_000)
  await expectTone(handset.page, member.toneHz)
  expect(await callById(api, callId)).toMatchObject({ state: 'connected' })

  const tab = new Softphone(await phone.page.context().newPage())
  await tab.page.goto(shared().address)
  expect(await tab.callId()).toBe(callId)
  await tab.expectState('connected')
  await tab.press('Hang up')
  await phone.expectState('ended')
  expect(await recordOf(api, callId)).toMatchObject({ endReason: 'hangup-caller', ratedMs: 60_000 })
})

test('the second tab takes the speech over', async () => {
  const { phone, api } = await driver(member)
  const handset = await Handset.open(await customer.page(), shared().address, '+8613900000008')
  const callId = await phone.call('+8613900000008')
  await handset.press('Answer')
  await expectTone(phone.page, customer.toneHz)
  const tab = new Softphone(await phone.page.context().newPage())
  await tab.page.goto(shared().address)
  await tab.press('Continue here')
  await expectTone(tab.page, customer.toneHz)
  await expectTone(handset.page, member.toneHz)
  await tab.press('Hang up')
  expect(await recordOf(api, callId)).toMatchObject({ endReason: 'hangup-caller', ratedMs: 60_000 })
})

test('a browser that is gone ends its call', async () => {
  const { phone, api } = await driver(member)
  const handset = await Handset.open(await customer.page(), shared().address, '+8613900000009')
  const callId = await phone.call('+8613900000009')
  await handset.press('Answer')
  await expectTone(handset.page, member.toneHz)
  await phone.page.context().close()
  expect(await recordOf(api, callId, 25_000)).toMatchObject({ endReason: 'browser-gone' })
})
