import { sustainedRate } from './rate.ts'
import { byRatio, type BenchRow } from './row.ts'
import { startCaller, startCarrier, type Caller } from './sip/sipp.ts'
import { DIALLED, startStage, type Stage } from './stage.ts'

/** The same telephones call the same carrier through the same Asterisk: once as members of ours, once by bare Dial(). */
export async function run(): Promise<readonly BenchRow[]> {
  const stage = await startStage('bench-calls')
  const [carrier, caller] = [await startCarrier(), await startCaller(stage.engine)]
  try {
    await stage.addBareDial(await stage.addTrunk(carrier))
    const isIdle = async (): Promise<boolean> =>
      ((await stage.ari('GET', '/channels')) as readonly unknown[]).length === 0
    const bare = await sustainedRate({ call: throughDial(caller, stage), isIdle })
    const ours = await sustainedRate({ call: throughUs(caller, stage), isIdle })
    return [
      byRatio(
        'calls per second through us',
        { value: ours, unit: 'calls/s', yardstick: bare, of: 'bare Dial()' },
        0.55,
      ),
    ]
  } finally {
    await Promise.all([caller.close(), carrier.close()])
    await stage.stop()
  }
}

export const throughUs =
  (caller: Caller, { callers }: Stage) =>
  async (number: number): Promise<void> => {
    const { api, sipUser } = callers[number % callers.length]!
    const { status, body } = await api.ask('POST', '/api/calls', { body: { to: { number: DIALLED } } })
    if (status !== 201) throw new Error(`refused: ${JSON.stringify(body)}`)
    await caller.call({ sipUser, dial: (body as { dialIn: { dial: string } }).dialIn.dial })
  }

export const throughDial =
  (caller: Caller, { callers }: Stage) =>
  (number: number): Promise<void> =>
    caller.call({ sipUser: `plain-${number % callers.length}`, dial: DIALLED })
