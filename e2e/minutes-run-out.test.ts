import { expect, test } from 'vitest'
import { expectBooksBalance, poolsOf, recordOf } from './kit/books.ts'
import { expectTone } from './kit/ear.ts'
import { setUpOrganization } from './kit/outsider.ts'
import { numbers, Softphone } from './kit/softphone.ts'
import { person, shared } from './kit/stage.ts'
import { until } from './kit/until.ts'

const member = await person(440)

test('the last seconds are announced, the call is cut at the last paid one, and not a second more is used', async () => {
  const { address, operator } = shared()
  const organization = await setUpOrganization(operator, { organizationMs: 12_000, incrementMs: 1000, sliceMs: 4000 })
  const phone = await Softphone.open(await member.page(), address, organization.account)
  const callId = await phone.call(numbers.tone)
  await phone.expectState('connected')
  // So little is there that it is said at once: seen, and played to the member over the conversation.
  const banner = phone.page
    .getByRole('status')
    .or(phone.page.getByRole('alert'))
    .filter({ hasText: /minute|ends/i })
  await Promise.all([expectTone(phone.page, 1000), expectTone(phone.page, 1400, 12_000), banner.first().waitFor()])
  await phone.expectState('ended')

  const record = await recordOf(organization.administrator, callId)
  expect(record).toMatchObject({ endReason: 'minutes-exhausted', ratedMs: 12_000 })
  const talkedMs = Date.parse(record.endedAt) - Date.parse(record.answeredAt ?? '')
  expect(talkedMs).toBeGreaterThan(11_000)
  expect(talkedMs).toBeLessThanOrEqual(12_000)
  expect(record.overrunMs).toBe(0)
  await expectBooksBalance(organization.administrator)
  expect(await poolsOf(organization.administrator)).toMatchObject([{ grantedMs: 12_000, usedMs: 12_000, heldMs: 0 }])

  expect(await phone.tryToCall(numbers.tone)).toMatchObject({
    code: 'no-minutes',
    words: expect.stringMatching(/minutes/i),
  })
})

test('thirty calls at once cannot talk past a pool of three minutes', async () => {
  const { operator } = shared()
  const { administrator } = await setUpOrganization(operator, { organizationMs: 180_000 })
  const answers = await Promise.all(
    Array.from({ length: 30 }, () =>
      administrator.ask('POST', '/api/calls', { body: { to: { number: numbers.tone } } }),
    ),
  )
  expect(answers.filter(({ status }) => status < 300)).toHaveLength(3)
  expect(answers.filter(({ status }) => status === 403)).toHaveLength(27)
  // Nobody dials in: abandoned, and given back.
  await until(
    'all given back',
    async () => (await poolsOf(administrator)).every(({ heldMs, usedMs }) => heldMs + usedMs === 0),
    30_000,
  )
  await expectBooksBalance(administrator)
})
