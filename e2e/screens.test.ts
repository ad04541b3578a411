import { test } from 'vitest'
import { recordOf } from './kit/books.ts'
import { expectGoodScreen, SIZES } from './kit/browser.ts'
import { demo, numbers, Softphone } from './kit/softphone.ts'
import { driver, person, shared } from './kit/stage.ts'

const member = await person(440)

test.each(SIZES)('a member’s screens on a %s', async (...[width, size]) => {
  const { address } = shared()
  const page = await (await member.context(size)).newPage()
  await page.goto(`${address}/sign-in`)
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
  await expectGoodScreen(page, `sign-in-${width}`)
  const phone = await Softphone.open(page, address, demo.driver)
  await expectGoodScreen(page, `softphone-${width}`)
  await phone.call(numbers.tone)
  await phone.expectState('connected')
  await phone.press('Keypad')
  await expectGoodScreen(page, `in-call-${width}`)
  await phone.press('Hang up')
  await phone.expectState('ended')
  await expectGoodScreen(page, `ended-${width}`)
  await phone.tryToCall('110')
  await expectGoodScreen(page, `emergency-${width}`)
  await phone.tryToCall('+14155552671')
  await expectGoodScreen(page, `refused-${width}`)
})

test.each(SIZES)('the record of a call and the handset on a %s', async (...[width, size]) => {
  const { address } = shared()
  const { phone, api } = await driver(member)
  const callId = await phone.call(numbers.hangsUp)
  await phone.expectState('ended')
  await recordOf(api, callId)
  await phone.page.setViewportSize(size)
  await phone.page.goto(`${address}/calls/${callId}`)
  await phone.page.getByText('They hung up').first().waitFor()
  await expectGoodScreen(phone.page, `record-${width}`)
  await phone.page.goto(`${address}/handset`)
  await phone.page.getByText('Test numbers').first().waitFor()
  await expectGoodScreen(phone.page, `handset-${width}`)
})
