import { durationMs, instant, later, newId, type CallId, type Instant } from '#kernel'
import type { CallRecord } from '#records'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStores, type Stores } from './index.ts'
import { migrate } from './migrate.ts'
import {
  aCall,
  aDecision,
  anAttempt,
  anEnd,
  aRecord,
  BUSY,
  minute,
  recordOf,
  settleNothing,
  someParties,
  subscribe,
  type Subscriber,
} from './testing-nouns.ts'
import { bareDatabase, freshDatabase, type TestDatabase } from './testing.ts'

/** What is in a table a month: made when it is written, and dropped when it is kept no longer. */
let database: TestDatabase
let owner: pg.Client
let stores: Stores
const open = async (from: TestDatabase) => {
  database = from
  owner = new pg.Client({ connectionString: database.ownerUrl })
  await owner.connect()
  stores = await openStores(database)
}
beforeEach(async () => open(await freshDatabase()))
const close = async () => {
  await stores.close()
  await owner.end()
  await database.drop()
}
afterEach(close)

const day = (text: string): Instant => instant(Date.parse(`${text}T12:00Z`))

async function tables(): Promise<readonly string[]> {
  const { rows } = await owner.query(`SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent = ANY ('{decision,record,record_party,event}'::regclass[]) ORDER BY relname`)
  return rows.map(({ relname }) => relname)
}

/** A wish to call, its call, its record and one event of it, all of this instant. */
async function aCallAt(subscriber: Subscriber, at: Instant): Promise<CallId> {
  const attempt = anAttempt(subscriber, { at, callId: newId() })
  const world = (await stores.admission.loadWorld(attempt, {}))!
  const call = aCall(attempt)
  await stores.calls.place({ call, parties: someParties(call) }, aDecision(attempt, world))
  const who = { organizationId: call.organizationId, memberId: call.memberId }
  await stores.records.append(aRecord(who, { callId: call.id, placedAt: at }))
  await stores.events.append([anEnd(call)])
  return call.id
}

const end = (...calls: readonly CallId[]) =>
  owner.query(`UPDATE call SET state = 'ended', ended_at = placed_at, end_reason = 'busy' WHERE id = ANY ($1)`, [calls])

/** How many decisions, records, parties of records and events there are of a call. */
async function kept(callId: CallId): Promise<readonly number[]> {
  const { rows } = await owner.query(
    `SELECT (SELECT count(*) FROM decision WHERE call_id = $1)::int AS a, (SELECT count(*) FROM record WHERE call_id = $1)::int AS b,
      (SELECT count(*) FROM record JOIN record_party ON record_id = id WHERE call_id = $1)::int AS c,
      (SELECT count(*) FROM event WHERE call_id = $1)::int AS d`,
    [callId],
  )
  return Object.values(rows[0])
}
const ALL_OF_IT = [1, 1, 1, 1]
const NOTHING = [0, 0, 0, 0]

async function keptOf(...calls: readonly CallId[]): Promise<readonly (readonly number[])[]> {
  const all: (readonly number[])[] = []
  for (const one of calls) all.push(await kept(one))
  return all
}

const months = (name: string) => ['decision', 'event', 'record'].map((kind) => `${kind}_${name}`)

async function expireAll(at: Instant): Promise<readonly string[]> {
  const steps: string[] = []
  for (;;) {
    const step = await stores.retention.expire(at)
    if (step === null) return steps
    if (step.part === 'number') continue
    steps.push(step.deleted === null ? step.part : `${step.part}: ${step.deleted}`)
  }
}

const keep = (kind: string, months: number | null, jurisdiction = '*') =>
  owner.query(
    `INSERT INTO retention (kind, jurisdiction, keep_months) VALUES ($1, $2, $3)
     ON CONFLICT (kind, jurisdiction) DO UPDATE SET keep_months = excluded.keep_months`,
    [kind, jurisdiction, months],
  )
const keepAll = async (months: number | null, jurisdiction = '*') => {
  for (const kind of ['decision', 'record', 'event']) await keep(kind, months, jurisdiction)
}

test('a month and the next have their tables when somebody writes in it, however far ahead, several at once too', async () => {
  const subscriber = await subscribe(stores)
  await Promise.all([day('2031-01-15'), day('2031-01-15'), day('2099-12-31')].map((at) => aCallAt(subscriber, at)))
  const months = ['2031_01', '2031_02', '2099_12', '2100_01']
  const made = ['decision', 'record', 'record_party', 'event'].flatMap((kind) => months.map((one) => `${kind}_${one}`))
  expect((await tables()).filter((one) => !made.includes(one))).toEqual([])
  expect(await tables()).toEqual(made.toSorted())
  // A second server finds them there.
  const other = await openStores(database)
  await other.retention.makeMonths(day('2031-01-01'))
  await other.close()
})

test('a call has one record, also where another server took its instant for one of the month before', async () => {
  const subscriber = await subscribe(stores)
  const placedAt = instant(Date.parse('2026-10-01T00:00:00.001Z'))
  const attempt = anAttempt(subscriber, { at: placedAt, callId: newId() })
  const world = (await stores.admission.loadWorld(attempt, {}))!
  const call = aCall(attempt)
  await stores.calls.place({ call, parties: someParties(call) }, aDecision(attempt, world))
  const record = aRecord(
    { organizationId: call.organizationId, memberId: call.memberId },
    { callId: call.id, placedAt },
  )
  const early = { ...record, placedAt: later(placedAt, -5) }
  await Promise.all([record, early, record].map((one) => stores.records.append(one)))
  expect(await kept(call.id)).toEqual([1, 1, 1, 0])
  expect(await stores.records.ofCall(call.organizationId, call.id)).toEqual(record)
  await expect(stores.records.append({ ...early, id: newId() })).rejects.toThrow(/unique/)
  // What corrects it is in its month, and only what is there is corrected.
  const correction = { ...early, id: newId<'record'>(), supersedes: record.id }
  await stores.records.append(correction)
  await expect(stores.records.append({ ...correction, id: newId() })).rejects.toThrow(/unique/)
  await expect(
    stores.records.append({ ...correction, id: newId(), callId: newId(), supersedes: newId() }),
  ).rejects.toThrow(/foreign key/)
  expect(await stores.records.ofCall(call.organizationId, call.id)).toEqual({ ...correction, placedAt })
})

test('by default everything is kept; each kind for as long as is said of it, by the clock and no sooner', async () => {
  const subscriber = await subscribe(stores)
  const old = await aCallAt(subscriber, day('2025-03-31'))
  const newer = await aCallAt(subscriber, day('2025-04-01'))
  await end(old, newer)
  expect(await expireAll(day('2026-11-01'))).toEqual([])
  await keep('event', 13)
  expect(await expireAll(day('2026-04-30'))).toEqual([])
  expect(await expireAll(day('2026-05-01'))).toEqual(['event_2025_03'])
  expect(await keptOf(old, newer)).toEqual([[1, 1, 1, 0], ALL_OF_IT])
  await keep('record', 12)
  expect(await expireAll(day('2026-05-01'))).toEqual(['record_2025_03', 'record_2025_04'])
  // A month that is not over yet for the clock is not, whatever somebody says the time is.
  await keepAll(1)
  await aCallAt(subscriber, instant(Date.now()))
  const month = new Date().toISOString().slice(0, 7).replace('-', '_')
  await expireAll(day('2199-01-01'))
  expect(await tables()).toContain(`decision_${month}`)
})

test('nobody asks for so many months that there is no instant so long ago', async () => {
  for (const months of [0, -1, 12_001, 2_147_483_647]) await expect(keep('event', months)).rejects.toThrow(/check/)
  await keepAll(12_000)
  expect(await expireAll(day('2026-11-01'))).toEqual([])
})

test('a month in which one jurisdiction’s must stay loses the others’, a few at a time; then it goes as a whole', async () => {
  const chinese = await subscribe(stores)
  const other = await subscribe(stores, { organization: { jurisdiction: 'none' } })
  const at = day('2025-03-15')
  const gone = [await aCallAt(chinese, at), await aCallAt(chinese, later(at, 1)), await aCallAt(chinese, later(at, 2))]
  const stays = await aCallAt(other, at)
  await end(...gone, stays)
  const record = (await stores.records.ofCall(chinese.organization.id, gone[0]!))!
  await stores.records.append({ ...record, id: newId(), supersedes: record.id })
  await keepAll(6, 'cn')
  await keepAll(24)
  expect(await expireAll(day('2026-11-01'))).toEqual([
    'decision_2025_03: 3',
    'event_2025_03: 3',
    'record_2025_03: 4',
    ...months('2025_04'),
  ])
  expect(await keptOf(...gone, stays)).toEqual([NOTHING, NOTHING, NOTHING, ALL_OF_IT])
  // The other way about: the usual is over, and one jurisdiction's stays.
  await keepAll(6)
  await keepAll(null, 'none')
  expect(await expireAll(day('2026-11-01'))).toEqual([])
  await keepAll(7, 'none')
  expect(await expireAll(day('2026-11-01'))).toEqual(months('2025_03'))
})

test('of a call that goes on, or whose money is held, nothing goes; of two servers one is at it', async () => {
  const subscriber = await subscribe(stores)
  const at = day('2025-03-15')
  const live = await aCallAt(subscriber, at)
  const [over, unsettled] = [await aCallAt(subscriber, later(at, 1)), await aCallAt(subscriber, later(at, 2))]
  await end(over, unsettled)
  await owner.query(
    `INSERT INTO hold SELECT meter_leg_id, gen_random_uuid(), 1, 1 FROM party WHERE call_id = $1 AND meter_leg_id IS NOT NULL`,
    [unsettled],
  )
  await keepAll(3)
  await owner.query(`SELECT pg_advisory_lock(hashtextextended('expire', 0))`)
  expect(await expireAll(day('2026-11-01'))).toEqual([])
  await owner.query('SELECT pg_advisory_unlock_all()')
  await expireAll(day('2026-11-01'))
  expect(await keptOf(live, over, unsettled)).toEqual([ALL_OF_IT, NOTHING, ALL_OF_IT])
  await end(live)
  await owner.query('DELETE FROM hold')
  await expireAll(day('2026-11-01'))
  expect((await tables()).filter((one) => one.endsWith('2025_03'))).toEqual([])
})

test('a call that goes on is ended, and its end told, when its month was let go of meanwhile: by who tries again', async () => {
  const subscriber = await subscribe(stores)
  const at = instant(Date.parse('2025-03-31T23:59:59.999Z'))
  const attempt = anAttempt(subscriber, { at, callId: newId() })
  const call = aCall(attempt)
  const parties = someParties(call)
  await stores.calls.place({ call, parties }, aDecision(attempt, (await stores.admission.loadWorld(attempt, {}))!))
  // This server knows of the tables: it has written into them.
  await end(await aCallAt(subscriber, at))
  await keepAll(1)
  await expireAll(day('2026-11-01'))
  expect((await tables()).filter((one) => one.endsWith('2025_03'))).toEqual(['decision_2025_03'])
  await settleNothing(stores, parties)
  const state = { ...BUSY, endedAt: later(at, 5) }
  const save = () => stores.calls.saveEnd({ ...call, state }, recordOf(call, state), 'system')
  const tell = () => stores.events.append([anEnd(call)])
  for (const write of [save, tell]) {
    await expect(write()).rejects.toThrow(/no partition/)
    await write()
  }
  expect(await kept(call.id)).toEqual(ALL_OF_IT)
})

test('a number goes with the last that names it, in whatever way it was written', async () => {
  const subscriber = await subscribe(stores)
  const old = day('2025-03-15')
  const wishes = [
    [old, '13900000001'],
    [old, '13900000001,,12#'],
    [old, '13900000002'],
    [day('2026-03-15'), '139-0000-0002'],
  ] as const
  for (const [at, dialled] of wishes) {
    const attempt = anAttempt(subscriber, { at, dialled, callId: newId() })
    await stores.admission.append(aDecision(attempt, (await stores.admission.loadWorld(attempt, {}))!))
  }
  const numbers = async () => (await owner.query('SELECT text FROM number ORDER BY id')).rows.map(({ text }) => text)
  expect(await numbers()).toEqual(['+8613900000001', '13900000001,,12#', '+8613900000002', '139-0000-0002'])
  await keep('decision', 12)
  await expireAll(day('2026-11-01'))
  expect(await numbers()).toEqual(['+8613900000002', '139-0000-0002'])
  await keep('decision', 6)
  await expireAll(day('2026-11-01'))
  expect(await numbers()).toEqual([])
})

test('what is kept is neither changed nor deleted by hand, nor is how long by the application', async () => {
  await aCallAt(await subscribe(stores), day('2025-03-15'))
  const application = new pg.Client({ connectionString: database.appUrl })
  await application.connect()
  try {
    for (const table of ['decision_2025_03', 'record_2025_03', 'record_party_2025_03']) {
      await expect(application.query(`DELETE FROM ${table}`)).rejects.toThrow(/permission denied/)
      await expect(application.query(`DROP TABLE ${table}`)).rejects.toThrow(/must be owner/)
      await expect(owner.query(`DELETE FROM ${table}`)).rejects.toThrow(/written once/)
      await expect(owner.query(`TRUNCATE ${table} CASCADE`)).rejects.toThrow(/written once/)
    }
    await expect(application.query('UPDATE retention SET keep_months = 1')).rejects.toThrow(/permission denied/)
    await expect(application.query(`SELECT month_partition('ledger', now())`)).rejects.toThrow(/no months of ledger/)
  } finally {
    await application.end()
  }
  await expect(keep('decision', 0)).rejects.toThrow(/keep_months/)
  await expect(keep('ledger', 1)).rejects.toThrow(/retention/)
})

/** As the release before wrote them. */
async function oldRecords(...records: readonly CallRecord[]): Promise<void> {
  const at = (ms: number | null) => (ms === null ? null : new Date(ms))
  for (const one of records) {
    await owner.query(
      `INSERT INTO record (id, supersedes, call_id, organization_id, member_id, kind, mode, path, dialled, placed_at, answered_at, ended_at,
        end_reason, plan_version_id, rated_ms, overrun_ms, legs, draws) VALUES ($1, $2, $3, $4, $5, 'business', 'direct', 'ip-telephony',
        $6, $7, $8, $9, $10, $11, $12, 0, '[]', '[]')`,
      [
        one.id,
        one.supersedes,
        one.callId,
        one.organizationId,
        one.memberId,
        one.dialled,
        at(one.placedAt),
        at(one.answeredAt),
        at(one.endedAt),
        one.endReason,
        one.planVersionId,
        one.ratedMs,
      ],
    )
    const { partyId, role } = one.parties[0]!
    await owner.query('INSERT INTO record_party VALUES ($1, $2, $3, $4, $5, $6)', [
      one.id,
      partyId,
      role,
      one.memberId,
      one.organizationId,
      at(one.placedAt),
    ])
  }
}

test('records with corrections, their parties and events of before are in their months, and numbers go on', async () => {
  await close()
  await open(await bareDatabase())
  await migrate(database.ownerUrl, '0031-sealed-later')
  await owner.query(`UPDATE retention SET keep = '13 months 1 day'`)
  const organizationId = newId<'organization'>()
  const memberId = newId<'member'>()
  const [edge, next] = ['2026-08-31T23:59:59.999Z', '2026-09-01T00:00Z'].map((text) => instant(Date.parse(text)))
  const first = aRecord({ organizationId, memberId }, { placedAt: edge!, callerId: null, dialled: '+861' })
  const correction = { ...first, id: newId<'record'>(), supersedes: first.id, ratedMs: durationMs(2 * minute) }
  const other = aRecord({ organizationId, memberId }, { placedAt: next!, dialled: '10086' })
  await oldRecords(first, correction, other)
  await owner.query(
    `INSERT INTO event (organization_id, member_id, type, payload, at) SELECT $1, $2, CASE n WHEN 3 THEN 'call-ended' ELSE 'minutes-left' END,
      jsonb_build_object('callId', $3::text, 'leftMs', n), timestamptz '2026-08-31 23:59:00Z' + n * interval '30 s' FROM generate_series(1, 3) AS n`,
    [organizationId, memberId, first.callId],
  )
  await migrate(database.ownerUrl)

  expect(await stores.records.ofCall(organizationId, first.callId)).toEqual(correction)
  expect(await stores.records.ofCall(organizationId, other.callId)).toEqual(other)
  await stores.records.append(first)
  await expect(stores.records.append({ ...other, id: newId() })).rejects.toThrow(/unique/)
  const events = async () =>
    (await owner.query('SELECT seq::int, left_ms::int, placed_at FROM event ORDER BY seq')).rows
  const end = { seq: 3, left_ms: 2, placed_at: new Date(edge!) }
  expect(await events()).toEqual([end])
  await stores.events.append([anEnd({ ...other, id: other.callId } as never)])
  expect(await events()).toEqual([end, { seq: expect.any(Number), left_ms: 0, placed_at: new Date(next!) }])
  expect((await events())[1]!.seq).toBeGreaterThan(3)
  expect(await tables()).toEqual(
    ['event', 'record', 'record_party'].flatMap((kind) =>
      [8, 9, 10].map((month) => `${kind}_2026_${String(month).padStart(2, '0')}`),
    ),
  )
  expect((await owner.query('SELECT kind, keep_months FROM retention ORDER BY kind')).rows).toEqual([
    { kind: 'decision', keep_months: 14 },
    { kind: 'event', keep_months: null },
    { kind: 'record', keep_months: null },
  ])
})
