import { expect, test } from 'vitest'
import { Console } from './kit/console.ts'
import { setUpOrganization } from './kit/outsider.ts'
import { person, shared } from './kit/stage.ts'
import { until } from './kit/until.ts'

const who = await person(440)

/** More than a page of them: the organization's, the administrator's, and each member's. */
const MEMBERS = 55
const ROWS = MEMBERS + 2

test('minutes come by pages and by month; the month stands in the address, survives a reload, and goes back', async () => {
  const { administrator, account } = await setUpOrganization(shared().operator, {
    organizationMs: 600_000,
    memberMs: 60_000,
  })
  for (let index = 0; index < MEMBERS; index += 1)
    await administrator.ask('POST', '/api/members', { body: { name: `Member ${index}`, login: `minutes-${index}` } })
  const at = await Console.open(who, { account })
  const rows = at.rows('Minutes')
  const month = at.page.getByLabel('Month')
  const count = (is: number) => until(`${is} rows`, async () => (await rows.count()) === is)
  await at.go('pools')
  await count(50)
  await at.page.getByRole('button', { name: 'Show more' }).click()
  await count(ROWS)
  expect(new Set(await rows.locator('td:first-child').allInnerTexts()).size).toBe(ROWS)
  expect(await at.page.getByRole('button', { name: 'Show more' }).count()).toBe(0)

  await month.selectOption({ index: 1 })
  const [chosen, name] = [await month.inputValue(), await month.locator('option:checked').innerText()]
  await at.page.getByText('Nothing matches the filter').waitFor()
  expect(at.search()).toEqual({ month: chosen })
  expect(chosen).toMatch(/^\d{4}-\d{2}$/)
  await at.page.reload()
  await at.page.getByText('Nothing matches the filter').waitFor()
  expect(await month.locator('option:checked').innerText()).toBe(name)
  await at.page.goBack()
  await rows.first().waitFor()
  expect([at.search(), await month.inputValue()]).toEqual([{}, ''])

  await month.selectOption({ label: 'All months' })
  await at.page.getByLabel('Pool').selectOption({ label: 'Organization' })
  await count(1)
  expect(at.search()).toEqual({ month: 'all', bucket: 'organization' })
  await at.go('pools?month=2026-13')
  await at.page.getByText('This address asks for a filter that does not exist').waitFor()
  await at.page.getByRole('button', { name: 'Clear filter' }).click()
  await count(50)
})
