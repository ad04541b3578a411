import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { durationMs } from '#kernel'
import { ratedMs, settlementOf, type Increments } from './rating.ts'

const of = (first: number, next: number): Increments => ({
  firstMs: durationMs(first * 1000),
  nextMs: durationMs(next * 1000),
})
const minutes = (count: number) => durationMs(count * 60_000)

const rows: readonly (readonly [increments: string, wireMs: number, rated: number])[] = [
  ['60/60', 0, 0],
  ['60/60', 1, 60_000],
  ['60/60', 60_000, 60_000],
  ['60/60', 60_001, 120_000],
  ['60/60', 599_999, 600_000],
  ['6/6', 1, 6_000],
  ['6/6', 6_000, 6_000],
  ['6/6', 61_000, 66_000],
  ['1/1', 1, 1_000],
  ['1/1', 1_000, 1_000],
  ['1/1', 59_001, 60_000],
  ['30/6', 1, 30_000],
  ['30/6', 30_000, 30_000],
  ['30/6', 30_001, 36_000],
  ['60/1', 61_500, 62_000],
  ['1/60', 999, 1_000],
  ['1/60', 1_001, 61_000],
]

test.for(rows)('%s: %i ms on the wire are %i', ([text, wireMs, rated]) => {
  const [first, next] = text.split('/').map(Number)
  expect(ratedMs(durationMs(wireMs), of(first!, next!))).toBe(rated)
})

describe('a conference costs the sum of its dialled legs', () => {
  const ratedMinutes = (legs: readonly number[]) =>
    legs.reduce((sum, leg) => sum + ratedMs(minutes(leg), of(60, 60)), 0) / 60_000
  test('DingTalk: three legs of 10 minutes and one of 5 are 35', () => {
    expect(ratedMinutes([10, 10, 10, 5])).toBe(35)
  })
  test('WeCom 2016: three legs of 11 minutes and one of 3 are 36', () => {
    expect(ratedMinutes([11, 11, 11, 3])).toBe(36)
  })
  test('rounding is per leg: four legs of 10 seconds are 4 minutes', () => {
    expect(ratedMinutes([1 / 6, 1 / 6, 1 / 6, 1 / 6])).toBe(4)
  })
})

describe('settlement', () => {
  const cases: readonly (readonly [given: string, wireMs: number, heldMs: number, rated: number, overrun: number])[] = [
    ['never answered', 0, 60_000, 0, 0],
    ['within what is held', 61_000, 180_000, 120_000, 0],
    ['cut by the lease just before its end', 59_700, 60_000, 60_000, 0],
    ['past the lease', 60_250, 60_000, 60_000, 250],
    ['the ring window was talked through', 110_000, 60_000, 60_000, 50_000],
    ['nothing held', 5_000, 0, 0, 5_000],
  ]
  test.for(cases)('%s', ([_given, wireMs, heldMs, rated, overrun]) => {
    expect(settlementOf(durationMs(wireMs), durationMs(heldMs), of(60, 60))).toEqual({
      ratedMs: rated,
      overrunMs: overrun,
    })
  })
})

describe('for all times and increments', () => {
  const increment = fc.integer({ min: 1, max: 3_600_000 }).map(durationMs)
  const increments = fc.record({ firstMs: increment, nextMs: increment })
  const wire = fc.integer({ min: 0, max: 86_400_000 }).map(durationMs)

  test('rated time covers the wire time by less than one increment', () => {
    fc.assert(
      fc.property(wire, increments, (ms, sizes) => {
        const rated = ratedMs(ms, sizes)
        return rated >= ms && rated - ms < Math.max(sizes.firstMs, sizes.nextMs)
      }),
    )
  })
  test('it is whole increments, or nothing', () => {
    fc.assert(
      fc.property(wire, increments, (ms, sizes) => {
        const rated = ratedMs(ms, sizes)
        return rated === 0 ? ms === 0 : (rated - sizes.firstMs) % sizes.nextMs === 0
      }),
    )
  })
  test('longer never costs less', () => {
    fc.assert(fc.property(wire, wire, increments, (a, b, sizes) => a > b || ratedMs(a, sizes) <= ratedMs(b, sizes)))
  })
  test('rating what was rated changes nothing', () => {
    fc.assert(fc.property(wire, increments, (ms, sizes) => ratedMs(ratedMs(ms, sizes), sizes) === ratedMs(ms, sizes)))
  })
  test('nobody is charged more than was held, and every millisecond is somebody’s', () => {
    fc.assert(
      fc.property(wire, wire, increments, (ms, held, sizes) => {
        const { ratedMs: rated, overrunMs } = settlementOf(ms, held, sizes)
        return rated <= held && (overrunMs === 0 ? ms <= held : ms === held + overrunMs)
      }),
    )
  })
})
