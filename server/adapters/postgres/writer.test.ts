import { partyIdOf, type Call, type StoredLeg } from '#calls'
import { durationMs, newId, type CallId } from '#kernel'
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openStores, type Stores } from './index.ts'
import { ledgerFaults, noFaults } from './ledger-check.ts'
import {
  aCall,
  aDecision,
  aMeter,
  anAttempt,
  aRecord,
  anEnd,
  minute,
  noon,
  overOf,
  recordOf,
  settleNothing,
  someParties,
  storedCall,
  subscribe,
} from './testing-nouns.ts'
import { freshDatabase, startTestPostgres, type TestDatabase, type TestPostgres } from './testing.ts'

let postgres: TestPostgres
let database: TestDatabase
let stores: Stores
beforeAll(async () => {
  postgres = await startTestPostgres()
  database = await freshDatabase(postgres)
  // From its start on: told later, the log's writer would flush when it hears of it.
  await asOwner("ALTER SYSTEM SET wal_writer_delay = '10s'")
  await killForgetful()
  stores = await openStores(database)
})
afterAll(async () => {
  await stores.close()
  await postgres.stop()
})

async function withOwner(work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: database.ownerUrl })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

const asOwner = (...statements: readonly string[]): Promise<void> =>
  withOwner(async (client) => {
    for (const statement of statements) await client.query(statement)
  })

const endWriter =
  "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'tandem-writer'"

async function placeCall(parties = someParties): Promise<Call> {
  const attempt = anAttempt(await subscribe(stores))
  const call = aCall(attempt)
  const decision = aDecision(attempt, (await stores.admission.loadWorld(attempt, {}))!)
  await stores.calls.place({ call, parties: parties(call) }, decision)
  return call
}

/** Its end is told while it is not over yet: of no matter to who writes it. */
async function placeRecorded(parties = someParties): Promise<Call> {
  const call = await placeCall(parties)
  await stores.records.append(aRecord(call, { callId: call.id }))
  return call
}

const aLeg = (callId: CallId, changes: Partial<StoredLeg> = {}): StoredLeg => ({
  id: newId(),
  callId,
  partyId: partyIdOf(callId, 'participant'),
  kind: 'phone-out',
  channelId: 'channel',
  trunkId: newId(),
  number: null,
  startedAt: noon,
  answeredAt: null,
  endedAt: null,
  sipStatus: null,
  q850Cause: null,
  bootId: 'eboot1',
  ...changes,
})

const ringing = (call: Call): Call => ({ ...call, state: { name: 'ringing' } })
const find = (call: Call) => storedCall(stores, call)
const told = async ({ organizationId }: Call, after = 0) =>
  (await stores.events.since(after, { organizationId, memberId: null }, 100)).map(({ leftMs }) => leftMs)

test('one that is bad takes none of its batch with it', async () => {
  const [good, bad] = [await placeRecorded(), await placeCall()]
  const leg = aLeg(good.id)
  const written = await Promise.allSettled([
    stores.calls.saveProgress({ call: ringing(bad), legs: [aLeg(bad.id, { sipStatus: 2 ** 40 })], parties: [] }),
    stores.calls.saveProgress({ call: ringing(good), legs: [leg], parties: [] }),
    stores.events.append([anEnd(good, 1), anEnd(good, 2)]),
  ])
  expect(written.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
  expect(await find(good)).toMatchObject({ call: ringing(good), legs: [leg] })
  expect(await find(bad)).toMatchObject({ call: bad, legs: [] })
  expect(await told(good)).toEqual([1, 2])
})

test('of what comes at once for one row the last word is written', async () => {
  const call = await placeCall()
  const leg = aLeg(call.id)
  const answered = { ...leg, answeredAt: noon }
  const talking: Call = { ...call, state: { name: 'connected', answeredAt: noon, isOnHold: false } }
  await Promise.all([
    stores.calls.saveProgress({ call: ringing(call), legs: [leg], parties: [] }),
    stores.calls.saveProgress({ call: talking, legs: [answered], parties: [] }),
  ])
  expect(await find(call)).toMatchObject({ call: talking, legs: [answered] })
})

test('what Postgres forgot when it was killed is written again; events under numbers that nobody has followed yet', async () => {
  await asOwner("ALTER SYSTEM SET wal_writer_delay = '10s'", 'SELECT pg_reload_conf()')
  let parties: ReturnType<typeof someParties> = []
  const call = await placeRecorded((placed) => (parties = someParties(placed)))
  const leg = aLeg(call.id)
  const [initiator, participant] = parties
  const longer = { ...participant!, meter: { ...participant!.meter!, heldMs: durationMs(120_000) } }
  await stores.calls.saveProgress({ call: ringing(call), legs: [leg], parties: [longer] })
  const lost = await stores.events.append([anEnd(call, 1), anEnd(call, 2)])
  await postgres.kill()
  await postgres.restart()
  // Nobody asks for anything: it comes back by itself.
  const isBack = async (): Promise<boolean> => (await find(call).catch(() => undefined))?.legs.length === 1
  await expect.poll(isBack, { timeout: 20_000 }).toBe(true)
  expect(await find(call)).toEqual({ call: ringing(call), parties: [initiator, longer], legs: [leg] })
  expect(await told(call, Math.max(...lost))).toEqual([1, 2])
  const [next] = await stores.events.append([anEnd(call, 3)])
  expect(next).toBeGreaterThan(Math.max(...lost) + 1_000)
  expect(await told(call)).toEqual([1, 2, 3])
})

test('what is written again after a crash brings back no call that was ended meanwhile', async () => {
  let parties: ReturnType<typeof someParties> = []
  const call = await placeCall((placed) => (parties = someParties(placed)))
  await settleNothing(stores, parties)
  await stores.calls.saveProgress({ call: ringing(call), legs: [aLeg(call.id)], parties })
  await stores.events.append([anEnd(call, 1)])
  const state = { name: 'ended', answeredAt: null, endedAt: noon, reason: 'busy' } as const
  // By another server; the writer here does not know how far its rows have come.
  const other = await openStores(database)
  await other.calls.saveEnd({ ...call, state }, recordOf(call, state), 'system')
  await other.close()
  await asOwner(endWriter)
  await stores.events.append([anEnd(call, 2)])
  await withOwner(async (client) => {
    const { rows } = await client.query(
      `SELECT (SELECT count(*) FROM call WHERE id = $1)::int AS call, (SELECT count(*) FROM party WHERE call_id = $1)::int AS party,
        (SELECT count(*) FROM leg WHERE call_id = $1)::int AS leg`,
      [call.id],
    )
    expect(rows).toEqual([{ call: 0, party: 0, leg: 0 }])
  })
})

/** What was committed before, without waiting, is gone. */
async function killForgetful(): Promise<void> {
  await postgres.kill()
  await postgres.restart()
}

/** Whatever it takes to get through after a crash: connections of before are found to be dead one by one. */
const untilThere = async <T>(work: () => Promise<T>): Promise<T> => {
  let answer: T
  await vi.waitFor(async () => void (answer = await work()), { timeout: 20_000 })
  return answer!
}

test('killed when a call was placed, between settlement and end: neither stands alone, and done again each is there once', async () => {
  const who = await subscribe(stores)
  const attempt = anAttempt(who)
  const world = (await stores.admission.loadWorld(attempt, {}))!
  const call = aCall(attempt)
  const [pool] = await stores.entitlements.openPools(
    { organizationId: attempt.organizationId, memberId: attempt.callerId },
    { at: noon },
  )
  const slice = durationMs(minute)
  const meter = aMeter()
  const wanted = { wantMs: slice, firstIncrementMs: slice, incrementMs: slice, cap: null, at: noon }
  const reserve = { operationId: newId<'operation'>(), legId: meter.legId, poolIds: [pool!.id], ...wanted }
  const placed = { call, parties: someParties(call, meter) }
  const decision = aDecision(attempt, world)
  const place = () => stores.calls.placePaid(placed, decision, { reserve, once: null })
  const first = await place()
  await killForgetful()
  expect(await untilThere(() => find(call))).toMatchObject({ call })
  expect(await untilThere(place)).toEqual(first)
  // A writer that comes back waits for the disk once, and would take along what it must not.
  await untilThere(() => stores.events.append([anEnd(call, 1)]))
  await withOwner(async (client) => expect(await ledgerFaults(client)).toEqual(noFaults))

  const settle = { operationId: newId<'operation'>(), legId: meter.legId, ratedMs: slice, at: noon }
  const settled = await stores.ledger.settle({ ...settle, isSealedLater: true })
  const state = { name: 'ended', answeredAt: noon, endedAt: noon, reason: 'hangup-caller' } as const
  const record = recordOf(call, state)
  const end = () => stores.calls.saveEnd({ ...call, state }, record, 'system')
  await killForgetful()
  await expect.poll(() => codeOf(end()), { timeout: 20_000 }).toBe('57P02')
  expect(await stores.records.ofCall(call.organizationId, call.id)).toBeUndefined()
  expect(await untilThere(() => stores.ledger.settle({ ...settle, isSealedLater: true }))).toEqual(settled)
  await end()
  await killForgetful()
  const over = () => stores.calls.find(call.organizationId, call.id)
  expect(await untilThere(over)).toEqual(overOf(call, state))
  expect(await stores.records.ofCall(call.organizationId, call.id)).toEqual(record)
  expect(await untilThere(() => stores.ledger.settle(settle))).toEqual(settled)
  await withOwner(async (client) => expect(await ledgerFaults(client)).toEqual(noFaults))
})

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: { readonly code?: unknown }) => error.code,
  )

test('what Postgres still had when its connection was lost is not told twice', async () => {
  const call = await placeRecorded()
  const seqs = await stores.events.append([anEnd(call, 1)])
  await asOwner(endWriter)
  expect((await stores.events.append([anEnd(call, 2)]))[0]).toBeGreaterThan(seqs[0]!)
  expect(await told(call)).toEqual([1, 2])
})

test('what calls write as they go on is found by an index, by a plan that was made while there was next to nothing', async () => {
  const [first, ...others] = await Promise.all(Array.from({ length: 21 }, () => placeCall()))
  const write = (call: Call) =>
    stores.calls.saveProgress({ call: ringing(call), legs: [aLeg(call.id)], parties: someParties(call) })
  await write(first!)
  await asOwner(
    'SET session_replication_role = replica',
    `INSERT INTO call (id, organization_id, member_id, placed_at, dialled_text, terms, state, is_on_hold)
       SELECT gen_random_uuid(), '${first!.organizationId}', '${first!.memberId}', now(), '1', '{}', 'placed', false FROM generate_series(1, 50000)`,
    `INSERT INTO party (id, call_id, role) SELECT gen_random_uuid(), id, 'initiator' FROM call`,
    `INSERT INTO leg (id, call_id, party_id, kind, channel_id, started_at, boot_id)
       SELECT gen_random_uuid(), call_id, id, 'app', 'c', now(), 'b' FROM party`,
  )
  await asOwner('SELECT pg_stat_reset()')
  await Promise.all(others.map(write))
  // A backend hands in what it counted when it ends.
  await asOwner(endWriter)
  const counts = async (): Promise<readonly object[]> => {
    let rows: readonly object[] = []
    await withOwner(async (client) => {
      const sql = `SELECT relname AS of, seq_tup_read::int AS scanned FROM pg_stat_user_tables
        WHERE relname IN ('call', 'party', 'leg') AND n_tup_ins + n_tup_upd >= 20 ORDER BY relname`
      rows = (await client.query(sql)).rows
    })
    return rows
  }
  const nothingScanned = ['call', 'leg', 'party'].map((of) => ({ of, scanned: 0 }))
  await expect.poll(counts, { timeout: 20_000 }).toEqual(nothingScanned)
}, 60_000)
