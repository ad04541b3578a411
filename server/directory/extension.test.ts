import { describe, expect, test } from 'vitest'
import { nextExtension } from './extension.ts'

const range = (from: number, until: number) => Array.from({ length: until - from }, (_, at) => String(from + at))
const EMERGENCY = new Set(['110', '112', '911', '999'])
const next = (memberCount: number, ...taken: readonly string[]) =>
  nextExtension({ memberCount, taken: new Set(taken), isReserved: (digits) => EMERGENCY.has(digits) })

describe('an extension is given', () => {
  const rows: readonly (readonly [what: string, memberCount: number, taken: readonly string[], expected: string])[] = [
    ['the first has 3 digits from 8', 1, [], '800'],
    ['the lowest free one', 4, ['800', '802', '85'], '801'],
    ['up to 100 members 3 digits', 100, range(800, 899), '899'],
    ['then 9xx', 100, range(800, 900), '900'],
    ['then 1xx', 100, [...range(800, 900), ...range(900, 1000)], '100'],
    ['past numbers that call for help', 100, [...range(800, 900), ...range(900, 911)], '912'],
    ['from the 101st 4 digits', 101, range(800, 900), '8000'],
    ['up to 1,000 members 4 digits', 1000, range(8000, 9000), '9000'],
    ['above 5', 1001, [], '80000'],
    ['longer, when all of a length are taken', 50, [...range(800, 1000), ...range(100, 200)], '8000'],
  ]
  test.each(rows)('%s', (...[, memberCount, taken, expected]) => {
    expect(next(memberCount, ...taken)).toBe(expected)
  })

  test('not, when there is none left', () => {
    expect(nextExtension({ memberCount: 1, taken: new Set(), isReserved: () => true })).toBeUndefined()
  })
})
