import { expect, onTestFinished, test } from 'vitest'
import { demo, Softphone } from './kit/softphone.ts'
import { person } from './kit/stage.ts'
import { startTandem } from './kit/tandem.ts'

const who = await person(440)

test('a list that cannot be loaded looks failed, not empty; trying again loads it', async () => {
  const tandem = await startTandem({ name: 'console-failure' })
  onTestFinished(() => tandem.stop())
  const page = await who.page()
  await Softphone.open(page, tandem.address, demo.administrator)
  await page.goto(`${tandem.address}/console/members`)
  await page.getByRole('table', { name: 'Members' }).waitFor()
  tandem.hold('server')
  tandem.kill('server')
  await page.getByRole('link', { name: 'Refusals' }).click()
  const failure = page.locator('[data-failure]')
  await failure.waitFor({ timeout: 60_000 })
  expect(await page.getByText(/Nothing was refused|Nothing matches/).count()).toBe(0)
  tandem.release('server')
  await failure.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('Nothing was refused yet').waitFor({ timeout: 60_000 })
})
