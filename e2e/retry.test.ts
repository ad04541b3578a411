import { call, pageOf, placedCall } from '@tandem/contract'
import { expect, test } from 'vitest'
import { expectBooksBalance, recordOf } from './kit/books.ts'
import { setUpOrganization } from './kit/outsider.ts'
import { numbers } from './kit/softphone.ts'
import { shared } from './kit/stage.ts'

const body = { to: { number: numbers.tone } }

test('twenty requests with one key, all at once, place one call', async () => {
  const { administrator } = await setUpOrganization(shared().operator, { organizationMs: 600_000 })
  const key = { 'idempotency-key': crypto.randomUUID() }
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => administrator.ask('POST', '/api/calls', { body, headers: key })),
  )
  // Those that came while the first was being worked on wait for its answer.
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201))
  const placed = answers.map((answer) => placedCall.parse(answer.body).call.id)
  expect(new Set(placed).size).toBe(1)
  expect((await administrator.get('/api/calls', pageOf(call))).items).toHaveLength(1)

  const again = await administrator.ask('POST', '/api/calls', { body, headers: key })
  expect(placedCall.parse(again.body).call.id).toBe(placed[0])
  const other = await administrator.ask('POST', '/api/calls', { body: { to: { number: numbers.echo } }, headers: key })
  expect(other).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } })
})

test('without a key no call is placed', async () => {
  const { administrator } = await setUpOrganization(shared().operator, { organizationMs: 600_000 })
  const answer = await administrator.ask('POST', '/api/calls', { body, headers: { 'idempotency-key': null } })
  expect(answer).toMatchObject({ status: 400, body: { code: 'idempotency-key-missing' } })
})

test('a call that nobody dials into is abandoned, and what was held is given back', async () => {
  const { administrator } = await setUpOrganization(shared().operator, { organizationMs: 60_000 })
  const placed = await administrator.post('/api/calls', body, placedCall)
  const record = await recordOf(administrator, placed.call.id, 20_000)
  expect(record).toMatchObject({ endReason: 'abandoned', answeredAt: null, ratedMs: 0, draws: [] })
  await expectBooksBalance(administrator)
})
