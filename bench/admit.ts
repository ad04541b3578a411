import { admit, judge } from '../server/admission/decide.ts'
import { momentOf, standingOf, type Moment } from '../server/admission/facts.ts'
import { AT, attemptTo, licence, planWith, sampleWorld, TRUNK_B, trunk } from '../server/admission/sample-world.ts'
import { destinationOf } from '../server/carriers/index.ts'
import { later, type Instant } from '../server/kernel/index.ts'
import { atLeast, type BenchRow } from './row.ts'

const COMPOSED_PER_S = 1_000_000
const CACHED_PER_S = 10_000_000
const WARM_UP_MS = 500
const MEASURED_MS = 2_000
/** The clock is asked only so often. */
const BATCH = 1_000

/**
 * Yes and no, each from a world that was loaded before: the live path without its reads and writes. Instants and texts go
 * on from one to the next, so that no answer of before can be remembered. `composed` finds out each time what the standing
 * facts say; the judges of `cached` know it, as a live server and a replay do.
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
const easy = {
  ...sampleWorld(mobile),
  unconnected: { count: 1, sinceAt: AT },
  typedInVain: { hour: { count: 2, sinceAt: AT }, day: { count: 5, sinceAt: AT } },
}
const twoTrunks = [trunk(), trunk({ id: TRUNK_B, priority: 20 })]
const WORLDS = [
  easy,
  { ...easy, trunks: twoTrunks, licences: [licence(21), licence(22)] },
  { ...easy, liveCalls: { member: 1, organization: 1 } },
  { ...easy, planVersion: planWith({ services: [] }) },
]

/** Of twenty: tapped, typed, pasted as it was written somewhere, with an extension. */
const WRITTEN: readonly (readonly [times: number, write: (digits: string) => string])[] = [
  [12, (digits) => `+86${digits}`],
  [6, (digits) => digits],
  [1, (digits) => `+86 ${digits.slice(0, 3)} ${digits.slice(3, 7)}-${digits.slice(7)}`],
  [1, (digits) => `${digits},,${digits.slice(-3)}#`],
]
const WAYS = WRITTEN.flatMap(([times, write]) => Array.from({ length: times }, () => write))

/** A day of 300 people: calls to 1,000 numbers, of which a few are called often. No two texts are one string. */
function officeTexts(): readonly string[] {
  const texts = Array.from({ length: 5_000 }, (_, call) => {
    const skewed = ((call * 1_979) % 5_003) / 5_003
    const number = Math.floor(1_000 * skewed ** 3)
    return WAYS[number % WAYS.length]!(`1391${String(1_000_000 + number * 211)}`)
  })
  return JSON.parse(JSON.stringify(texts)) as readonly string[]
}

const TEXTS = officeTexts().map((dialled) => ({ dialled, destination: destinationOf(dialled, 'CN') }))
function only(dialled: string): typeof TEXTS {
  const text = { dialled, destination: destinationOf(dialled, 'CN') }
  return TEXTS.map(() => text)
}
const CASES = [
  ...WORLDS.map((world) => ({ world, texts: TEXTS })),
  ...['110', '+14155550123'].map((dialled) => ({ world: sampleWorld(dialled), texts: only(dialled) })),
].map((each) => ({ ...each, attempt: attemptTo(mobile) }))

type Moving = { -readonly [field in keyof Moment]: Moment[field] }

/** As a replay has them: one attempt each, whose instant and text move on. */
const JUDGES = CASES.map(({ attempt, world, texts }) => {
  const moving: { at: Instant; dialled: string } & Omit<typeof attempt, 'at' | 'dialled'> = { ...attempt }
  const moment: Moving = momentOf(moving, world)
  return { judged: judge(standingOf(world)), moving, moment, texts }
})

/** Each answers one of the cases, for one of its texts, at an instant; whether it said yes. */
const composed = (one: number, text: number, at: Instant): boolean => {
  const { attempt, world, texts } = CASES[one]!
  const { dialled, destination } = texts[text]!
  return admit({ ...attempt, dialled, at }, { ...world, destination }).admitted
}
const cached = (one: number, text: number, at: Instant): boolean => {
  const { judged, moving, moment, texts } = JUDGES[one]!
  const { dialled, destination } = texts[text]!
  moving.at = at
  moving.dialled = dialled
  moment.destination = destination
  return judged(moment).admitted
}

/** Decisions per second. */
function measure(isAdmitted: typeof composed, ms: number): number {
  let [done, admitted, at, text] = [0, 0, AT, 0]
  const startedAt = performance.now()
  while (performance.now() - startedAt < ms) {
    for (let step = 0; step < BATCH; step++) {
      at = later(at, 1)
      text = text + 1 === TEXTS.length ? 0 : text + 1
      if (isAdmitted(step % CASES.length, text, at)) admitted++
    }
    done += BATCH
  }
  // Read, so that none of the work can be left out.
  if (admitted === 0) throw new Error('not one attempt was admitted')
  return done / ((performance.now() - startedAt) / 1000)
}
