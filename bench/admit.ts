import { admit, judge } from '../server/admission/decide.ts'
import { momentOf, standingOf } from '../server/admission/facts.ts'
import { AT, attemptTo, licence, planWith, sampleWorld, TRUNK_B, trunk } from '../server/admission/sample-world.ts'
import { later, type Instant } from '../server/kernel/index.ts'
import { atLeast, type BenchRow } from './row.ts'

const COMPOSED_PER_S = 1_000_000
const CACHED_PER_S = 10_000_000
const WARM_UP_MS = 500
const MEASURED_MS = 2_000
/** The clock is asked only so often. */
const BATCH = 1_000

/**
 * Yes and no, each from a world that was loaded before: the live path without its reads and writes. Instants go on from
 * one to the next, so that no answer of before can be remembered. `composed` finds out each time what the standing facts
 * say; the judges of `cached` know it, as a live server and a replay do.
 */
export async function run(): Promise<readonly BenchRow[]> {
  measure(composed, WARM_UP_MS)
  const first = measure(composed, MEASURED_MS)
  measure(cached, WARM_UP_MS)
  const second = measure(cached, MEASURED_MS)
  return [
    atLeast('admit, from a loaded world', { value: first, unit: 'decisions/s' }, COMPOSED_PER_S),
    atLeast('admit, judge kept with its facts', { value: second, unit: 'decisions/s' }, CACHED_PER_S),
  ]
}

const mobile = '13912345678'
const easy = sampleWorld(mobile)
const twoTrunks = [trunk(), trunk({ id: TRUNK_B, priority: 20 })]
const CASES = [
  { attempt: attemptTo(mobile), world: easy },
  { attempt: attemptTo(mobile), world: { ...easy, trunks: twoTrunks, licences: [licence(21), licence(22)] } },
  { attempt: attemptTo(mobile), world: { ...easy, liveCalls: { member: 1, organization: 1 } } },
  { attempt: attemptTo(mobile), world: { ...easy, planVersion: planWith({ services: [] }) } },
  { attempt: attemptTo('110'), world: sampleWorld('110') },
  { attempt: attemptTo('+14155550123'), world: sampleWorld('+14155550123') },
]

/** As a replay has them: one attempt each, whose instant moves on. */
const JUDGES = CASES.map(({ attempt, world }) => {
  const moving: { at: Instant } & Omit<typeof attempt, 'at'> = { ...attempt }
  return { judged: judge(standingOf(world)), moving, moment: momentOf(moving, world) }
})

/** Each answers one of the cases, at an instant; whether it said yes. */
const composed = (one: number, at: Instant): boolean => {
  const { attempt, world } = CASES[one]!
  return admit({ ...attempt, at }, world).admitted
}
const cached = (one: number, at: Instant): boolean => {
  const { judged, moving, moment } = JUDGES[one]!
  moving.at = at
  return judged(moment).admitted
}

/** Decisions per second. */
function measure(isAdmitted: typeof composed, ms: number): number {
  let [done, admitted, at] = [0, 0, AT]
  const startedAt = performance.now()
  while (performance.now() - startedAt < ms) {
    for (let step = 0; step < BATCH; step++) {
      at = later(at, 1)
      if (isAdmitted(step % CASES.length, at)) admitted++
    }
    done += BATCH
  }
  // Read, so that none of the work can be left out.
  if (admitted === 0) throw new Error('not one attempt was admitted')
  return done / ((performance.now() - startedAt) / 1000)
}
