import { expect, test } from 'vitest'
import { Console, expectTitle } from './kit/console.ts'
import { setUpOrganization } from './kit/outsider.ts'
import { person, shared } from './kit/stage.ts'
import { until } from './kit/until.ts'

const who = await person(440)

test('refusals are filtered over all pages, by an address that survives reload and back', async () => {
  const { administrator, account } = await setUpOrganization(shared().operator, { organizationMs: 60_000 })
  const refuse = (number: string) => administrator.ask('POST', '/api/calls', { body: { to: { number } } })
  await refuse('no number 4711')
  // More than a page of newer ones.
  for (let index = 0; index < 60; index += 1) await refuse(`110`)
  const at = await Console.open(who, { account })
  await at.go('refusals')
  await until('the first page', async () => (await at.rows('Refusals').count()) === 50)
  await at.page.getByLabel('Name or number').fill('4711')
  await until('the one that is sought', async () => (await at.rows('Refusals').count()) === 1)
  expect(at.search()).toEqual({ text: '4711' })
  await at.page.reload()
  await at.rows('Refusals').filter({ hasText: '4711' }).waitFor()
  expect(await at.page.getByLabel('Name or number').inputValue()).toBe('4711')
  await at.page.getByLabel('Reason').selectOption('emergency-number')
  await at.page.getByText('Nothing matches the filter').waitFor()
  await at.page.goBack()
  await at.rows('Refusals').filter({ hasText: '4711' }).waitFor()
  // As a number is grouped in the tables, it is found.
  await at.go('refusals?text=1-1 0')
  await until('all of that number', async () => (await at.rows('Refusals').count()) === 50)
  await at.go('refusals?text=no-such-thing')
  await at.page.getByText('Nothing matches the filter').waitFor()
  await at.page.getByRole('button', { name: 'Clear filter' }).click()
  await until('all of them again', async () => (await at.rows('Refusals').count()) === 50)
})

test('nothing refused yet, and an id that names nothing, are said as what they are', async () => {
  const { account } = await setUpOrganization(shared().operator, { organizationMs: 60_000 })
  const at = await Console.open(who, { account })
  await at.go('refusals')
  await at.page.getByText('Nothing was refused yet').waitFor()
  await expectTitle(at.page, 'Refusals')
  for (const [address, words] of [
    ['records?call=xyz', 'There is no record of this call'],
    ['members?member=xyz', 'There is no such member'],
    ['members?member=01900000-0000-7000-8000-000000000001', 'There is no such member'],
    ['departments?department=xyz', 'There is no such department'],
    ['pools?pool=xyz', 'There is no such pool'],
    ['records?member=xyz', 'This address asks for a filter that does not exist'],
    ['../calls/xyz', 'There is no such call, or it is not yours'],
  ] as const) {
    await at.go(address)
    await at.page.getByText(words).first().waitFor()
  }
})

test('members come by pages, and the server searches all of them', async () => {
  const { administrator, account } = await setUpOrganization(shared().operator, { organizationMs: 60_000 })
  const named = Array.from({ length: 70 }, (_, index) => `Member ${String(index).padStart(2, '0')}`)
  for (const name of named)
    await administrator.ask('POST', '/api/members', {
      body: { name, login: `${name.replace(' ', '-')}-${Date.now()}` },
    })
  const at = await Console.open(who, { account })
  await at.go('members')
  await until('the first page', async () => (await at.rows('Members').count()) === 50)
  await at.page.getByRole('button', { name: 'Show more' }).click()
  await until('all 71', async () => (await at.rows('Members').count()) === 71)
  await at.page.getByLabel('Search').fill('member 69')
  await until('one', async () => (await at.rows('Members').count()) === 1)
  const row = at.page.getByRole('button', { name: 'Open Member 69' })
  await row.press('Enter')
  await at.dialog('Member 69').getByText('No personal limit').waitFor()
  await at.page.keyboard.press('Escape')
  await until('the focus back on the row', () => row.evaluate((button) => button === document.activeElement))
})

test('pools are sorted as names are read, and found by how they are read', async () => {
  const at = await Console.open(who)
  await at.go('pools')
  await at.rows('Minutes').filter({ hasText: 'Zhou An' }).waitFor()
  const names = await at.rows('Minutes').locator('td:first-child').allInnerTexts()
  const places = ['Organization', 'Chen Li', 'Gao Yuan', 'He Sen', 'Huang Min', 'Zhou An'].map((name) =>
    names.findIndex((each) => each.includes(name)),
  )
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect(places).not.toContain(-1)
  await at.page.getByLabel('Search').fill('陳立')
  await until('the one that is sought', async () => (await at.rows('Minutes').count()) === 1)
  await at.rows('Minutes').filter({ hasText: '陈立 Chen Li' }).waitFor()
})
