import { throughUs } from './calls.ts'
import { bytesOnDisk, connected, databaseNow, unlikeTalks } from './database.ts'
import { loop } from './load.ts'
import { residentBytes } from './processes.ts'
import { atMost, byRatioAtMost, type BenchRow } from './row.ts'
import { startCaller, startCarrier } from './sip/sipp.ts'
import { idle, startStage } from './stage.ts'

const IN_FLIGHT = 40
/** What is compiled and connected by the first calls is no part of it. */
const FIRST_CALLS = 500
const MANY_CALLS = 5_000
const ALL_CALLS = 10_000
/** More would be more than the patience of one loop. */
const CALLS_AT_A_TIME = 500

/** What thousands of calls that are over leave behind: in the server's memory, and on the disk. */
export async function run(): Promise<readonly BenchRow[]> {
  const stage = await startStage('bench-thousands')
  const [carrier, caller] = [await startCarrier(), await startCaller(stage.engine)]
  const postgres = await connected(stage)
  const call = throughUs(caller, stage)
  let over = 0
  const callUntil = async (calls: number): Promise<void> => {
    for (; over < calls; over += CALLS_AT_A_TIME) await loop(IN_FLIGHT, CALLS_AT_A_TIME, call)
    await idle(stage)
  }
  const inMemory = async (calls: number): Promise<number> => {
    await callUntil(calls)
    return residentBytes(stage.tandem.pid('server')) / 1e6
  }
  try {
    await stage.addTrunk(carrier)
    const [before, since] = [await bytesOnDisk(postgres), await databaseNow(postgres)]
    const [yardstick, value] = [await inMemory(FIRST_CALLS), await inMemory(MANY_CALLS)]
    const memory = { value, unit: 'MB', yardstick, of: `after ${FIRST_CALLS}` }
    await callUntil(ALL_CALLS)
    const perCall = ((await bytesOnDisk(postgres)) - before) / ALL_CALLS
    return [
      byRatioAtMost(`RSS of the server after ${MANY_CALLS} calls`, memory, 1.2),
      atMost(`on disk per call, after ${ALL_CALLS}`, { value: perCall, unit: 'B' }, 3_000),
      await unlikeTalks(postgres, since),
    ]
  } finally {
    await postgres.end()
    await Promise.all([caller.close(), carrier.close()])
    await stage.stop()
  }
}
