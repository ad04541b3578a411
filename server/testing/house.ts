import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import pg from 'pg'
import { UNDOCUMENTED, type Http, type RateLimits } from '#http'
import { createLog } from '../adapters/log/index.ts'
import { freshDatabase, type TestDatabase } from '../adapters/postgres/testing.ts'
import { readRuntime } from '../assembly/runtime.ts'
import { assemble } from '../assembly/tandem.ts'
import { networkTrunk, type TestAsterisk } from './carriers/asterisk-instances.ts'

/** The whole server over a real Postgres of its own, joined as `main.ts` does it. */
export type House = {
  readonly http: Http
  /** `http://host:port`, where it listens. */
  readonly address: string
  readonly bootstrapKey: string
  /** What it logged so far. */
  log(): string
  stop(): Promise<void>
}

export type HouseWishes = {
  readonly isDemo?: boolean
  readonly limits?: Partial<RateLimits>
  /** Without one, nobody answers where the engine should be. */
  readonly engine?: TestAsterisk
  readonly network?: TestAsterisk
  /** Left out: a fresh one, dropped at the end. */
  readonly database?: TestDatabase
  /** Where people reach it; by itself only matters for cookies and origins. */
  readonly publicUrl?: string
  /** Push services that it trusts, such as one of the test’s own. */
  readonly pushServices?: readonly string[]
  /** A built web to serve. */
  readonly webRoot?: string
}

/** A house whose database the test looks into behind the API's back, as its owner. */
export async function openHouseAsOwner(): Promise<{
  readonly house: House
  readonly db: pg.Client
  close(): Promise<void>
}> {
  const database = await freshDatabase()
  const house = await openHouse({ database })
  const db = new pg.Client({ connectionString: database.ownerUrl })
  await db.connect()
  return {
    house,
    db,
    async close() {
      await db.end()
      await house.stop()
      await database.drop()
    },
  }
}

const BOOTSTRAP_KEY = 'tdm_testkey1_0123456789abcdefghijklmnopqrstuvwx'
const GENEROUS: RateLimits = { requests: 100_000, signIns: 10_000, wrongPasswords: 1000, strangers: 100_000 }

export async function openHouse(wishes: HouseWishes = {}): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), 'tdhouse-'))
  const database = wishes.database ?? (await freshDatabase())
  const file = join(folder, 'runtime.json')
  writeFileSync(file, JSON.stringify(runtimeOf(folder, database, wishes)))
  writeFileSync(
    join(folder, 'parts.json'),
    JSON.stringify({ parts: { server: { state: 'up', pid: 1, restarts: 0, since: 1, lastExit: null } } }),
  )
  let logged = ''
  const log = createLog(
    'debug',
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        logged += chunk.toString()
        done()
      },
    }),
  )
  const limits = { ...GENEROUS, ...wishes.limits }
  const tandem = await assemble({ runtime: readRuntime(file), log, bootstrapKey: BOOTSTRAP_KEY, limits })
  const http = await tandem.start()
  const { port } = http.server.address() as AddressInfo
  return {
    http,
    address: `http://127.0.0.1:${port}`,
    bootstrapKey: BOOTSTRAP_KEY,
    log: () => logged,
    async stop() {
      await tandem.stop()
      expectDocumented(logged)
      if (wishes.database === undefined) await database.drop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What was answered must stand in the API document: every house that stops says whether it did. */
function expectDocumented(logged: string): void {
  const lines = logged.split('\n').filter((line) => line.includes(UNDOCUMENTED))
  if (lines.length > 0) throw new Error(`${UNDOCUMENTED}:\n${[...new Set(lines)].join('\n')}`)
}

/** Any 256 bits. */
const PUSH_KEY = Buffer.alloc(32, 7).toString('base64url')

/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9/ari'

function runtimeOf(
  folder: string,
  database: { readonly appUrl: string },
  {
    isDemo = false,
    engine,
    network,
    webRoot,
    pushServices: services,
    publicUrl = 'http://127.0.0.1:8420',
  }: HouseWishes,
) {
  const asteriskOf = (asterisk: TestAsterisk | undefined) => ({
    ariUrl: asterisk?.address.ariUrl ?? NOWHERE,
    ariUser: asterisk?.address.user ?? 'nobody',
    ariPassword: asterisk?.address.password ?? 'nothing',
    sipHost: asterisk?.sipHost ?? '127.0.0.1',
    sipPort: asterisk?.sipPort ?? 9,
  })
  return {
    config: { data: folder, demo: isDemo, calls: { abandonedMs: 2000 }, push: { services } },
    publicUrl,
    database: { appUrl: database.appUrl },
    server: { host: '127.0.0.1', port: 0, sessionKey: 'session-key-of-the-tests-0123456789', pushKey: PUSH_KEY },
    engine: {
      ...asteriskOf(engine),
      celDir: engine?.celDir ?? join(folder, 'cel'),
      bootsDir: engine?.bootsDir ?? join(folder, 'boots'),
    },
    carrier: isDemo ? { ...asteriskOf(network), digest: networkTrunk } : null,
    edge: { ticketKey: 'ticket-key-of-the-tests-0123456789', controlSocket: join(folder, 'edge-control') },
    partsFile: join(folder, 'parts.json'),
    demoFile: join(folder, 'demo.json'),
    webRoot: webRoot ?? join(folder, 'no-web'),
  }
}
