import { expect, test } from 'vitest'
import { recordOf } from './kit/books.ts'
import { expectTone } from './kit/ear.ts'
import { Handset } from './kit/handset.ts'
import { numbers } from './kit/softphone.ts'
import { driver, person, shared } from './kit/stage.ts'

const member = await person(440)
const customer = await person(900)

test.each([
  ['busy', numbers.busy, 'busy', 486],
  ['unallocated', numbers.unallocated, 'unallocated', 404],
  ['a network that is out of order', numbers.unavailable, 'network-failure', 503],
])(
  '%s: told apart on the screen and in the record, and nothing is charged',
  async (...[, number, endReason, sipStatus]) => {
    const { phone, api } = await driver(member)
    const callId = await phone.call(number)
    await phone.expectState('ended')
    const record = await recordOf(api, callId)
    expect(record).toMatchObject({ endReason, answeredAt: null, ratedMs: 0, draws: [] })
    expect(record.legs.find(({ kind }) => kind === 'phone-out')).toMatchObject({ sipStatus })
  },
)

test('early media is heard before any answer, and costs nothing', async () => {
  const { phone, api } = await driver(member)
  const callId = await phone.call(numbers.earlyMedia)
  await phone.expectState('early-media')
  await expectTone(phone.page, 600)
  await phone.expectState('ended')
  expect(await recordOf(api, callId)).toMatchObject({ endReason: 'rejected', answeredAt: null, ratedMs: 0 })
})

test('nobody answers', async () => {
  const { phone, api } = await driver(member)
  const callId = await phone.call(numbers.rings)
  await phone.expectState('ringing', 'early-media')
  await phone.expectState('ended')
  expect(await recordOf(api, callId)).toMatchObject({ endReason: 'no-answer', ratedMs: 0 })
})

test('the caller thinks better of it', async () => {
  const { phone, api } = await driver(member)
  const callId = await phone.call(numbers.rings)
  await phone.expectState('ringing', 'early-media')
  await phone.press('Hang up')
  expect(await recordOf(api, callId)).toMatchObject({ endReason: 'cancelled', ratedMs: 0 })
})

test('the callee rejects', async () => {
  const { phone, api } = await driver(member)
  const handset = await Handset.open(await customer.page(), shared().address, '+8613900000002')
  const callId = await phone.call('+8613900000002')
  await handset.press('Reject')
  expect(await recordOf(api, callId)).toMatchObject({ answeredAt: null, ratedMs: 0 })
  expect(['rejected', 'busy']).toContain((await recordOf(api, callId)).endReason)
})

test('the callee hangs up', async () => {
  const { phone, api } = await driver(member)
  const handset = await Handset.open(await customer.page(), shared().address, '+8613900000003')
  const callId = await phone.call('+8613900000003')
  await handset.press('Answer')
  await phone.expectState('connected')
  await handset.press('Hang up')
  expect(await recordOf(api, callId)).toMatchObject({ endReason: 'hangup-callee' })
})
