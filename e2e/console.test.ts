import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { signIn } from './kit/api.ts'
import { recordOf } from './kit/books.ts'
import { expectGoodScreen, SIZES } from './kit/browser.ts'
import { demo, numbers, Softphone } from './kit/softphone.ts'
import { driver, person, shared } from './kit/stage.ts'
import { until } from './kit/until.ts'

const member = await person(440)

async function administrator(size?: { readonly width: number; readonly height: number }): Promise<Page> {
  const page = await (await member.context(size)).newPage()
  await Softphone.open(page, shared().address, demo.administrator)
  return page
}

const open = (page: Page, section: string): Promise<unknown> => page.goto(`${shared().address}/console/${section}`)
const rows = (page: Page, table: string) => page.getByRole('table', { name: table }).locator('tbody tr')

test('the administrator finds the record of a call, its cause, and the ledger entries behind the pool’s figure', async () => {
  const { phone, api } = await driver(member)
  const callId = await phone.call(numbers.hangsUp)
  await phone.expectState('connected')
  await phone.expectState('ended')
  const { draws } = await recordOf(api, callId)
  const page = await administrator()

  await open(page, 'records')
  await page.getByLabel('Result').selectOption('hangup-callee')
  await page.getByLabel('Name or number').fill('0008')
  await rows(page, 'Call records').first().getByRole('button').click()
  const drawer = page.locator(`[data-call-id="${callId}"]`)
  await drawer.getByText('Callee hung up').waitFor()
  await drawer.getByText('Phone, dialled by us').waitFor()
  await drawer
    .getByText(/Q\.850 16/)
    .first()
    .waitFor()
  await drawer
    .getByText(`Ledger no. ${draws[0]?.ledgerSeqs.join(', ')}`)
    .first()
    .waitFor()

  await open(page, 'pools')
  const owner = draws[0]?.bucket === 'organization' ? 'Organization' : /Chen Li/
  await page.getByRole('button', { name: owner }).first().click()
  await page.getByText('Settle').first().waitFor()
})

test('members, the plan and the numbers, and refusals with their reason', async () => {
  const { phone } = await driver(member)
  await phone.tryToCall('+14155552671')
  const page = await administrator()
  await open(page, 'members')
  await until('12 members', async () => (await rows(page, 'Members').count()) >= 12)
  await open(page, 'offer')
  await rows(page, 'Plans').filter({ hasText: 'Business 1,000' }).waitFor()
  await rows(page, 'Numbers').filter({ hasText: 'Shown to callees' }).waitFor()
  await page.getByText('Phone network reachable').waitFor()
  await open(page, 'refusals')
  await rows(page, 'Refusals').filter({ hasText: 'Destination not allowed' }).first().waitFor()
})

test('an administrator who is refused is not sent to his administrator, a member is', async () => {
  const { phone } = await driver(member)
  expect((await phone.tryToCall('+14155552671')).words).toMatch(/Your administrator can ask the operator/)
  const page = await administrator()
  const { words } = await new Softphone(page).tryToCall('+14155552671')
  expect(words).toMatch(/Ask the operator/)
  expect(words).not.toMatch(/administrator/i)
})

test('a member sees nothing of it', async () => {
  const { phone } = await driver(member)
  await open(phone.page, 'records')
  await phone.page.getByRole('textbox', { name: 'Phone number' }).waitFor()
  const api = await signIn(shared().address, demo.driver.login, demo.driver.password)
  expect(await api.ask('GET', '/api/decisions')).toMatchObject({ status: 403, body: { code: 'not-allowed' } })
})

test.each(SIZES)('each page is good on a %s', async (...[width, size]) => {
  const page = await administrator(size)
  for (const section of ['members', 'departments', 'pools', 'records', 'refusals', 'offer', 'organization']) {
    await open(page, section)
    const nothing = page.locator('p, h2, h3').filter({ hasText: /^(No|Nothing) / })
    await page
      .getByRole('table')
      .or(nothing)
      .or(page.getByRole('button', { name: 'Save' }))
      .first()
      .waitFor()
    await expectGoodScreen(page, `console-${section}-${width}`)
  }
  for (const [section, opened] of [
    ['members', 'member=new'],
    ['departments', 'department=new'],
    ['records', 'call=xyz'],
  ] as const) {
    await open(page, `${section}?${opened}`)
    await page.getByRole('dialog').waitFor()
    await expectGoodScreen(page, `console-${section}-opened-${width}`)
  }
})
