import { expect, test } from 'vitest'
import type { EndReason } from '#records'
import { reasonBeforeAnswer } from './causes.ts'
import { mayFailOver, type Progress } from './party.ts'
import { endOf } from './sample-call.ts'

const strict = { failsOverOnTimeout: false }
const lenient = { failsOverOnTimeout: true }

const failovers: readonly (readonly [
  sipStatus: number | null,
  q850Cause: number,
  progress: Progress,
  trunk: typeof strict,
  may: boolean,
])[] = [
  [503, 34, 'calling', strict, true],
  [503, 34, 'ringing', strict, true],
  [503, 34, 'early-media', strict, false],
  [null, 34, 'calling', strict, true],
  [null, 34, 'early-media', strict, false],
  [null, 38, 'calling', strict, false],
  [408, 18, 'calling', strict, false],
  [408, 18, 'calling', lenient, true],
  [408, 18, 'ringing', lenient, false],
  [480, 19, 'calling', strict, false],
  [480, 19, 'calling', lenient, true],
  [480, 19, 'early-media', lenient, false],
  [404, 1, 'calling', lenient, false],
  [486, 17, 'calling', lenient, false],
  [403, 21, 'calling', lenient, false],
  [500, 41, 'calling', lenient, false],
  [600, 17, 'calling', lenient, false],
  [603, 21, 'calling', lenient, false],
]

test.each(failovers)('SIP %s, cause %i, %s, %o: next route %s', (...[sipStatus, q850Cause, progress, trunk, may]) => {
  expect(mayFailOver(endOf(0, { sipStatus, q850Cause }), progress, trunk)).toBe(may)
})

test.each(['command', 'lease', 'no-media'] as const)('what we ended ourselves (%s) is not tried again', (by) => {
  expect(mayFailOver(endOf(0, { by, sipStatus: 503, q850Cause: 34 }), 'calling', lenient)).toBe(false)
})

const reasons: readonly (readonly [sipStatus: number | null, q850Cause: number, reason: EndReason])[] = [
  [486, 17, 'busy'],
  [600, 17, 'busy'],
  [404, 1, 'unallocated'],
  [410, 22, 'unallocated'],
  [484, 28, 'unallocated'],
  [604, 1, 'unallocated'],
  [403, 21, 'rejected'],
  [603, 21, 'rejected'],
  [608, 21, 'rejected'],
  [480, 19, 'no-answer'],
  [408, 18, 'no-answer'],
  [487, 127, 'no-answer'],
  [503, 34, 'network-failure'],
  [500, 41, 'network-failure'],
  [407, 21, 'network-failure'],
  [488, 58, 'codec-mismatch'],
  [null, 17, 'busy'],
  [null, 1, 'unallocated'],
  [null, 3, 'no-route'],
  [null, 18, 'no-answer'],
  [null, 20, 'no-answer'],
  [null, 21, 'rejected'],
  [null, 34, 'network-failure'],
  [null, 127, 'network-failure'],
]

test.each(reasons)('SIP %s, cause %i before any answer: %s', (sipStatus, q850Cause, reason) => {
  expect(reasonBeforeAnswer({ sipStatus, q850Cause })).toBe(reason)
})
