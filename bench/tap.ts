import { percentile } from './percentile.ts'
import { byRatioAtMost, told, type BenchRow } from './row.ts'
import { startCaller, type Caller } from './sip/sipp.ts'
import { startStopwatch, type Stopwatch } from './sip/stopwatch.ts'
import { DIALLED, startStage, type Stage } from './stage.ts'

const WARM_UPS = 10
const SAMPLES = 60

/**
 * What the caller waits for before the network even knows of the call: from the tap (the request leaves the browser) to
 * our INVITE at the carrier's socket. Beside it a bare `POST /channels` to the same Asterisk, in turns.
 */
export async function run(): Promise<readonly BenchRow[]> {
  const stage = await startStage('bench-tap')
  const [stopwatch, caller] = [await startStopwatch(), await startCaller(stage.engine)]
  try {
    const trunkId = await stage.addTrunk(stopwatch)
    await stage.addBareDial(trunkId)
    const bench = { stage, caller, stopwatch, trunkId }
    const [ours, afterRequest, bare]: [number[], number[], number[]] = [[], [], []]
    for (let sample = -WARM_UPS; sample < SAMPLES; sample++) {
      const tap = await tapToInvite(bench, Math.abs(sample))
      const originate = await originateToInvite(bench)
      if (sample < 0) continue
      ours.push(tap.wholeMs)
      afterRequest.push(tap.afterRequestMs)
      bare.push(originate)
    }
    const of = 'ARI originate'
    const yardstick = median(bare)
    return [
      byRatioAtMost('tap → INVITE on the wire, median', { value: median(ours), unit: 'ms', yardstick, of }, 2.5),
      told('  of it from the caller’s INVITE on', { value: median(afterRequest), unit: 'ms', yardstick, of }),
    ]
  } finally {
    stopwatch.close()
    await caller.close()
    await stage.stop()
  }
}

type Bench = {
  readonly stage: Stage
  readonly caller: Caller
  readonly stopwatch: Stopwatch
  readonly trunkId: string
}

async function tapToInvite({ stage, caller, stopwatch }: Bench, sample: number) {
  const { api, sipUser } = stage.callers[sample % stage.callers.length]!
  const invited = stopwatch.nextInviteAt()
  const tappedAt = performance.now()
  const { status, body } = await api.ask('POST', '/api/calls', { body: { to: { number: DIALLED } } })
  if (status !== 201) throw new Error(`refused: ${JSON.stringify(body)}`)
  const answeredAt = performance.now()
  const over = caller.call({ sipUser, dial: (body as { dialIn: { dial: string } }).dialIn.dial })
  const invitedAt = await invited
  await over
  return { wholeMs: invitedAt - tappedAt, afterRequestMs: invitedAt - answeredAt }
}

async function originateToInvite({ stage, stopwatch, trunkId }: Bench): Promise<number> {
  const invited = stopwatch.nextInviteAt()
  const startedAt = performance.now()
  const endpoint = encodeURIComponent(`PJSIP/${DIALLED}@${trunkId}`)
  await stage.ari('POST', `/channels?endpoint=${endpoint}&context=bench&extension=answered&priority=1`)
  return (await invited) - startedAt
}

const median = (values: readonly number[]): number => percentile(values, 0.5)
