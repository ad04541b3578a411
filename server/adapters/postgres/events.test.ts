import { admit } from '#admission'
import { recordIdOf, snapshotOfStored, type Call, type NewEvent } from '#calls'
import { durationMs, later, newId } from '#kernel'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStores, type Stores } from './index.ts'
import { migrate } from './migrate.ts'
import {
  aCall,
  anAttempt,
  anEnd,
  e164,
  noon,
  overOf,
  recordOf,
  settleNothing,
  someParties,
  storedCall,
  subscribe,
} from './testing-nouns.ts'
import { bareDatabase, freshDatabase, type TestDatabase } from './testing.ts'

/** What screens that were away are told of calls that ended meanwhile. */
let database: TestDatabase
let stores: Stores
let owner: pg.Client
beforeAll(async () => {
  database = await freshDatabase()
  stores = await openStores(database)
  owner = new pg.Client({ connectionString: database.ownerUrl })
  await owner.connect()
})
afterAll(async () => {
  await owner.end()
  await stores.close()
  await database.drop()
})

async function placed(calleeId: Call['memberId'] | null = null): Promise<Call> {
  const subscriber = await subscribe(stores)
  const attempt = anAttempt(subscriber, { callId: newId<'call'>() })
  const world = (await stores.admission.loadWorld(attempt, {}))!
  const plain = aCall(attempt)
  const call = { ...plain, terms: { ...plain.terms, calleeId } }
  await stores.calls.place(
    { call, parties: someParties(call) },
    { id: newId(), attempt, world, admission: admit(attempt, world) },
  )
  return call
}

const ENDED = { name: 'ended', answeredAt: null, endedAt: later(noon, 9_000), reason: 'busy' } as const

/** What is told of a call until it is over, and its end. */
async function lived(call: Call): Promise<void> {
  const who = { organizationId: call.organizationId, memberId: call.memberId }
  const left = { callId: call.id, leftMs: durationMs(1) }
  await stores.events.append([
    { ...who, type: 'call-changed', payload: snapshotOfStored(call) },
    { ...who, type: 'minutes-left', payload: left },
  ])
  await settleNothing(stores, (await storedCall(stores, call))!.parties)
  await stores.calls.saveEnd({ ...call, state: ENDED }, recordOf(call, ENDED), 'system')
  await stores.events.append([
    { ...who, type: 'call-changed', payload: snapshotOfStored({ ...call, state: ENDED }) },
    anEnd(call, 7),
  ])
}

const since = ({ organizationId }: Call) => stores.events.since(0, { organizationId, memberId: null }, 100)

test('of a call its end is kept, and read with the call as it was; whom it led to is in no row', async () => {
  for (const call of [await placed(), await placed(newId<'member'>())]) {
    await lived(call)
    const { kept } = await stores.events.latest(call.organizationId)
    const end = { seq: kept, memberId: call.memberId, recordId: recordIdOf(call.id), leftMs: 7 }
    expect(await since(call)).toEqual([{ ...end, call: overOf(call, ENDED) }])
    const { rows } = await owner.query('SELECT to_jsonb(event) FROM event WHERE call_id = $1', [call.id])
    expect(JSON.stringify(rows)).not.toContain('139000')
  }
})

test('numbers are given to what is not kept as well, and it is known how far', async () => {
  const call = await placed()
  const { organizationId, memberId, id: callId } = call
  const left: NewEvent = { organizationId, memberId, type: 'minutes-left', payload: { callId, leftMs: durationMs(1) } }
  const seqs = await stores.events.append([left, anEnd(call), left])
  expect(seqs).toEqual([seqs[0], seqs[0]! + 1, seqs[0]! + 2])
  expect(await stores.events.latest(organizationId)).toEqual({ kept: seqs[1], given: seqs[2] })
})

test('what is told again of an erased number has none', async () => {
  const call = await placed()
  await lived(call)
  const erasure = { organizationId: call.organizationId, e164: e164('8613900000001'), national: '13900000001' }
  await stores.numbers.erase({ ...erasure, at: noon, actor: 'operator' })
  const told = await since(call)
  expect(told).toMatchObject([{ call: { number: null, dialled: '' } }])
  expect(JSON.stringify(told)).not.toContain('139000')
})

test('of the events of the release before the ends are kept, with what was left then; numbers go on', async () => {
  const before = await bareDatabase()
  await migrate(before.ownerUrl, '0039-events')
  const client = new pg.Client({ connectionString: before.ownerUrl })
  await client.connect()
  try {
    const [organizationId, memberId, callId, other] = [newId(), newId(), newId(), newId()]
    const at = new Date(noon)
    await client.query(`SELECT month_partition(kind, $1) FROM unnest('{record,event}'::text[]) AS kind`, [at])
    await client.query(
      `WITH dialled AS (INSERT INTO number (organization_id, text) VALUES ($1, '+861') RETURNING id)
       INSERT INTO record (placed_at, ended_at, number_id, rated_ms, overrun_ms, id, call_id, organization_id, member_id, plan_version_id, is_by_number,
           kind, mode, path, end_reason, legs, draws)
         SELECT $2, $2, id, 0, 0, $3, $3, $1, $4, $1, true, 'business', 'direct', 'ip-telephony', 'busy', '{}', '{}' FROM dialled`,
      [organizationId, at, callId, memberId],
    )
    const tell = (type: string, call: string, leftMs: number | null) =>
      client.query(
        'INSERT INTO event (at, organization_id, member_id, call_id, type, payload) VALUES ($1, $2, $3, $4, $5, $6)',
        [at, organizationId, memberId, call, type, JSON.stringify(leftMs === null ? {} : { leftMs })],
      )
    for (const call of [callId, other])
      for (const left of [3, 2]) {
        await tell('minutes-left', call, left)
        await tell('call-changed', call, null)
      }
    await tell('call-ended', callId, null)
    const { rows: last } = await client.query('SELECT max(seq)::int AS seq FROM event')
    await migrate(before.ownerUrl)
    const { rows } = await client.query(
      'SELECT seq::int, placed_at, left_ms::int, organization_id, member_id, call_id FROM event',
    )
    const whose = { organization_id: organizationId, member_id: memberId, call_id: callId }
    expect(rows).toEqual([{ ...last[0], placed_at: at, left_ms: 2, ...whose }])
    const { rows: next } = await client.query(`SELECT nextval('event_number')::int AS seq`)
    expect(next).toEqual([{ seq: last[0].seq + 1 }])
  } finally {
    await client.end()
    await before.drop()
  }
})
