import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { durationMs } from '#kernel'
import { canBegin } from './draws.ts'
import type { Slice } from './slice.ts'
import { spend, take, takeTogether, type Share, type Together } from './take.ts'

const seconds = (count: number) => durationMs(count * 1000)
const inSeconds = (list: readonly number[]) => list.map((ms) => ms / 1000)
const slice = (increments: string, want: number): Slice => {
  const [first, next] = increments.split('/').map(Number)
  return { wantMs: seconds(want), firstIncrementMs: seconds(first!), incrementMs: seconds(next!) }
}

type Taking = readonly [
  given: string,
  increments: string,
  want: number,
  free: readonly number[],
  limit: number | null,
  taken: readonly number[],
]
const takings: readonly Taking[] = [
  ['part of a minute is a minute: 60/60 takes minutes', '60/60', 60, [600], null, [60]],
  ['60/60: what is wanted beyond whole minutes is left', '60/60', 119, [600], null, [60]],
  ['6/6', '6/6', 60, [600], null, [60]],
  ['1/1', '1/1', 60, [600], null, [60]],
  ['1/1: to the last second', '1/1', 60, [13.9], null, [13]],
  ['30/6: the first increment is larger', '30/6', 60, [50], null, [48]],
  ['60/1: the first alone', '60/1', 60, [60], null, [60]],
  ['less than an increment is wanted', '60/60', 59, [600], null, [0]],

  ['one pool after the other', '60/60', 240, [120, 300], null, [120, 120]],
  ['a pool with less than an increment is passed', '60/60', 60, [59.999, 60], null, [0, 60]],
  ['remainders of two pools are no increment', '60/60', 60, [30, 30], null, [0, 0]],
  ['the remainder of the first stays in it', '60/60', 180, [90, 300], null, [60, 120]],
  ['a pool that was passed is not asked again', '60/1', 70, [10, 60, 300], null, [0, 60, 10]],
  ['the next increments are smaller, and fit where the first did', '30/6', 60, [29, 40, 300], null, [0, 36, 24]],
  ['an empty pool between', '6/6', 12, [6, 0, 6], null, [6, 0, 6]],
  ['a pool past its grant gives nothing', '6/6', 12, [-6, 600], null, [0, 12]],
  ['nobody has anything', '60/60', 60, [0, 0], null, [0, 0]],
  ['no pools', '60/60', 60, [], null, []],

  ['a limit in mid-slice', '6/6', 60, [600], 20, [18]],
  ['a limit in mid-slice of the second pool', '6/6', 60, [12, 600], 20, [12, 6]],
  ['a limit that ends with the first pool', '6/6', 60, [12, 600], 12, [12, 0]],
  ['a limit of less than an increment', '60/60', 60, [600], 59.999, [0]],
  ['a limit that was lowered below what is used', '60/60', 60, [600], -60, [0]],
  ['a limit above all', '60/60', 60, [600], 9_000, [60]],
]

describe('a slice takes whole increments, in seconds', () => {
  test.for(takings)('%s', ([_given, increments, want, free, limit, taken]) => {
    const limitLeftMs = limit === null ? null : limit * 1000
    const freeMs = free.map((count) => count * 1000)
    expect(inSeconds(take(slice(increments, want), { freeMs, limitLeftMs }))).toEqual(taken)
  })
})

describe('a leg is settled from its first hold on, in seconds', () => {
  type Row = readonly [given: string, held: readonly number[], rated: number, used: readonly number[], bare: number]
  const rows: readonly Row[] = [
    ['within the first', [120, 60], 60, [60, 0], 0],
    ['into the second', [120, 60], 180, [120, 60], 0],
    ['capped by what is held', [120, 60], 240, [120, 60], 60],
    ['never answered: all is released', [120, 60], 0, [0, 0], 0],
    ['nothing was held', [], 60, [], 60],
  ]
  test.for(rows)('%s', ([_given, held, rated, used, bare]) => {
    const { usedMs, uncoveredMs } = spend(held.map(seconds), seconds(rated))
    expect([inSeconds(usedMs), uncoveredMs / 1000]).toEqual([used, bare])
  })
})

type TakingTogether = readonly [
  given: string,
  how: Together,
  increments: string,
  /** What each wants, of which pools. */
  legs: readonly (readonly [want: number, ...draws: number[]])[],
  free: readonly number[],
  /** Of all legs together. */
  limit: number | null,
  taken: readonly (readonly number[])[],
]
const takingsTogether: readonly TakingTogether[] = [
  [
    'there is enough',
    'all',
    '60/60',
    [
      [60, 0],
      [60, 0],
    ],
    [600],
    null,
    [[60], [60]],
  ],
  [
    'one too many: nobody',
    'all',
    '60/60',
    [
      [60, 0],
      [60, 0],
      [60, 0],
    ],
    [179],
    null,
    [[0], [0], [0]],
  ],
  [
    'one too many: in order',
    'as-many',
    '60/60',
    [
      [60, 0],
      [60, 0],
      [60, 0],
    ],
    [179],
    null,
    [[60], [60], [0]],
  ],
  [
    'nobody has anything',
    'as-many',
    '60/60',
    [
      [60, 0],
      [60, 0],
    ],
    [59],
    null,
    [[0], [0]],
  ],
  ['nobody asks', 'all', '60/60', [], [600], null, []],
  [
    'the first does not take the others’ first increments',
    'all',
    '6/6',
    [
      [60, 0],
      [60, 0],
      [60, 0],
    ],
    [66],
    null,
    [[54], [6], [6]],
  ],
  [
    'as many as there are whole increments',
    'as-many',
    '6/6',
    [
      [60, 0],
      [60, 0],
      [60, 0],
    ],
    [12],
    null,
    [[6], [6], [0]],
  ],
  [
    'who has another pool is not held up',
    'as-many',
    '60/60',
    [
      [60, 0],
      [60, 0],
      [60, 1],
    ],
    [60, 60],
    null,
    [[60], [0], [60]],
  ],
  [
    'each from its own pool first',
    'all',
    '60/60',
    [
      [120, 0, 1],
      [120, 0, 1],
      [120, 2, 1],
    ],
    [120, 180, 60],
    null,
    [
      [60, 60],
      [60, 60],
      [60, 60],
    ],
  ],
  [
    'one of a leg’s pools is another’s only one',
    'all',
    '60/60',
    [
      [120, 0, 1],
      [60, 0],
    ],
    [120, 60],
    null,
    [[60, 60], [60]],
  ],
  [
    'a limit for all of them',
    'all',
    '6/6',
    [
      [60, 0],
      [60, 0],
    ],
    [600],
    30,
    [[24], [6]],
  ],
  [
    'a limit that is too low for all',
    'all',
    '6/6',
    [
      [60, 0],
      [60, 0],
    ],
    [600],
    11,
    [[0], [0]],
  ],
  [
    'a limit for as many',
    'as-many',
    '6/6',
    [
      [60, 0],
      [60, 0],
    ],
    [600],
    11,
    [[6], [0]],
  ],
  [
    'who wants less than an increment has none',
    'as-many',
    '60/60',
    [
      [59, 0],
      [60, 0],
    ],
    [600],
    null,
    [[0], [60]],
  ],
]

describe('several legs take together, in seconds', () => {
  test.for(takingsTogether)('%s', ([_given, how, increments, legs, free, limit, taken]) => {
    const shares = legs.map(([want, ...draws]): Share => ({
      slice: slice(increments, want),
      draws,
      limit: limit === null ? null : 0,
    }))
    const left = { freeMs: free.map((count) => count * 1000), limitsMs: [(limit ?? 0) * 1000] }
    expect(takeTogether(shares, left, how).map(inSeconds)).toEqual(taken)
  })
})

const sizes = fc.record({
  wantMs: fc.nat(500).map(durationMs),
  firstIncrementMs: fc.integer({ min: 1, max: 60 }).map(durationMs),
  incrementMs: fc.integer({ min: 1, max: 60 }).map(durationMs),
})
const frees = fc.array(fc.integer({ min: -20, max: 300 }), { maxLength: 4 })
const limit = fc.option(fc.integer({ min: -50, max: 600 }))
const sum = (list: readonly number[]) => list.reduce((total, ms) => total + ms, 0)

describe('for all pools', () => {
  test('increment by increment it is the same', () => {
    fc.assert(
      fc.property(sizes, frees, limit, (wanted, freeMs, limitLeftMs) => {
        let [restMs, nextMs] = [Math.min(wanted.wantMs, limitLeftMs ?? Infinity), wanted.firstIncrementMs]
        const expected = freeMs.map((poolFreeMs) => {
          let tookMs = 0
          while (Math.min(poolFreeMs - tookMs, restMs) >= nextMs) {
            tookMs += nextMs
            restMs -= nextMs
            nextMs = wanted.incrementMs
          }
          return tookMs
        })
        expect(take(wanted, { freeMs, limitLeftMs })).toEqual(expected)
      }),
    )
  })
  test('something is taken of a lawful slice exactly where a call could begin', () => {
    fc.assert(
      fc.property(sizes, frees, (wanted, freeMs) => {
        const given = { ...wanted, wantMs: durationMs(wanted.wantMs + wanted.firstIncrementMs) }
        const increments = { firstMs: given.firstIncrementMs, nextMs: given.incrementMs }
        const free = freeMs.map((ms) => durationMs(Math.max(0, ms)))
        return canBegin(free, increments) === sum(take(given, { freeMs, limitLeftMs: null })) > 0
      }),
    )
  })
  test('what is used, released and uncovered adds up', () => {
    const held = fc.array(fc.nat(300).map(durationMs), { maxLength: 4 })
    fc.assert(
      fc.property(held, fc.nat(1_000).map(durationMs), (heldMs, ratedMs) => {
        const { usedMs, uncoveredMs } = spend(heldMs, ratedMs)
        const isFirstFirst = usedMs.every((ms, place) => ms === heldMs[place] || sum(usedMs.slice(place + 1)) === 0)
        return sum(usedMs) + uncoveredMs === ratedMs && usedMs.every((ms, i) => ms <= heldMs[i]!) && isFirstFirst
      }),
    )
  })
})

const shares = fc.array(
  fc.record({
    slice: sizes,
    draws: fc.shuffledSubarray([0, 1, 2], { minLength: 1 }),
    limit: fc.option(fc.nat(1)),
  }),
  { maxLength: 6 },
)
const left = fc.record({
  freeMs: fc.array(fc.nat(200), { minLength: 3, maxLength: 3 }),
  limitsMs: fc.array(fc.integer({ min: -20, max: 300 }), { minLength: 2, maxLength: 2 }),
})

describe('for all who take together', () => {
  test('alone, together is the same', () => {
    fc.assert(
      fc.property(shares, left, fc.constantFrom<Together>('all', 'as-many'), ([share], given, how) => {
        if (share === undefined) return
        const freeMs = share.draws.map((place) => given.freeMs[place]!)
        const limitLeftMs = share.limit === null ? null : given.limitsMs[share.limit]!
        expect(takeTogether([share], given, how)).toEqual([take(share.slice, { freeMs, limitLeftMs })])
      }),
    )
  })
  test('together nobody takes what is not there, or all take or none; as many begin as with first increments alone', () => {
    fc.assert(
      fc.property(shares, left, fc.constantFrom<Together>('all', 'as-many'), (all, given, how) => {
        const taken = takeTogether(all, given, how)
        const begun = taken.filter((each) => sum(each) > 0).length
        const crumbs = all.map((share) => ({
          ...share,
          slice: { ...share.slice, wantMs: share.slice.firstIncrementMs },
        }))
        const lawful = all.every(({ slice: { wantMs, firstIncrementMs } }) => wantMs >= firstIncrementMs)
        const most = takeTogether(crumbs, given, how).filter((each) => sum(each) > 0).length
        const drawn = (place: number) =>
          sum(all.flatMap(({ draws }, leg) => draws.map((draw, index) => (draw === place ? taken[leg]![index]! : 0))))
        return (
          given.freeMs.every((freeMs, place) => drawn(place) <= freeMs) &&
          (how === 'as-many' || begun === 0 || begun === all.length) &&
          (!lawful || begun === most)
        )
      }),
    )
  })
})
