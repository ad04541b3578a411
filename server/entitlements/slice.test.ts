import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { durationMs, instant } from '#kernel'
import {
  endsAfterMs,
  extendAfterMs,
  leaseBeforeAnswerMs,
  leaseMs,
  nextSlice,
  warnAfterMs,
  type Coverage,
  type SliceQuestion,
} from './slice.ts'

const seconds = (count: number) => durationMs(count * 1000)
const increments = (first: number, next: number) => ({ firstMs: seconds(first), nextMs: seconds(next) })

const ask = (change: {
  first?: number
  next?: number
  slice?: number
  longest?: number
  held?: number
  untilEdge?: number
  free?: number
}): SliceQuestion => ({
  terms: {
    increments: increments(change.first ?? 60, change.next ?? 60),
    sliceMs: seconds(change.slice ?? 60),
    longestCallMs: seconds(change.longest ?? 4 * 3600),
  },
  heldMs: seconds(change.held ?? 0),
  beginsAt: instant(1_000_000),
  periodEndsAt: instant(1_000_000 + (change.untilEdge ?? 86_400) * 1000),
  freeMs: seconds(change.free ?? 1_000_000),
})

const rows: readonly (readonly [given: string, Parameters<typeof ask>[0], wantSeconds: number])[] = [
  ['60/60: a minute', {}, 60],
  ['1/1: sixty seconds', { first: 1, next: 1 }, 60],
  ['6/6: ten increments', { first: 6, next: 6 }, 60],
  ['7/7: only whole increments', { first: 7, next: 7 }, 56],
  ['30/6: first and next', { first: 30, next: 6 }, 60],
  ['30/6 in mid-call: no first any more', { first: 30, next: 6, held: 60 }, 60],
  ['at least one increment, however large', { first: 180, next: 180 }, 180],
  ['a longer slice', { slice: 300 }, 300],

  ['an increment belongs to the period in which it begins', { untilEdge: 1 }, 60],
  ['1/1: stops at the edge', { first: 1, next: 1, untilEdge: 20 }, 20],
  ['6/6: the one that begins before the edge is the last', { first: 6, next: 6, untilEdge: 20 }, 24],
  ['60/1: the first one crosses, no other begins', { first: 60, next: 1, untilEdge: 20 }, 60],

  ['the longest call bounds what is bought', { first: 1, next: 1, longest: 90, held: 60 }, 30],
  ['its last increment may reach past it', { longest: 90, held: 60 }, 60],
  ['and then nothing more', { longest: 90, held: 120 }, 0],

  ['near exhaustion a quarter of what is free', { first: 1, next: 1, free: 100 }, 25],
  ['in whole increments', { first: 6, next: 6, free: 100 }, 24],
  ['but no crumbs', { first: 1, next: 1, free: 10 }, 15],
  ['and never less than an increment', { free: 60 }, 60],
  ['an empty pool is asked for one increment', { free: 0 }, 60],
]

test.for(rows)('%s', ([_given, question, wantSeconds]) => {
  expect(nextSlice(ask(question)).wantMs).toBe(wantSeconds * 1000)
})

test('the ledger is told the sizes: the first increment only at the start', () => {
  expect(nextSlice(ask({ first: 30, next: 6 }))).toMatchObject({ firstIncrementMs: 30_000, incrementMs: 6_000 })
  expect(nextSlice(ask({ first: 30, next: 6, held: 30 }))).toMatchObject({
    firstIncrementMs: 6_000,
    incrementMs: 6_000,
  })
})

describe('for all terms', () => {
  const question = fc
    .record({
      first: fc.integer({ min: 1, max: 300 }),
      next: fc.integer({ min: 1, max: 300 }),
      slice: fc.integer({ min: 1, max: 600 }),
      longest: fc.integer({ min: 1, max: 20_000 }),
      untilEdge: fc.integer({ min: 1, max: 10_000 }),
      free: fc.integer({ min: 0, max: 10_000 }),
      heldNexts: fc.integer({ min: -1, max: 100 }),
    })
    .map(({ heldNexts, ...rest }) => ({ ...rest, held: heldNexts < 0 ? 0 : rest.first + heldNexts * rest.next }))

  test('a slice is whole increments, and each begins before the edge and before the longest call ends', () => {
    fc.assert(
      fc.property(question, (facts) => {
        const { wantMs, firstIncrementMs, incrementMs } = nextSlice(ask(facts))
        if (wantMs === 0) return facts.held >= facts.longest
        const lastBegins = wantMs === firstIncrementMs ? 0 : wantMs - incrementMs
        return (
          (wantMs - firstIncrementMs) % incrementMs === 0 &&
          lastBegins < facts.untilEdge * 1000 &&
          facts.held * 1000 + lastBegins < facts.longest * 1000
        )
      }),
    )
  })
})

describe('where a connected leg stands', () => {
  const leg = (change: {
    held: number
    from?: number
    left?: number
    isLast?: boolean
    longest?: number
  }): Coverage => ({
    heldMs: seconds(change.held),
    sliceFromMs: seconds(change.from ?? 0),
    leftMs: seconds(change.left ?? 6000),
    isLast: change.isLast ?? false,
    terms: { increments: increments(60, 60), longestCallMs: seconds(change.longest ?? 4 * 3600) },
  })

  test('the next slice is asked for when half of the latest is spoken', () => {
    expect(extendAfterMs(leg({ held: 60 }))).toBe(30_000)
    expect(extendAfterMs(leg({ held: 120, from: 60 }))).toBe(90_000)
    expect(extendAfterMs(leg({ held: 120, from: 60, isLast: true }))).toBe(null)
  })

  test('the warning comes a minute before held and free time are spent', () => {
    expect(warnAfterMs(leg({ held: 60, left: 0 }))).toBe(0)
    expect(warnAfterMs(leg({ held: 120, left: 0 }))).toBe(59_700)
    expect(warnAfterMs(leg({ held: 60, left: 120 }))).toBe(119_700)
  })
  test('what is less than an increment is no time', () => {
    expect(warnAfterMs(leg({ held: 120, left: 59 }))).toBe(59_700)
  })
  test('what is free does not count once the pools gave nothing', () => {
    expect(warnAfterMs(leg({ held: 120, left: 6000, isLast: true }))).toBe(59_700)
  })
  test('no word of minutes when the longest call ends first', () => {
    expect(warnAfterMs(leg({ held: 120, left: 6000, longest: 600 }))).toBe(null)
  })

  test('the engine cuts 300 ms inside the paid time, and at the longest call', () => {
    expect(endsAfterMs(leg({ held: 60 }))).toBe(59_700)
    expect(endsAfterMs(leg({ held: 120, longest: 90 }))).toBe(90_000)
    expect(leaseMs(leg({ held: 60 }), durationMs(10_000))).toBe(49_700)
    expect(leaseMs(leg({ held: 60 }), durationMs(59_900))).toBe(0)
  })
  test('before the answer the lease outlasts the ringing', () => {
    expect(leaseBeforeAnswerMs(seconds(60), seconds(60))).toBe(120_000)
  })
})

test('legs that share the last minutes get every whole increment of them, and time to ask for the next', () => {
  const facts = fc.record({
    increment: fc.integer({ min: 1, max: 90 }),
    pool: fc.integer({ min: 0, max: 1200 }),
    legs: fc.integer({ min: 1, max: 6 }),
  })
  fc.assert(
    fc.property(facts, ({ increment, pool, legs }) => {
      let freeMs = pool * 1000
      const held = Array.from({ length: legs }, () => 0)
      // What the ledger does: gives whole increments up to what is wanted and free.
      for (let turn = 0; freeMs >= increment * 1000; turn = (turn + 1) % legs) {
        const slice = nextSlice(
          ask({ first: increment, next: increment, held: held[turn]! / 1000, free: freeMs / 1000 }),
        )
        const given = Math.min(slice.wantMs, Math.floor(freeMs / slice.incrementMs) * slice.incrementMs)
        freeMs -= given
        held[turn]! += given
        const isAmple = given >= Math.min(slice.wantMs, 8_000) || freeMs < slice.incrementMs
        if (!isAmple) return false
      }
      return held.reduce((sum, ms) => sum + ms, 0) === Math.floor(pool / increment) * increment * 1000
    }),
  )
})
