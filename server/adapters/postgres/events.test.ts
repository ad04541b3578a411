import { admit } from '#admission'
import { snapshotOfStored, type Call, type NewEvent } from '#calls'
import { durationMs, later, newId } from '#kernel'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStores, type Stores } from './index.ts'
import { migrate } from './migrate.ts'
import { aCall, anAttempt, e164, noon, settleNothing, aRecord, someParties, subscribe } from './testing-nouns.ts'
import { bareDatabase, freshDatabase, type TestDatabase } from './testing.ts'

/** What screens that were away are told: what was told then, though a row says only what became different. */
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

const RECORD = newId<'record'>()

const story = (call: Call): readonly NewEvent[] => {
  const who = { organizationId: call.organizationId, memberId: call.memberId, at: noon }
  const { id: callId } = call
  const answeredAt = later(noon, 5_000)
  const connected = { ...call, state: { name: 'connected', answeredAt, isOnHold: true } } as const
  const ended = { ...call, state: { name: 'ended', answeredAt, endedAt: later(noon, 9_000), reason: 'busy' } } as const
  const paid = { paidUntil: later(noon, 60_000), leftMs: durationMs(0), isLastMinute: true }
  return [
    { ...who, type: 'call-changed', payload: snapshotOfStored(call) },
    { ...who, type: 'call-changed', payload: { ...snapshotOfStored(connected), ...paid } },
    { ...who, type: 'minutes-left', payload: { callId, leftMs: durationMs(0) } },
    { ...who, memberId: null, type: 'call-changed', payload: snapshotOfStored(ended) },
    { ...who, type: 'call-ended', payload: { callId, recordId: RECORD, reason: 'busy', ratedMs: durationMs(0) } },
  ]
}

const since = async ({ organizationId }: Call, from: Stores = stores) =>
  (await from.events.since(0, { organizationId, memberId: null }, 100)).map(({ seq: _, ...event }) => event)

test('events are read as they were told, and no row of them has whom it led to', async () => {
  for (const call of [await placed(), await placed(newId<'member'>())]) {
    await stores.events.append(story(call))
    expect(await since(call)).toEqual(story(call))
    const { rows } = await owner.query('SELECT to_jsonb(event) FROM event WHERE organization_id = $1', [
      call.organizationId,
    ])
    expect(rows).toHaveLength(5)
    expect(JSON.stringify(rows)).not.toContain('139000')
  }
})

test('what is told again of an erased number has none', async () => {
  const call = await placed()
  await stores.events.append(story(call))
  const parties = (await stores.calls.find(call.organizationId, call.id))!.parties
  await settleNothing(stores, parties)
  const state = { name: 'ended', answeredAt: null, endedAt: noon, reason: 'busy' } as const
  await stores.calls.saveEnd({ ...call, state }, aRecord(call, { callId: call.id }), 'system')
  const erasure = { organizationId: call.organizationId, e164: e164('8613900000001'), national: '13900000001' }
  await stores.numbers.erase({ ...erasure, at: noon, actor: 'operator' })
  const told = await since(call)
  const changes = told.flatMap((event) => (event.type === 'call-changed' ? [event.payload] : []))
  expect(changes.map(({ number, dialled }) => [number, dialled])).toEqual([
    ['', ''],
    ['', ''],
    ['', ''],
  ])
  expect(JSON.stringify(told)).not.toContain('139000')
})

test('events of the release before say the same, also where their call is not there', async () => {
  const before = await bareDatabase()
  await migrate(before.ownerUrl, '0033-months')
  const client = new pg.Client({ connectionString: before.ownerUrl })
  await client.connect()
  const again = await openStores(before)
  try {
    const subscriber = await subscribe(again)
    const call = aCall(anAttempt(subscriber, { callId: newId<'call'>() }))
    const gone = { ...aCall(anAttempt(subscriber, { callId: newId<'call'>() })), dialledText: '+86 139' }
    await client.query(
      `INSERT INTO call (id, organization_id, member_id, placed_at, dialled_text, terms, state, is_on_hold) VALUES ($1, $2, $3, $4, $5, $6, 'placed', false)`,
      [
        call.id,
        call.organizationId,
        call.memberId,
        new Date(call.placedAt),
        call.dialledText,
        JSON.stringify(call.terms),
      ],
    )
    await client.query(`SELECT month_partition('event', $1)`, [new Date(noon)])
    const told = [...story(call), ...story(gone)]
    for (const { organizationId, memberId, type, payload, at } of told)
      await client.query(
        'INSERT INTO event (organization_id, member_id, type, payload, at) VALUES ($1, $2, $3, $4, $5)',
        [organizationId, memberId, type, JSON.stringify(payload), new Date(at)],
      )
    await migrate(before.ownerUrl)
    expect(await since(call, again)).toEqual(told)
  } finally {
    await again.close()
    await client.end()
    await before.drop()
  }
})
