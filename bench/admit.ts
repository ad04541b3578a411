import { admit } from '../server/admission/decide.ts'
import { AT, attemptTo, licence, planWith, sampleWorld, TRUNK_B, trunk } from '../server/admission/sample-world.ts'
import { later } from '../server/kernel/index.ts'
import { atLeast, type BenchRow } from './row.ts'

const TARGET_PER_S = 1_000_000
const WARM_UP_MS = 500
const MEASURED_MS = 2_000
/** The clock is asked only so often. */
const BATCH = 1_000

/**
 * Yes and no, each from a world that was loaded before: the live path without its reads and writes. Instants go on from
 * one to the next, so that no answer of before can be remembered.
 */
export async function run(): Promise<readonly BenchRow[]> {
  judgeFor(WARM_UP_MS)
  return [atLeast('admit, from a loaded world', { value: judgeFor(MEASURED_MS), unit: 'decisions/s' }, TARGET_PER_S)]
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

/** Decisions per second. */
function judgeFor(ms: number): number {
  let [done, admitted, at] = [0, 0, AT]
  const startedAt = performance.now()
  while (performance.now() - startedAt < ms) {
    for (let step = 0; step < BATCH; step++) {
      const { attempt, world } = CASES[step % CASES.length]!
      at = later(at, 1)
      if (admit({ ...attempt, at }, world).admitted) admitted++
    }
    done += BATCH
  }
  // Read, so that none of the work can be left out.
  if (admitted === 0) throw new Error('not one attempt was admitted')
  return done / ((performance.now() - startedAt) / 1000)
}
