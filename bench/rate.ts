import { until } from '../e2e/kit/until.ts'

/** One call from the first request to the end of its last leg. Rejects, or never resolves, when it fails. */
export type OneCall = (number: number) => Promise<void>

export type Rate = {
  readonly call: OneCall
  /** Nothing of the last step is left. */
  readonly isIdle: () => Promise<boolean>
}

const FIRST_PER_S = 10
const HIGHEST_PER_S = 1_280
/** Between the highest rate that held and the lowest that did not; three halvings of an octave are 9 %. */
const HALVINGS = 3
const STEP_S = 4
/** Compilers, connections, caches: a system that has run for a while is measured. */
const WARM_UP_S = 8
/** From the instant at which it was due, the talk included: else a queue that grows would count as held. */
const OVER_WITHIN_MS = 2_000
const TICK_MS = 5

/** The highest number of calls per second at which not one fails or is late: doubled until it breaks, then halved. */
export async function sustainedRate(rate: Rate): Promise<number> {
  await step(FIRST_PER_S, rate, WARM_UP_S)
  let [held, broke] = [0, FIRST_PER_S]
  while (broke <= HIGHEST_PER_S && (await holds(broke, rate))) [held, broke] = [broke, broke * 2]
  if (held === 0) throw new Error(`not even ${FIRST_PER_S} calls per second hold`)
  for (let halving = 0; halving < HALVINGS; halving++) {
    const between = Math.sqrt(held * broke)
    if (await holds(between, rate)) held = between
    else broke = between
  }
  return held
}

/** The machine may be busy with something else for a moment: a step breaks when it broke twice. */
const holds = async (perSecond: number, rate: Rate): Promise<boolean> =>
  (await step(perSecond, rate)) || (await step(perSecond, rate))

async function step(perSecond: number, { call, isIdle }: Rate, seconds = STEP_S): Promise<boolean> {
  const startedAt = performance.now()
  const calls: Promise<boolean>[] = []
  const broken = new AbortController()
  while (!broken.signal.aborted && calls.length < perSecond * seconds) {
    const due = Math.ceil(((performance.now() - startedAt) / 1000) * perSecond)
    while (calls.length < due) {
      const dueAt = startedAt + (calls.length / perSecond) * 1000
      const isOver = overInTime(call(calls.length), dueAt)
      calls.push(isOver)
      void isOver.then((isFine) => isFine || broken.abort())
    }
    await pause(TICK_MS)
  }
  await Promise.all(calls)
  await until('the calls of a step to end', isIdle, 90_000)
  return !broken.signal.aborted
}

async function overInTime(over: Promise<void>, dueAt: number): Promise<boolean> {
  const late = new AbortController()
  const isLate = pause(dueAt + OVER_WITHIN_MS - performance.now(), late.signal).then(() => false)
  const isOver = over.then(
    () => true,
    () => false,
  )
  const answer = await Promise.race([isOver, isLate])
  late.abort()
  return answer
}

function pause(ms: number, stop?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.max(0, ms))
    stop?.addEventListener('abort', () => clearTimeout(timer))
  })
}
