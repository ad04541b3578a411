import type pg from 'pg'
import { throughDial, throughUs } from './calls.ts'
import { connected, databaseNow, numberOf, unlikeTalks, walBytes } from './database.ts'
import { loop, pause } from './load.ts'
import { cpuMs, type CpuMs } from './processes.ts'
import type { OneCall } from './rate.ts'
import { atMost, byRatio, byRatioAtMost, told, type BenchRow } from './row.ts'
import { startCaller, startCarrier, type Caller } from './sip/sipp.ts'
import { idle, startStage, type Stage } from './stage.ts'

/** Each begins its next call when the last one is over. */
const IN_FLIGHT = 40
const WARM_UP_CALLS = 600
const CALLS = 2_000
const CALLS_ALONE = 100
/** An idle backend hands in what it counted after 10 s. */
const COUNTED_AFTER_MS = 11_000

/**
 * What one call costs: CPU of each part while 40 are in flight; disk syncs and WAL of a caller who is alone. Beside
 * it what the engine alone needs for a bare `Dial()` between the same telephones.
 */
export async function run(): Promise<readonly BenchRow[]> {
  const stage = await startStage('bench-cost')
  const [carrier, caller] = [await startCarrier(), await startCaller(stage.engine)]
  const postgres = await connected(stage)
  try {
    await stage.addBareDial(await stage.addTrunk(carrier))
    const [bench, since] = [{ stage, caller, postgres }, await databaseNow(postgres)]
    const bare = await crowd(bench, throughDial(caller, stage))
    const ours = await crowd(bench, throughUs(caller, stage))
    return [...rowsOf(ours, bare), ...(await alone(bench)), await unlikeTalks(postgres, since)]
  } finally {
    await postgres.end()
    await Promise.all([caller.close(), carrier.close()])
    await stage.stop()
  }
}

type Bench = { readonly stage: Stage; readonly caller: Caller; readonly postgres: pg.Client }
type Crowd = { readonly perSecond: number; readonly cpuMs: CpuMs; readonly walBytes: number }

function rowsOf(ours: Crowd, bare: Crowd): readonly BenchRow[] {
  const of = 'the engine’s of bare Dial()'
  const cpu = (part: keyof CpuMs) => ({ value: ours.cpuMs[part], unit: 'ms', yardstick: bare.cpuMs.engine, of })
  const perSecond = { value: ours.perSecond, unit: 'calls/s', yardstick: bare.perSecond, of: 'bare Dial()' }
  return [
    byRatio(`calls per second, ${IN_FLIGHT} in flight`, perSecond, 0.55),
    byRatioAtMost('  CPU per call: server', cpu('server'), 0.8),
    byRatioAtMost('  CPU per call: Postgres', cpu('postgres'), 0.55),
    told('  CPU per call: engine', cpu('engine')),
    told('  CPU per call: edge', cpu('edge')),
    told('  WAL per call', { value: ours.walBytes, unit: 'B' }),
  ]
}

async function crowd({ stage, postgres }: Bench, call: OneCall): Promise<Crowd> {
  await loop(IN_FLIGHT, WARM_UP_CALLS, call)
  await idle(stage)
  const [cpu, wal, startedAt] = [cpuMs(stage.tandem), await walBytes(postgres), performance.now()]
  await loop(IN_FLIGHT, CALLS, call)
  const seconds = (performance.now() - startedAt) / 1000
  await idle(stage)
  const after = cpuMs(stage.tandem)
  const ofPart = (part: keyof CpuMs): number => (after[part] - cpu[part]) / CALLS
  return {
    perSecond: CALLS / seconds,
    cpuMs: {
      server: ofPart('server'),
      postgres: ofPart('postgres'),
      engine: ofPart('engine'),
      edge: ofPart('edge'),
    },
    walBytes: ((await walBytes(postgres)) - wal) / CALLS,
  }
}

/** One call after the other, and nobody else. */
async function alone({ stage, caller, postgres }: Bench): Promise<readonly BenchRow[]> {
  const call = throughUs(caller, stage)
  await pause(COUNTED_AFTER_MS)
  const [syncs, wal] = [await walSyncs(postgres), await walBytes(postgres)]
  await loop(1, CALLS_ALONE, call)
  await idle(stage)
  const bytes = (await walBytes(postgres)) - wal
  await pause(COUNTED_AFTER_MS)
  const synced = (await walSyncs(postgres)) - syncs
  return [
    atMost('disk syncs per call, one caller alone', { value: synced / CALLS_ALONE, unit: 'syncs' }, 3),
    atMost('  WAL per call', { value: bytes / CALLS_ALONE, unit: 'B' }, 6_000),
  ]
}

const walSyncs = (postgres: pg.Client): Promise<number> =>
  numberOf(postgres, `SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal'`)
