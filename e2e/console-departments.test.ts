import { department, listOf, organization } from '@tandem/contract'
import { expect, test } from 'vitest'
import { Console, expectTitle } from './kit/console.ts'
import { setUpOrganization } from './kit/outsider.ts'
import { until } from './kit/until.ts'
import { person, shared } from './kit/stage.ts'

const who = await person(440)

test('departments are added, moved and deleted; why one stays is said in words', async () => {
  const { administrator, account, memberId } = await setUpOrganization(shared().operator, { organizationMs: 60_000 })
  const at = await Console.open(who, { account })
  const add = async (name: string) => {
    await at.page.getByRole('button', { name: 'Add department' }).click()
    await at.page.getByLabel('Name').fill(name)
    await at.page.getByRole('button', { name: 'Save' }).click()
    await at.rows('Departments').filter({ hasText: name }).waitFor()
  }
  const open = (name: string) => at.page.getByRole('button', { name: `Open ${name}` }).click()
  const remove = async (name: string) => {
    await open(name)
    await at.page.getByRole('button', { name: 'Delete' }).click()
    await at.dialog(`Delete ${name}?`).getByRole('button', { name: 'Delete' }).click()
  }
  await at.go('departments')
  await expectTitle(at.page, 'Departments')
  await add('Drivers')
  await add('North')
  await open('North')
  await at.page.getByLabel('Part of').selectOption({ label: '\u2003Drivers' })
  await at.page.getByRole('button', { name: 'Save' }).click()
  // "Saved" may still be on the screen from the department before.
  const north = await until('North to be a part of Drivers', async () => {
    const { items } = await administrator.get('/api/departments', listOf(department))
    const drivers = items.find(({ name }) => name === 'Drivers')
    return items.find(({ name, parentId }) => name === 'North' && parentId === drivers?.id)
  })

  await administrator.ask('PATCH', `/api/members/${memberId}`, { body: { departmentIds: [north.id] } })
  await remove('North')
  await at.dialog('Delete North?').getByText('still has members or departments below').waitFor()
  await administrator.ask('PATCH', `/api/members/${memberId}`, { body: { departmentIds: [] } })
  await at.dialog('Delete North?').getByRole('button', { name: 'Delete' }).click()
  await at.rows('Departments').filter({ hasText: 'North' }).waitFor({ state: 'detached' })
})

test('the organization’s name is changed by its administrator; what is the operator’s is only shown', async () => {
  const { id, administrator, account } = await setUpOrganization(shared().operator, { organizationMs: 60_000 })
  const at = await Console.open(who, { account })
  await at.go('organization')
  await at.page.getByLabel('Name').fill('')
  await at.page.getByRole('button', { name: 'Save' }).click()
  await at.page.getByText('Enter a name.').waitFor()
  await at.page.getByLabel('Name').fill('Heron & Sons')
  await at.page.getByRole('button', { name: 'Save' }).click()
  await at.page.getByText('Saved').first().waitFor()
  expect(await administrator.get(`/api/organizations/${id}`, organization)).toMatchObject({ name: 'Heron & Sons' })
  await at.page.getByRole('banner').getByText('Heron & Sons').waitFor()
  await at.page.getByText('Asia/Shanghai').waitFor()
})
