import pg from 'pg'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../e2e/kit/until.ts'
import { atMost, type BenchRow } from './row.ts'
import { DIALLED, startStage, type Stage, type StageCaller } from './stage.ts'

const KILLS = 3
const MOST_MS = 5_000
/** Under load: so many requests are under way at the kill. */
const LOAD_MS = 1_500
const CONNECT_AGAIN_AFTER_MS = 20
/** Requests are limited per session: 1200 a minute. */
const ASK_AGAIN_AFTER_MS = 100

/**
 * kill -9 of Postgres while members place calls, each of which reserves its first minute. The supervisor starts Postgres
 * again; measured is the first reservation that was asked for after the kill and acknowledged. Beside it: when Postgres
 * itself answered a connection again.
 */
export async function run(): Promise<readonly BenchRow[]> {
  const stage = await startStage('bench-recovery')
  try {
    const ours: number[] = []
    const postgres: number[] = []
    for (let kill = 0; kill < KILLS; kill++) {
      const measured = await killUnderLoad(stage)
      ours.push(measured.reservedMs)
      postgres.push(measured.postgresMs)
    }
    const [value, yardstick] = [Math.max(...ours), Math.max(...postgres)]
    const name = `kill -9 of Postgres → first reservation, worst of ${KILLS}`
    return [atMost(name, { value, unit: 'ms', yardstick, of: 'Postgres itself' }, MOST_MS)]
  } finally {
    await stage.stop()
  }
}

async function killUnderLoad({ tandem, callers }: Stage) {
  const load = new AbortController()
  const reserved = new Reserved()
  const loops = callers.map((caller) => placeCalls(caller, reserved, load.signal))
  await pause(LOAD_MS)
  const { database } = JSON.parse(readFileSync(join(tandem.data, 'run/runtime.json'), 'utf8'))
  const killedAt = performance.now()
  tandem.kill('postgres')
  const first = reserved.firstAskedAfter(killedAt)
  const connected = connectedAgain(database.appUrl)
  const [reservedAt, connectedAt] = await Promise.all([first, connected])
  load.abort()
  await Promise.all(loops)
  await until('all parts up', async () => (await tandem.health()).status === 'ok', 30_000)
  return { reservedMs: reservedAt - killedAt, postgresMs: connectedAt - killedAt }
}

/** Who waits for the first acknowledgement of a request that was sent after an instant. */
class Reserved {
  #waiting: { readonly after: number; readonly resolve: (at: number) => void } | null = null

  firstAskedAfter(after: number): Promise<number> {
    return new Promise((resolve) => (this.#waiting = { after, resolve }))
  }

  acknowledged(askedAt: number): void {
    if (this.#waiting !== null && askedAt > this.#waiting.after) this.#waiting.resolve(performance.now())
  }
}

/** A call that is placed has its first slice reserved; it is given back before the next. */
async function placeCalls({ api }: StageCaller, reserved: Reserved, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const askedAt = performance.now()
    const { status, body } = await api.ask('POST', '/api/calls', { body: { to: { number: DIALLED } } })
    if (status === 201) {
      reserved.acknowledged(askedAt)
      await api.ask('POST', `/api/calls/${(body as { call: { id: string } }).call.id}/hangup`)
    }
    await pause(ASK_AGAIN_AFTER_MS)
  }
}

async function connectedAgain(url: string): Promise<number> {
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 })
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.query('SELECT 1')
      return performance.now()
    } catch {
      await pause(CONNECT_AGAIN_AFTER_MS)
    } finally {
      await client.end().catch(() => undefined)
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
