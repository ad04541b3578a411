import { expect, test } from 'vitest'
import { repositorySources } from './sources.ts'
import { testHabitFaults } from './test-habits.ts'
import { expectNone, files, found } from './testing.ts'

test('no test sleeps, is skipped or singled out', () => expectNone(testHabitFaults(repositorySources())))

test.each([
  [`test.only('x', f)`],
  [`describe.skip('x', f)`],
  [`it.todo('x')`],
  [`test.skipIf(slow)('x', f)`],
  [`xit('x', f)`],
  ['await new Promise((done) => setTimeout(done, 500))'],
  ['await new Promise<void>(done => { setTimeout(() => done(), 500) })'],
  [`import { setTimeout as sleep } from 'node:timers/promises'`],
  ['await page.waitForTimeout(500)'],
  [`await until('later', () => Date.now() > later)`],
  ['await vi.waitFor(() => expect(Date.now() - askedAt).toBeGreaterThan(3_000))'],
])('%s is found', (text) => {
  expect(testHabitFaults(files({ 'a.test.ts': `\n${text}` }))).toMatchObject([{ file: 'a.test.ts', line: 2 }])
  expect(testHabitFaults(files({ 'e2e/kit/a.ts': `\n${text}` }))).toHaveLength(1)
})

test('time limits and code that is no test pass', () => {
  const sources = files({
    'a.test.ts': `await new Promise((_, fail) => setTimeout(() => fail(new Error('late')), 500))`,
    'a.ts': 'await new Promise((done) => setTimeout(done, 500))',
  })
  expect(found(testHabitFaults(sources))).toEqual([])
})
