import { lifeOf, type Funds, type Talk } from '../server/entitlements/life.ts'
import { durationMs, instant, later } from '../server/kernel/index.ts'
import { atLeast, type BenchRow } from './row.ts'

const TARGET_PER_S = 1_000_000
const WARM_UP_MS = 500
const MEASURED_MS = 2_000
/** The clock is asked only so often. */
const BATCH = 1_000

/** The money of talks as a replay tells it, one after the other: most are short, some are cut; four slices on average. */
export async function run(): Promise<readonly BenchRow[]> {
  tellFor(WARM_UP_MS)
  const value = tellFor(MEASURED_MS)
  return [atLeast('lives of talks, told in advance', { value, unit: 'lives/s' }, TARGET_PER_S)]
}

const minute = 60_000
const AT = instant(Date.UTC(2026, 10, 23, 12))
const talk = (increment: number, talkMs: number): Talk => ({
  terms: {
    increments: { firstMs: durationMs(increment * 1000), nextMs: durationMs(increment * 1000) },
    sliceMs: durationMs(minute),
    longestCallMs: durationMs(240 * minute),
  },
  placedAt: AT,
  answeredAt: later(AT, 8_000),
  talkMs: durationMs(talkMs),
})
const funds = (freeMs: readonly number[], limitLeftMs: number | null): Funds => ({
  freeMs: new Float64Array(freeMs),
  months: [{ draws: [0, 1], endsAt: later(AT, 86_400_000), limitLeftMs }],
})
const ample = funds([600 * minute, 60_000 * minute], null)
const scarce = funds([2.5 * minute, 100 * minute], 80 * minute)
const CASES = [
  [talk(60, 0), ample],
  [talk(60, 45_000), ample],
  [talk(60, 95_000), ample],
  [talk(60, 170_000), ample],
  [talk(6, 170_000), scarce],
  [talk(60, 600_000), scarce],
] as const

/** Lives per second. */
function tellFor(ms: number): number {
  let [done, ratedMs] = [0, 0]
  const startedAt = performance.now()
  while (performance.now() - startedAt < ms) {
    for (let step = 0; step < BATCH; step++) ratedMs += lifeOf(...CASES[step % CASES.length]!).ratedMs
    done += BATCH
  }
  // Read, so that none of the work can be left out.
  if (ratedMs === 0) throw new Error('not one talk cost anything')
  return done / ((performance.now() - startedAt) / 1000)
}
