import { durationMs, later, type DurationMs, type Instant } from '#kernel'
import type { PlanTerms } from './plan.ts'
import { settlementOf } from './rating.ts'
import { endsAfterMs, halfSpokenMs, nextSlice } from './slice.ts'
import { spend, take } from './take.ts'

/** A dialled leg of which it is known how long it talks if nothing cuts it. */
export type Talk = {
  readonly terms: Pick<PlanTerms, 'increments' | 'sliceMs' | 'longestCallMs'>
  /** The first slice is taken then. */
  readonly placedAt: Instant
  /** Where nobody answered, any instant. */
  readonly answeredAt: Instant
  /** 0 = nobody answered. */
  readonly talkMs: DurationMs
}

/** What a talk can draw, if nobody else draws meanwhile. */
export type Funds = {
  /** What each pool has free. Months name pools by their place here, and nothing else is read of it. */
  readonly freeMs: { readonly [place: number]: number }
  /** In order of time: the first has the placing, each of the others begins where the one before ends. */
  readonly months: readonly FundsMonth[]
}

export type FundsMonth = {
  /** Places of the pools, in drawing order. */
  readonly draws: readonly number[]
  /** Exclusive. */
  readonly endsAt: Instant
  /** What the member's limit leaves of it; `null` = there is none. */
  readonly limitLeftMs: number | null
}

/** The money of a talk, from the first slice to the settlement. */
export type Life = {
  /** None: no pool had the first increment, or the limit did not leave it, and no call was placed. */
  readonly slices: readonly LifeSlice[]
  /** All slices together. */
  readonly heldMs: DurationMs
  /** When the engine cuts the talk, from its answer; `null` = it ends before, by itself. */
  readonly cutAfterMs: DurationMs | null
  readonly ratedMs: DurationMs
  /** What of the talk nothing was held for: cut off; or, where the wire went on, borne by the operator. */
  readonly overrunMs: DurationMs
  /** By pool, the first that held something first. */
  readonly draws: readonly LifeDraw[]
}

export type LifeSlice = {
  /** From the answer; the first is taken at the placing. */
  readonly askedAfterMs: DurationMs
  readonly tookMs: DurationMs
}

export type LifeDraw = { readonly place: number; readonly usedMs: DurationMs }

/** What a pool gave in a month; in which one it is counted is said by the slice that began it. */
type Hold = { readonly place: number; readonly month: FundsMonth; ms: DurationMs }

/**
 * What meter and ledger do for a talk that is alone (`meter-life.test.ts` holds it to them): each slice is asked for at half
 * of the one before, from the pools of the month in which it begins; where nothing was left nothing comes back. Years of
 * talks go through here: no clock, plain loops, and few objects but those that are told.
 */
export function lifeOf(talk: Talk, funds: Funds): Life {
  const { terms, talkMs } = talk
  const slices: LifeSlice[] = []
  const holds: Hold[] = []
  let heldMs = NONE
  let askedAfterMs = NONE
  let cutAfterMs = NONE
  do {
    const tookMs = nextTake(talk, { funds, holds, heldMs })
    if (tookMs === 0) break
    slices.push({ askedAfterMs, tookMs })
    const sliceFromMs = heldMs
    heldMs = durationMs(heldMs + tookMs)
    askedAfterMs = halfSpokenMs({ heldMs, sliceFromMs })
    cutAfterMs = endsAfterMs({ heldMs, terms })
  } while (askedAfterMs < talkMs && askedAfterMs < cutAfterMs)
  const { ratedMs, overrunMs } = settlementOf(talkMs, heldMs, terms.increments)
  const draws = drawsOf(holds, ratedMs)
  return { slices, heldMs, cutAfterMs: talkMs > cutAfterMs ? cutAfterMs : null, ratedMs, overrunMs, draws }
}

const NONE = durationMs(0)

type Held = { readonly funds: Funds; readonly holds: Hold[]; readonly heldMs: DurationMs }

/** Takes the next slice into the holds; 0 = there is none. */
function nextTake({ terms, placedAt, answeredAt }: Talk, { funds, holds, heldMs }: Held): DurationMs {
  const beginsAt = heldMs === 0 ? placedAt : later(answeredAt, heldMs)
  const month = monthAt(funds, beginsAt)
  if (month === undefined) return NONE
  const { draws, endsAt, limitLeftMs } = month
  const freeMs = draws.slice()
  let sumMs = 0
  for (let index = 0; index < draws.length; index++) {
    const place = draws[index]!
    freeMs[index] = funds.freeMs[place]! - (holdOn(place, holds)?.ms ?? 0)
    sumMs += freeMs[index]!
  }
  const slice = nextSlice({ terms, heldMs, beginsAt, periodEndsAt: endsAt, freeMs: durationMs(sumMs) })
  if (slice.wantMs === 0) return NONE
  const taken = take(slice, {
    freeMs,
    limitLeftMs: limitLeftMs === null ? null : limitLeftMs - countedMs(month, holds),
  })
  let tookMs = 0
  for (let index = 0; index < taken.length; index++) {
    const ms = taken[index]!
    if (ms === 0) continue
    tookMs += ms
    const place = draws[index]!
    const hold = holdOn(place, holds)
    if (hold === undefined) holds.push({ place, month, ms })
    else hold.ms = durationMs(hold.ms + ms)
  }
  return durationMs(tookMs)
}

function monthAt({ months }: Funds, at: Instant): FundsMonth | undefined {
  for (const month of months) if (at < month.endsAt) return month
  return undefined
}

function holdOn(place: number, holds: readonly Hold[]): Hold | undefined {
  for (const hold of holds) if (hold.place === place) return hold
  return undefined
}

function countedMs(month: FundsMonth, holds: readonly Hold[]): number {
  let sumMs = 0
  for (const hold of holds) if (hold.month === month) sumMs += hold.ms
  return sumMs
}

function drawsOf(holds: readonly Hold[], ratedMs: DurationMs): readonly LifeDraw[] {
  const { usedMs } = spend(
    holds.map(({ ms }) => ms),
    ratedMs,
  )
  return holds.map(({ place }, index) => ({ place, usedMs: usedMs[index]! }))
}
