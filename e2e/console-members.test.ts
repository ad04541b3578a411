import { member, type WireMember } from '@tandem/contract'
import { expect, test } from 'vitest'
import { signIn } from './kit/api.ts'
import { Console } from './kit/console.ts'
import { setUpOrganization, type Organization } from './kit/outsider.ts'
import { person, shared } from './kit/stage.ts'
import { until } from './kit/until.ts'

const who = await person(440)
const password = 'four unrelated words'

async function staffed(): Promise<{ readonly office: Organization; readonly ann: WireMember }> {
  const office = await setUpOrganization(shared().operator, { organizationMs: 6_000_000 })
  const login = `ann-${Date.now()}`
  return { office, ann: await office.administrator.post('/api/members', { name: 'Ann', login, password }, member) }
}

test('a member who is barred at the console is refused the next call, and calls again once the limit is raised', async () => {
  const { office, ann } = await staffed()
  const caller = await signIn(shared().address, ann.login, password)
  const call = () => caller.ask('POST', '/api/calls', { body: { to: { number: '+8613000000004' } } })
  const at = await Console.open(who, { account: office.account })
  const set = async (label: string, value: string) => {
    await at.go(`members?member=${ann.id}&isEditing=true`)
    const box = at.page.getByRole('dialog').getByLabel(label)
    await (label === 'May call' ? box.selectOption(value) : box.fill(value))
    await at.page.getByRole('button', { name: 'Save' }).click()
    await at.page.getByText('Saved').first().waitFor()
  }
  await set('May call', 'nobody')
  expect(await call()).toMatchObject({ status: 403, body: { code: 'caller-barred' } })
  await set('May call', 'anybody')
  await set('Limit a month', '0')
  expect(await call()).toMatchObject({ status: 403, body: { code: 'monthly-limit-reached' } })
  await set('Limit a month', '300')
  expect(await call()).toMatchObject({ status: 201 })
})

test('what somebody else has changed meanwhile is shown, and nothing of it is overwritten', async () => {
  const { office, ann } = await staffed()
  const at = await Console.open(who, { account: office.account })
  await at.go(`members?member=${ann.id}&isEditing=true`)
  await at.page.getByLabel('Tags').fill('night')
  await office.administrator.ask('PATCH', `/api/members/${ann.id}`, { body: { phone: '+8613900000077' } })
  await at.page.getByRole('button', { name: 'Save' }).click()
  await at.page.getByText('Somebody else has changed this meanwhile: Phone').waitFor()
  expect(await at.page.getByLabel('Phone').inputValue()).toBe('+8613900000077')
  await at.page.getByRole('button', { name: 'Save' }).click()
  await at.page.getByText('Saved').first().waitFor()
  const after = await office.administrator.get(`/api/members/${ann.id}`, member)
  expect(after).toMatchObject({ phone: '+8613900000077', tags: ['night'] })
})

test('a fault stands beside its box, and what is not saved is not lost unasked', async () => {
  const { office, ann } = await staffed()
  const at = await Console.open(who, { account: office.account })
  await at.go(`members?member=${ann.id}`)
  await at.page.getByRole('button', { name: 'Edit' }).click()
  await at.page.getByLabel('Extension').fill('110')
  await at.page.getByRole('button', { name: 'Save' }).click()
  await at.page.getByText('This is an emergency number').waitFor()
  expect(await at.page.getByLabel('Extension').getAttribute('aria-invalid')).toBe('true')
  await at.page.keyboard.press('Escape')
  await at.dialog('Discard your changes?').getByRole('button', { name: 'Keep editing' }).click()
  expect(await at.page.getByLabel('Extension').inputValue()).toBe('110')
  await at.page.keyboard.press('Escape')
  await at.dialog('Discard your changes?').getByRole('button', { name: 'Discard' }).click()
  await until('the drawer to be closed', () => at.search()['member'] === undefined)
})

test('suspending asks first and tells why it is refused; a new password is shown once and works', async () => {
  const { office, ann } = await staffed()
  const at = await Console.open(who, { account: office.account })
  await at.go(`members?member=${office.memberId}`)
  await at.page.getByRole('button', { name: 'Suspend' }).click()
  const question = at.dialog(/^Suspend /)
  await question.getByRole('button', { name: 'Suspend' }).click()
  await question.getByText('last active administrator').waitFor()

  await at.go(`members?member=${ann.id}`)
  await at.page.getByRole('button', { name: 'New password' }).click()
  await at
    .dialog(/^Give Ann/)
    .getByRole('button', { name: 'New password' })
    .click()
  const made = await at.page.getByTestId('new-password').innerText()
  await at
    .dialog(/^The new password/)
    .getByRole('button', { name: 'Close' })
    .click()
  expect(await at.page.getByText(made).count()).toBe(0)
  await signIn(shared().address, ann.login, made)

  await at.page.getByRole('button', { name: 'Suspend' }).click()
  await at
    .dialog(/^Suspend Ann/)
    .getByRole('button', { name: 'Suspend' })
    .click()
  await at.dialog(/^Suspend Ann/).waitFor({ state: 'detached' })
  await at.page.getByRole('button', { name: 'Reinstate' }).waitFor()
  expect(await office.administrator.get(`/api/members/${ann.id}`, member)).toMatchObject({ standing: 'suspended' })
})
