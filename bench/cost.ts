import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import type { PartName } from '../e2e/kit/tandem.ts'
import { until } from '../e2e/kit/until.ts'
import { throughDial, throughUs } from './calls.ts'
import type { OneCall } from './rate.ts'
import { atMost, byRatio, byRatioAtMost, told, type BenchRow } from './row.ts'
import { startCaller, startCarrier, type Caller } from './sip/sipp.ts'
import { startStage, type Stage } from './stage.ts'

/** Each begins its next call when the last one is over. */
const IN_FLIGHT = 40
const WARM_UP_CALLS = 600
const CALLS = 2_000
const CALLS_ALONE = 100
/** An idle backend hands in what it counted after 10 s. */
const COUNTED_AFTER_MS = 11_000

const PARTS = ['server', 'postgres', 'engine', 'edge'] as const satisfies readonly PartName[]
type CpuMs = Readonly<Record<(typeof PARTS)[number], number>>

/**
 * What one call costs: CPU of each part while 40 are in flight; disk syncs and WAL of a caller who is alone; what all of
 * them left on the disk. Beside it what the engine alone needs for a bare `Dial()` between the same telephones.
 */
export async function run(): Promise<readonly BenchRow[]> {
  const stage = await startStage('bench-cost')
  const [carrier, caller] = [await startCarrier(), await startCaller(stage.engine)]
  const postgres = await connected(stage)
  try {
    await stage.addBareDial(await stage.addTrunk(carrier))
    const bench = { stage, caller, postgres }
    const bare = await crowd(bench, throughDial(caller, stage))
    const before = await bytesOnDisk(postgres)
    const ours = await crowd(bench, throughUs(caller, stage))
    const left = (await bytesOnDisk(postgres)) - before
    return [...rowsOf(ours, bare), ...(await alone(bench)), onDisk(left)]
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

const onDisk = (bytes: number): BenchRow =>
  atMost(
    `on disk per call, after ${WARM_UP_CALLS + CALLS}`,
    { value: bytes / (WARM_UP_CALLS + CALLS), unit: 'B' },
    3_000,
  )

async function crowd({ stage, postgres }: Bench, call: OneCall): Promise<Crowd> {
  await loop(IN_FLIGHT, WARM_UP_CALLS, call)
  await idle(stage)
  const [cpu, wal, startedAt] = [cpuMs(stage), await walBytes(postgres), performance.now()]
  await loop(IN_FLIGHT, CALLS, call)
  const seconds = (performance.now() - startedAt) / 1000
  await idle(stage)
  const after = cpuMs(stage)
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

async function loop(inFlight: number, calls: number, call: OneCall): Promise<void> {
  let begun = 0
  const one = async (): Promise<void> => {
    while (begun < calls) await call(begun++)
  }
  const failed = new AbortController()
  const patience = pause(120_000, failed.signal).then(() => {
    throw new Error(`of ${begun} calls some were never over`)
  })
  await Promise.race([Promise.all(Array.from({ length: inFlight }, one)), patience]).finally(() => failed.abort())
}

/** No channel, and every call written down to its end. */
async function idle({ callers, ari }: Stage): Promise<void> {
  const { api } = callers[0]!
  await until(
    'the calls to end',
    async () => {
      const channels = (await ari('GET', '/channels')) as readonly unknown[]
      if (channels.length > 0) return false
      const { body } = await api.ask('GET', '/api/calls?live=true')
      return (body as { items: readonly unknown[] }).items.length === 0
    },
    90_000,
  )
}

async function connected({ tandem }: Stage): Promise<pg.Client> {
  const { database } = JSON.parse(readFileSync(join(tandem.data, 'run/runtime.json'), 'utf8'))
  const client = new pg.Client({ connectionString: database.appUrl })
  await client.connect()
  return client
}

const numberOf = async (postgres: pg.Client, sql: string): Promise<number> =>
  Number((await postgres.query(`SELECT (${sql}) AS value`)).rows[0].value)

const walBytes = (postgres: pg.Client): Promise<number> =>
  numberOf(postgres, `pg_current_wal_insert_lsn() - '0/0'::pg_lsn`)

const walSyncs = (postgres: pg.Client): Promise<number> =>
  numberOf(postgres, `SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal'`)

const bytesOnDisk = (postgres: pg.Client): Promise<number> =>
  numberOf(postgres, `SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind IN ('r', 'm')`)

/** Spent so far, with all their children, those that are gone too. */
function cpuMs({ tandem }: Stage): CpuMs {
  const all = processes()
  const treeOf = (pid: number): number =>
    (all.get(pid)?.ms ?? 0) +
    [...all].reduce((sum, [child, { parent }]) => sum + (parent === pid ? treeOf(child) : 0), 0)
  const [server, postgres, engine, edge] = PARTS.map((part) => treeOf(tandem.pid(part)))
  return { server: server!, postgres: postgres!, engine: engine!, edge: edge! }
}

/** The kernel's unit in /proc. */
const TICK_MS = 10

/** Times of `/proc/<pid>/stat` (proc(5)): 14–17 are the own ones and those of children that were waited for, 4 is the parent. */
function processes(): ReadonlyMap<number, { readonly parent: number; readonly ms: number }> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return new Map(
    pids.flatMap((pid) => {
      const fields = statOf(pid)
      if (fields === null) return []
      const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
      return [[Number(pid), { parent: Number(fields[1]), ms: ticks * TICK_MS }] as const]
    }),
  )
}

/** Those after the command, which may hold anything; `null`: it is gone meanwhile. */
function statOf(pid: string): readonly string[] | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
  } catch {
    return null
  }
}

function pause(ms: number, stop?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    stop?.addEventListener('abort', () => clearTimeout(timer))
  })
}
