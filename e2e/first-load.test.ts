import { expect, test } from 'vitest'
import { demo, Softphone } from './kit/softphone.ts'
import { person, shared } from './kit/stage.ts'

/** The budget of design and README: what travels until the softphone can be used; 1 kB = 1000 bytes. */
const BUDGET_BYTES = 250_000

const member = await person(440)

test('from an empty cache to the softphone, less than the budget travels', async () => {
  const context = await member.context()
  const page = await context.newPage()
  const network = await context.newCDPSession(page)
  await network.send('Network.enable')
  const urls = new Map<string, string>()
  network.on('Network.requestWillBeSent', ({ requestId, request }) => urls.set(requestId, request.url))
  const loaded: { readonly url: string | undefined; readonly bytes: number }[] = []
  network.on('Network.loadingFinished', ({ requestId, encodedDataLength }) =>
    loaded.push({ url: urls.get(requestId), bytes: encodedDataLength }),
  )
  await Softphone.open(page, shared().address, demo.driver)
  await page.locator('[data-live="open"]').waitFor()
  await page.waitForLoadState('networkidle')
  const bytes = loaded.reduce((sum, each) => sum + each.bytes, 0)
  expect(bytes, JSON.stringify(loaded)).toBeLessThanOrEqual(BUDGET_BYTES)
  // What a first look does not need comes later.
  expect(loaded.filter(({ url }) => /jssip|console|handset|sheet|opened-menu/i.test(url ?? ''))).toEqual([])
  // Nothing seen would be within the budget as well.
  expect(bytes).toBeGreaterThan(50_000)
})

test.each(['pointer', 'keyboard'])('what is loaded later opens at the first press, by %s', async (by) => {
  const phone = await Softphone.open(await member.page(), shared().address, demo.driver)
  const trigger = phone.page.getByRole('button', { name: 'Account' })
  if (by === 'pointer') await trigger.click()
  else {
    await trigger.focus()
    await phone.page.keyboard.press('Enter')
  }
  await phone.page.getByRole('menuitem', { name: 'Sign out' }).waitFor()
  await phone.page.keyboard.press('Escape')
  await phone.page.getByRole('menuitem', { name: 'Sign out' }).waitFor({ state: 'detached' })
  expect(await trigger.evaluate((element) => element === document.activeElement)).toBe(true)
  await phone.page.keyboard.press('Enter')
  await phone.page.getByRole('menuitem', { name: 'Sign out' }).waitFor()
})
