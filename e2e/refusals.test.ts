import { expect, test } from 'vitest'
import { poolsOf } from './kit/books.ts'
import { setUpOrganization } from './kit/outsider.ts'
import { Softphone } from './kit/softphone.ts'
import { driver, person, shared } from './kit/stage.ts'

const member = await person(440)

test.each([
  ['an emergency number', '120', 'emergency-number', /use a phone/i],
  ['an emergency number with punctuation', '1-1-0', 'emergency-number', /use a phone/i],
  ['no number at all', '12', 'number-invalid', /number/i],
  ['another country', '+14155552671', 'zone-denied', /countries/i],
])('%s is refused in words', async (...[, number, code, words]) => {
  const { phone } = await driver(member)
  const refusal = await phone.tryToCall(number)
  expect(refusal.code).toBe(code)
  expect(refusal.words).toMatch(words)
})

test('a refusal has its code and the lawful next best thing; nothing is held for it', async () => {
  const { operator } = shared()
  const { administrator } = await setUpOrganization(operator, { organizationMs: 60_000 })
  expect(await administrator.refused('/api/calls', { to: { number: '110' } })).toMatchObject({
    code: 'emergency-number',
    status: 403,
    alternatives: [{ kind: 'native-dialler', digits: '110' }],
    decisionId: expect.any(String),
  })
  expect((await poolsOf(administrator)).every(({ heldMs, usedMs }) => heldMs + usedMs === 0)).toBe(true)
})

test('who has tried in vain too often reads from when he may try again', async () => {
  const { operator, address } = shared()
  const { administrator, account } = await setUpOrganization(operator, { organizationMs: 60_000 })
  const tries = Array.from({ length: 20 }, (_, guess) => `+1415555${2600 + guess}`)
  for (const number of tries)
    expect(await administrator.refused('/api/calls', { to: { number } })).toMatchObject({ code: 'zone-denied' })
  const phone = await Softphone.open(await member.page(), address, account)
  const { code, words } = await phone.tryToCall('13900000001')
  expect(code).toBe('too-many-attempts')
  expect(words).toMatch(/20 calls within a minute that nobody answered\. You can try again from .*\d\d:\d\d/)
})

test('what will be dialled is told before, and what was refused is still in the box', async () => {
  const { phone } = await driver(member)
  const box = phone.page.getByRole('textbox', { name: 'Phone number' })
  const meaning = phone.page.locator('#number-meaning')
  const tells = async (typed: string, words: RegExp) => {
    await box.fill(typed)
    await meaning.getByText(words).waitFor()
  }
  await tells('+86 10 95588', /Calls service code 01095588/)
  await tells('010 8888 8888 ext 805', /Calls 010 8888 8888 and presses ,805/)
  await tells('13900000001;13900000002', /More than one number/)
  const refusal = await phone.tryToCall('13900000001;13900000002')
  expect(refusal.code).toBe('several-numbers')
  await phone.page.getByRole('button', { name: 'Back to dialling' }).click()
  expect(await box.inputValue()).toBe('13900000001;13900000002')
})
