import { expect, test } from 'vitest'
import { instant, later } from '#kernel'
import { createFailures } from './failures.ts'
import { createSignInAttempts } from './sign-in-attempts.ts'

const noon = instant(Date.parse('2026-05-04T12:00:00.000Z'))
const manner = { free: 2, firstMs: 1_000, longestMs: 5_000, forgottenAfterMs: 60_000 }

test('each failure past the free ones doubles the wait, up to the longest', () => {
  const failures = createFailures(manner)
  const waits = [1, 2, 3, 4, 5, 6].map(() => {
    failures.add('x', noon)
    return failures.waitMs('x', noon)
  })
  expect(waits).toEqual([0, 1_000, 2_000, 4_000, 5_000, 5_000])
  expect(failures.waitMs('another', noon)).toBe(0)
})

test('a wait passes by itself, and all is forgiven later', () => {
  const failures = createFailures(manner)
  for (const _ of ['one', 'two']) failures.add('x', noon)
  expect(failures.waitMs('x', later(noon, 999))).toBe(1)
  expect(failures.waitMs('x', later(noon, 1_000))).toBe(0)
  failures.add('x', later(noon, 70_000))
  expect(failures.waitMs('x', later(noon, 70_000))).toBe(0)
})

test('what went well after all is no failure', () => {
  const failures = createFailures(manner)
  for (const _ of ['one', 'two', 'three']) {
    failures.add('x', noon)
    failures.undo('x')
  }
  expect(failures.waitMs('x', noon)).toBe(0)
})

test('the table does not grow with the names that strangers invent', () => {
  const failures = createFailures({ ...manner, free: 1 })
  for (let name = 0; name <= 10_000; name++) failures.add(String(name), noon)
  expect([failures.waitMs('0', noon), failures.waitMs('10000', noon)]).toEqual([0, 1_000])
})

test.each([
  ['his own browser', { address: 'shared', device: 'his' }, 0],
  ['a new browser at that address', { address: 'shared', device: null }, 60_000],
  ['a new browser at another address', { address: 'home', device: null }, 60_000],
])('while strangers guess at a login without end, from %s its owner waits %o', (_name, place, longestMs) => {
  const attempts = createSignInAttempts({ wrongPasswords: 3, signIns: 6 })
  let at = noon
  for (let guess = 0; guess < 2_000; guess++) {
    at = later(at, 20)
    attempts.begin({ login: 'ann', address: `guest-${guess % 100}`, device: null }, at)
    attempts.begin({ login: `x${guess}`, address: 'shared', device: null }, at)
  }
  const waitMs = attempts.begin({ login: 'ann', ...place }, at)
  expect(waitMs).toBeLessThanOrEqual(longestMs)
  expect(attempts.begin({ login: 'ann', ...place }, later(at, waitMs))).toBe(0)
})

test('many tries at once are counted before any of them is decided', () => {
  const attempts = createSignInAttempts({ wrongPasswords: 3, signIns: 100 })
  const tries = Array.from({ length: 50 }, () => attempts.begin({ login: 'ann', address: 'one', device: null }, noon))
  expect(tries.filter((waitMs) => waitMs === 0).length).toBe(3)
})
