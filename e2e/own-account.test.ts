import { expect, test } from 'vitest'
import { signIn } from './kit/api.ts'
import { setUpOrganization } from './kit/outsider.ts'
import { demo, Softphone } from './kit/softphone.ts'
import { person, shared } from './kit/stage.ts'
import { until } from './kit/until.ts'

const member = await person(440)

test('a member changes his own password and language by himself; both hold at the next sign-in, on another machine', async () => {
  const { address, operator } = shared()
  const { account } = await setUpOrganization(operator, { organizationMs: 60_000 })
  const { page } = await Softphone.open(await member.page(), address, account)
  await page.getByRole('button', { name: 'Account' }).click()
  await page.getByRole('menuitem', { name: 'Your account' }).click()
  await page.getByLabel('Current password').fill('not the right one')
  await page.getByLabel('New password').fill('another long password')
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.getByText('The current password is wrong.').waitFor()
  await page.getByLabel('Current password').fill(account.password)
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.getByText('Your password is changed').waitFor()

  await page.getByRole('button', { name: 'Account' }).click()
  await page.getByRole('menuitem', { name: 'Your account' }).click()
  await page.getByRole('combobox', { name: 'Language' }).selectOption('zh-Hant')
  await page.locator('html[lang="zh-Hant"]').waitFor()

  const there = await Softphone.signIn(await member.page(), address, {
    ...account,
    password: 'another long password',
  })
  await there.page.locator('html[lang="zh-Hant"]').waitFor()
  await expect(signIn(address, account.login, account.password)).rejects.toThrow('401')
})

test('who may call nobody sees why before he tries', async () => {
  const phone = await Softphone.open(await member.page(), shared().address, {
    login: 'barred',
    password: 'demo-barred',
  })
  await phone.page.getByText('Calls to phones are switched off for you').waitFor()
})

test('each page has a title of its own', async () => {
  const { address } = shared()
  const page = await member.page()
  const titleAt = async (path: string, title: string) => {
    await page.goto(`${address}${path}`)
    await until(`the title ${title}`, async () => (await page.title()) === `${title} · Tandem`)
  }
  await titleAt('/sign-in', 'Sign in')
  await Softphone.open(page, address, demo.administrator)
  await titleAt('/', 'Phone')
  await titleAt('/handset', 'Demo handset')
  await titleAt('/console/members', 'Members')
  await titleAt('/console/refusals', 'Refusals')
})

test('the panels of the phone take the focus, and Esc leaves them', async () => {
  const { address } = shared()
  const { page } = await Softphone.open(await member.page(), address, demo.driver)
  const box = page.getByRole('textbox', { name: 'Phone number' })
  await box.fill('999999')
  await box.press('Enter')
  await page.locator('[data-refusal]').waitFor()
  expect(await page.evaluate(() => document.activeElement?.getAttribute('data-refusal'))).toBe('number-invalid')
  await page.keyboard.press('Escape')
  await box.waitFor()
  expect(await box.evaluate((element) => element === document.activeElement)).toBe(true)
})
