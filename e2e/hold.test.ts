import { test } from 'vitest'
import { expectNoTone, expectTone } from './kit/ear.ts'
import { Handset } from './kit/handset.ts'
import { driver, person, shared } from './kit/stage.ts'

/** The dominant tone of our music on hold. */
const MUSIC_HZ = 700
const member = await person(440)
const customer = await person(900)

test('on hold the callee hears music, not us; we hear nothing; then the talk goes on', async () => {
  const { phone } = await driver(member)
  const handset = await Handset.open(await customer.page(), shared().address, '+8613900000005')
  await phone.call('+8613900000005')
  await handset.press('Answer')
  await expectTone(handset.page, member.toneHz)

  await phone.press('Hold')
  await expectTone(handset.page, MUSIC_HZ)
  await expectNoTone(phone.page, customer.toneHz)

  await phone.press('Hold')
  await expectTone(handset.page, member.toneHz)
  await expectTone(phone.page, customer.toneHz)
  await phone.press('Hang up')
})

test('muted, we are not heard, and hear on', async () => {
  const { phone } = await driver(member)
  const handset = await Handset.open(await customer.page(), shared().address, '+8613900000006')
  await phone.call('+8613900000006')
  await handset.press('Answer')
  await expectTone(handset.page, member.toneHz)
  await phone.press('Mute')
  await expectNoTone(handset.page, member.toneHz)
  await expectTone(phone.page, customer.toneHz)
  await phone.press('Mute')
  await expectTone(handset.page, member.toneHz)
  await phone.press('Hang up')
})
