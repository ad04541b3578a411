import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { durationMs, instant, later } from '#kernel'
import { lifeOf, type Funds, type Talk } from './life.ts'

const seconds = (count: number) => durationMs(count * 1000)
const at = instant(Date.UTC(2026, 10, 23, 12))
const RINGS_MS = 8_000

type Given = {
  readonly increments?: string
  /** Of 60 s where it is not said. */
  readonly slice?: number
  readonly longest?: number
  readonly talk: number
  /** What each pool has free; the first two are of the first month, the others of the next. */
  readonly free?: readonly number[]
  readonly limit?: number
  /** From the placing. */
  readonly untilEdge?: number
}

function talkOf({ increments = '60/60', slice = 60, longest = 4 * 3600, talk }: Given): Talk {
  const [first, next] = increments.split('/').map(Number)
  const sizes = { firstMs: seconds(first!), nextMs: seconds(next!) }
  const terms = { increments: sizes, sliceMs: seconds(slice), longestCallMs: seconds(longest) }
  return { terms, placedAt: at, answeredAt: later(at, RINGS_MS), talkMs: seconds(talk) }
}

function fundsOf({ free = [600], limit, untilEdge = 86_400 }: Given): Funds {
  const freeMs = free.map((count) => count * 1000)
  const places = freeMs.map((_, place) => place)
  return {
    freeMs,
    months: [
      {
        draws: places.slice(0, 2),
        endsAt: later(at, untilEdge * 1000),
        limitLeftMs: limit === undefined ? null : limit * 1000,
      },
      { draws: places.slice(2), endsAt: later(at, 90 * 86_400_000), limitLeftMs: null },
    ],
  }
}

type Expected = {
  /** When each is asked for, and what it takes. */
  readonly slices: readonly (readonly [asked: number, took: number])[]
  readonly rated: number
  readonly used: readonly (readonly [place: number, seconds: number])[]
  readonly cut?: number
  readonly overrun?: number
}
const rows: readonly (readonly [given: string, Given, Expected])[] = [
  ['nobody answered', { talk: 0 }, { slices: [[0, 60]], rated: 0, used: [[0, 0]] }],
  ['ten seconds are a minute at 60/60', { talk: 10 }, { slices: [[0, 60]], rated: 60, used: [[0, 60]] }],
  ['until half of the first slice', { talk: 30 }, { slices: [[0, 60]], rated: 60, used: [[0, 60]] }],
  [
    'past it: the next minute is held, and released',
    { talk: 30.001 },
    {
      slices: [
        [0, 60],
        [30, 60],
      ],
      rated: 60,
      used: [[0, 60]],
    },
  ],
  [
    'a pool with less than an increment is passed',
    { talk: 91, free: [59, 600] },
    {
      slices: [
        [0, 60],
        [30, 60],
        [90, 60],
      ],
      rated: 120,
      used: [[1, 120]],
    },
  ],
  [
    '1/1: a talk is rated to the second',
    { increments: '1/1', talk: 45.2 },
    {
      slices: [
        [0, 60],
        [30, 60],
      ],
      rated: 46,
      used: [[0, 46]],
    },
  ],
  [
    'from one pool into the next',
    { talk: 100, free: [60, 600] },
    {
      slices: [
        [0, 60],
        [30, 60],
        [90, 60],
      ],
      rated: 120,
      used: [
        [0, 60],
        [1, 60],
      ],
    },
  ],
  [
    'no pool has a minute: not placed',
    { talk: 50, free: [59, 59] },
    { slices: [], rated: 0, used: [], cut: 0, overrun: 50 },
  ],
  [
    'nothing left: cut within the paid time',
    { talk: 300, free: [119] },
    { slices: [[0, 60]], rated: 60, used: [[0, 60]], cut: 59.7, overrun: 240 },
  ],
  [
    'near exhaustion in quarters, to the last whole increment',
    { increments: '6/6', talk: 300, free: [100] },
    {
      slices: [
        [0, 24],
        [12, 18],
        [33, 12],
        [48, 12],
        [60, 12],
        [72, 12],
        [84, 6],
      ],
      rated: 96,
      used: [[0, 96]],
      cut: 95.7,
      overrun: 204,
    },
  ],
  [
    'the monthly limit in mid-slice',
    { increments: '6/6', talk: 300, limit: 80 },
    {
      slices: [
        [0, 60],
        [30, 18],
      ],
      rated: 78,
      used: [[0, 78]],
      cut: 77.7,
      overrun: 222,
    },
  ],
  [
    'a limit that is used up: not placed',
    { talk: 50, limit: 0 },
    { slices: [], rated: 0, used: [], cut: 0, overrun: 50 },
  ],
  [
    'the longest call',
    { talk: 100, longest: 90 },
    {
      slices: [
        [0, 60],
        [30, 60],
      ],
      rated: 120,
      used: [[0, 120]],
      cut: 90,
    },
  ],
  [
    'the lease’s end is late on the wire: paid to the held second, the rest is the operator’s',
    { talk: 60.25, free: [60] },
    { slices: [[0, 60]], rated: 60, used: [[0, 60]], cut: 59.7, overrun: 0.25 },
  ],
  [
    'into the next month: its pools are drawn from the increment that begins in it',
    { increments: '6/6', talk: 100, free: [600, 0, 600], untilEdge: RINGS_MS / 1000 + 70 },
    {
      slices: [
        [0, 60],
        [30, 12],
        [66, 60],
      ],
      rated: 102,
      used: [
        [0, 72],
        [2, 30],
      ],
    },
  ],
  [
    'the month before was limited, the next is not',
    { talk: 100, free: [600, 0, 600], limit: 60, untilEdge: RINGS_MS / 1000 + 60 },
    {
      slices: [
        [0, 60],
        [30, 60],
        [90, 60],
      ],
      rated: 120,
      used: [
        [0, 60],
        [2, 60],
      ],
    },
  ],
  [
    'the next month has no pools',
    { talk: 100, free: [600, 0], untilEdge: RINGS_MS / 1000 + 60 },
    { slices: [[0, 60]], rated: 60, used: [[0, 60]], cut: 59.7, overrun: 40 },
  ],
]

describe('a talk is paid slice by slice, in seconds', () => {
  test.for(rows)('%s', ([_given, given, { slices, rated, used, cut, overrun = 0 }]) => {
    const life = lifeOf(talkOf(given), fundsOf(given))
    expect({
      slices: life.slices.map(({ askedAfterMs, tookMs }) => [askedAfterMs / 1000, tookMs / 1000]),
      rated: life.ratedMs / 1000,
      used: life.draws.map(({ place, usedMs }) => [place, usedMs / 1000]),
      cut: life.cutAfterMs === null ? undefined : life.cutAfterMs / 1000,
      overrun: life.overrunMs / 1000,
    }).toEqual({ slices, rated, used, cut, overrun })
  })
})

test('in typed arrays of many pools the same, and the funds are as they were', () => {
  const given = { talk: 100, free: [60, 600] }
  const funds = fundsOf(given)
  const columns = new Float64Array([7, 60_000, 7, 600_000])
  const months = funds.months.map((month) => ({ ...month, draws: month.draws.map((place) => place * 2 + 1) }))
  const life = lifeOf(talkOf(given), funds)
  const inColumns = lifeOf(talkOf(given), { freeMs: columns, months })
  expect(inColumns.draws.map(({ place, usedMs }) => ({ place: (place - 1) / 2, usedMs }))).toEqual(life.draws)
  expect([...columns]).toEqual([7, 60_000, 7, 600_000])
})

test('what is rated is drawn, within what each pool has; to talk on after the cut costs nothing more', () => {
  const given = fc.record({
    increments: fc.constantFrom('60/60', '6/6', '1/1', '30/6', '60/1', '1/60'),
    slice: fc.integer({ min: 1, max: 300 }),
    longest: fc.integer({ min: 1, max: 2_000 }),
    talk: fc.integer({ min: 0, max: 2_000 }),
    free: fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 2, maxLength: 4 }),
    limit: fc.integer({ min: 0, max: 1_500 }),
    untilEdge: fc.integer({ min: 1, max: 2_500 }),
  })
  fc.assert(
    fc.property(given, (facts) => {
      const [talk, funds] = [talkOf(facts), fundsOf(facts)]
      const life = lifeOf(talk, funds)
      const usedMs = life.draws.reduce((sum, draw) => sum + draw.usedMs, 0)
      const isWithin = life.draws.every((draw) => draw.usedMs <= funds.freeMs[draw.place]!)
      const cut = life.cutAfterMs === null ? life : lifeOf({ ...talk, talkMs: life.cutAfterMs }, funds)
      return usedMs === life.ratedMs && isWithin && cut.ratedMs === life.ratedMs && cut.heldMs === life.heldMs
    }),
  )
})
