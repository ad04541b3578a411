import { expect, test } from 'vitest'
import { recordOf } from './kit/books.ts'
import { expectGoodScreen, SIZES } from './kit/browser.ts'
import { Handset } from './kit/handset.ts'
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

test('on a wide screen the page ends where its panes end: the list of people scrolls by itself', async () => {
  const { address } = shared()
  const page = await (await member.context({ width: 1440, height: 900 })).newPage()
  await Softphone.open(page, address, demo.driver)
  await page
    .getByRole('button', { name: /^Call .*Chen Li|^Call 09 / })
    .first()
    .waitFor()
  const list = page.getByRole('heading', { name: 'People' }).locator('xpath=ancestor::section[1]')
  expect(await list.evaluate((pane) => pane.scrollHeight > pane.clientHeight)).toBe(true)
  expect(await page.evaluate(() => document.documentElement.scrollHeight - window.innerHeight)).toBe(0)
})

test('a chosen language is shown at once, and the menu that offered it is gone', async () => {
  const page = await member.page()
  await page.goto(`${shared().address}/sign-in`)
  await page.getByRole('button', { name: 'Language' }).click()
  await page.getByRole('menuitemradio', { name: '简体中文' }).click()
  await page.getByRole('button', { name: '登录' }).waitFor()
  await page.getByRole('menu').waitFor({ state: 'detached' })
})

test('recents tell the talk time whole, however narrow they are', async () => {
  const { phone, api } = await driver(member)
  await recordOf(api, await phone.call(numbers.hangsUp))
  await phone.page.setViewportSize({ width: 240, height: 740 })
  await phone.page.getByRole('button', { name: 'Recents' }).click()
  const time = phone.page.getByText(/^· 0:0\d$/).first()
  await time.waitFor()
  const isWhole = await time.evaluate((part) => {
    const { right, top, height } = part.getBoundingClientRect()
    return document.elementFromPoint(right - 2, top + height / 2) === part
  })
  expect(isWhole).toBe(true)
})

test('a handset that rings and is answered shows itself from its top, and the focus is never lost', async () => {
  const { phone } = await driver(member)
  const page = await (await member.context({ width: 396, height: 690 })).newPage()
  const handset = await Handset.open(page, shared().address, '+8613900000041')
  const focused = () => page.evaluate(() => document.activeElement?.textContent)
  const isInTalk = () =>
    page.evaluate(() => {
      const { activeElement, body } = document
      return activeElement !== body && activeElement?.querySelector('[data-testid=heard-digits]') != null
    })
  await page.evaluate(() => window.scrollTo(0, 400))
  await phone.call('+8613900000041')
  await expect.poll(focused).toBe('Answer')
  await handset.press('Answer')
  await expect.poll(isInTalk).toBe(true)
  expect(await page.evaluate(() => window.scrollY)).toBe(0)
  await phone.press('Hang up')
})
