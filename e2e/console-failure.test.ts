import type { Page } from 'playwright-core'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { demo, Softphone } from './kit/softphone.ts'
import { person } from './kit/stage.ts'
import { startTandem } from './kit/tandem.ts'

const tandem = await startTandem({ name: 'console-failure' })
afterAll(() => tandem.stop())
const who = await person(440)

/** Each gives what ends it. */
const faults: readonly (readonly [string, (page: Page) => Promise<() => unknown>])[] = [
  [
    'the server is gone',
    async () => {
      tandem.hold('server')
      tandem.kill('server')
      return () => tandem.release('server')
    },
  ],
  [
    'the server answers nobody',
    async () => {
      const pid = tandem.pid('server')
      process.kill(pid, 'SIGSTOP')
      return () => process.kill(pid, 'SIGCONT')
    },
  ],
]

/** The list of refusals, which was not loaded before, while it cannot be. */
async function failedList(begin: (page: Page) => Promise<() => unknown>) {
  const page = await who.page()
  await Softphone.open(page, tandem.address, demo.administrator)
  await page.goto(`${tandem.address}/console/members`)
  await page.getByRole('table', { name: 'Members' }).waitFor()
  const end = await begin(page)
  onTestFinished(async () => void (await end()))
  await page.getByRole('link', { name: 'Refusals' }).click()
  // Asked so, a failure of the story tells what is on the page instead.
  await expect.poll(() => page.locator('main').innerText(), { timeout: 30_000 }).toMatch(/Try again$/)
  expect(await page.getByText(/Nothing was refused|Nothing matches/).count()).toBe(0)
  const isLoaded = () => page.getByText('Nothing was refused yet').waitFor({ timeout: 30_000 })
  return { failure: page.locator('[data-failure]'), end, isLoaded }
}

test.each(faults)('%s: a list looks failed, not empty, and is loaded by itself afterwards', async (_name, begin) => {
  const { end, isLoaded } = await failedList(begin)
  await end()
  await isLoaded()
})

test('the browser is offline: a list looks failed, not empty; trying again loads it', async () => {
  const { failure, end, isLoaded } = await failedList(async (page) => {
    await page.context().setOffline(true)
    return () => page.context().setOffline(false)
  })
  await failure.getByRole('button', { name: 'Try again' }).click()
  await failure.waitFor({ state: 'detached' })
  await end()
  await isLoaded()
})
