import { expect, test } from 'vitest'
import { talkableMs } from './minutes.ts'

const now = Date.parse('2026-11-23T00:00:00.000Z')
const paid = (seconds: number) => ({ paidUntil: new Date(now + seconds * 1000).toISOString() })
const unanswered = { paidUntil: null }

test.each([
  ['nothing goes on', 600_000, [], 600_000],
  ['a call that is paid for 59 s, and nothing more in the pools', 0, [paid(59)], 59_000],
  ['a call that is paid for 30 s, and ten minutes more', 600_000, [paid(30)], 630_000],
  ['two calls', 0, [paid(10), paid(20)], 30_000],
  ['a call past its paid time', 0, [paid(-1)], 0],
  ['a call that took the last minute and is not answered', 0, [unanswered], null],
  ['a call that is not answered, and much left', 600_000, [unanswered], 600_000],
])('%s', (...[, leftMs, calls, expected]) => {
  expect(talkableMs({ leftMs, calls, now })).toBe(expected)
})
