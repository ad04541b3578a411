import { expect, it } from 'vitest'
import { nextRestart } from './backoff.ts'

it('doubles from 0.2 s to 5 s', () => {
  const delays = [0, 1, 2, 3, 4, 5, 6, 1_000].map((failures) => nextRestart(failures, 100).delayMs)
  expect(delays).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000])
})

it.each([
  { upForMs: 29_999, delayMs: 1_600, failures: 4 },
  { upForMs: 30_000, delayMs: 200, failures: 1 },
])('after $upForMs ms up, waits $delayMs ms', ({ upForMs, delayMs, failures }) => {
  expect(nextRestart(3, upForMs)).toEqual({ delayMs, failures })
})
