import { expect, test } from 'vitest'
import { demo, Softphone } from './kit/softphone.ts'
import { person, shared } from './kit/stage.ts'

const member = await person(440)

test('people and calls that cannot be loaded look failed, not empty; trying again loads them', async () => {
  const page = await member.page()
  // The real server can't be made to refuse at will.
  const lists = /\/api\/(members|contacts|records)\b/
  await page.route(lists, (route) =>
    route.fulfill({
      status: 500,
      json: { type: 'about:blank', title: 'A fault on our side', status: 500, code: 'internal-error' },
    }),
  )
  await Softphone.open(page, shared().address, demo.driver)
  const tryAgain = page.getByRole('button', { name: 'Try again' })
  await expect.poll(() => tryAgain.count(), { timeout: 20_000 }).toBe(2)
  expect(await page.getByText(/No contacts yet|No calls yet/).count()).toBe(0)
  await page.unroute(lists)
  await tryAgain.first().click()
  await expect.poll(() => tryAgain.count()).toBe(1)
  await tryAgain.click()
  await page.getByRole('button', { name: /^Call 01 Echo/ }).waitFor()
  expect(await tryAgain.count()).toBe(0)
})
