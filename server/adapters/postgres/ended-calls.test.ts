import type { BusinessAttempt, BusinessTerms } from '#admission'
import { partyIdOf, payingLegId, sliceOperationId, snapshotOfStored, type Call, type StoredLeg } from '#calls'
import { durationMs, later, newId } from '#kernel'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStores, type Stores } from './index.ts'
import { migrate } from './migrate.ts'
import {
  aCall,
  aDecision,
  aMeter,
  anAttempt,
  anEnd,
  BUSY,
  e164,
  minute,
  noon,
  overOf,
  recordOf,
  settleNothing,
  someParties,
  storedCall,
  subscribe,
  type Subscriber,
} from './testing-nouns.ts'
import { bareDatabase, freshDatabase, type TestDatabase } from './testing.ts'

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

async function placed(changes: Partial<BusinessAttempt> = {}, terms: Partial<BusinessTerms> = {}, by?: Subscriber) {
  const attempt = anAttempt(by ?? (await subscribe(stores)), { callId: newId(), ...changes })
  const plain = aCall(attempt)
  const call = { ...plain, terms: { ...plain.terms, ...terms } }
  const parties = someParties(call)
  const decision = aDecision(attempt, (await stores.admission.loadWorld(attempt, {}))!)
  await stores.calls.place({ call, parties }, decision)
  return { call, parties, decision }
}

const aLeg = ({ id }: Call, kind: StoredLeg['kind'] = 'phone-out', legId: StoredLeg['id'] = newId()): StoredLeg => ({
  id: legId,
  callId: id,
  partyId: partyIdOf(id, kind === 'app' ? 'initiator' : 'participant'),
  kind,
  channelId: legId,
  trunkId: null,
  number: kind === 'app' ? null : e164('8613900000001'),
  startedAt: kind === 'app' ? noon : later(noon, 1),
  answeredAt: noon,
  endedAt: null,
  sipStatus: null,
  q850Cause: null,
  bootId: 'eboot1',
})

/** Rows of its own that the call has. */
async function rowsOf(call: Call): Promise<readonly number[]> {
  const counts = ['call WHERE id', 'party WHERE call_id', 'leg WHERE call_id'].map(
    (of) => `(SELECT count(*) FROM ${of} = $1)::int`,
  )
  const { rows: found } = await owner.query(`SELECT ARRAY[${counts.join(', ')}] AS counts`, [call.id])
  return found[0].counts
}

test('what is over is in its record and has no row of its own, and nothing brings it back', async () => {
  const { call, parties, decision } = await placed()
  const ended = { ...call, state: BUSY }
  const leg = aLeg(call)
  await stores.calls.saveProgress({ call: ended, legs: [leg], parties: [] })
  expect(await storedCall(stores, call)).toEqual({ call, parties, legs: [leg] })
  const record = recordOf(call, BUSY)
  await settleNothing(stores, parties)
  const other = await openStores(database)
  try {
    // Twice, and by two servers at once; the other took it for placed in another month.
    const late = { ...record, placedAt: later(record.placedAt, -60 * 86_400_000) }
    await Promise.all([
      stores.calls.saveEnd(ended, record, 'operator:k1'),
      other.calls.saveEnd(ended, late, 'operator:k1'),
      stores.calls.saveEnd(ended, record, 'operator:k1'),
    ])
    await other.calls.saveEnd(ended, late, 'operator:k1')
    const ringing = { ...call, state: { name: 'ringing' } } as const
    const gone = { ...leg, endedAt: later(noon, 5) }
    await Promise.all([
      stores.calls.saveProgress({ call: ringing, legs: [gone, aLeg(call)], parties }),
      other.calls.saveProgress({ call: ended, legs: [gone], parties }),
      other.calls.place({ call, parties }, decision),
    ])
  } finally {
    await other.close()
  }
  expect(await stores.records.ofCall(call.organizationId, call.id)).toEqual(record)
  const { rows: audited } = await owner.query(
    'SELECT at, organization_id, actor, action, subject_id, detail FROM audit WHERE subject_id = $1',
    [call.id],
  )
  expect(audited).toEqual([
    {
      at: new Date(record.endedAt),
      organization_id: call.organizationId,
      actor: 'operator:k1',
      action: 'call.ended',
      subject_id: call.id,
      detail: { reason: record.endReason, ratedMs: record.ratedMs },
    },
  ])
  expect(await rowsOf(call)).toEqual([0, 0, 0])
  expect(await stores.calls.find(call.organizationId, call.id)).toEqual(overOf(call, BUSY))
  expect(await stores.calls.find(newId(), call.id)).toBeUndefined()
})

test('whoever writes legs while the call is ended by somebody else leaves none', async () => {
  const { call, parties } = await placed()
  await settleNothing(stores, parties)
  const talking = { ...call, state: { name: 'connected', answeredAt: noon, isOnHold: false } } as const
  // Both wait for the row, the writer first: then what it wrote is committed after the end has begun.
  await owner.query('BEGIN')
  await owner.query('SELECT FROM call WHERE id = $1 FOR UPDATE', [call.id])
  const written = stores.calls.saveProgress({ call: talking, legs: [aLeg(call), aLeg(call)], parties: [] })
  await isWaiting(1)
  const ended = stores.calls.saveEnd({ ...call, state: BUSY }, recordOf(call, BUSY), 'system')
  await isWaiting(2)
  await owner.query('COMMIT')
  await Promise.all([written, ended])
  expect(await rowsOf(call)).toEqual([0, 0, 0])
})

const isWaiting = (count: number) =>
  expect
    .poll(async () => (await owner.query('SELECT count(*)::int FROM pg_locks WHERE NOT granted')).rows[0].count, {
      timeout: 10_000,
    })
    .toBe(count)

test('a service code of a call that is over is shown as it was typed, for as long as its decision is kept', async () => {
  const { call, parties } = await placed({ dialled: '10086,,1' }, { dialled: { kind: 'service', code: '10086' } })
  await settleNothing(stores, parties)
  await stores.calls.saveEnd({ ...call, state: BUSY }, recordOf(call, BUSY), 'system')
  const find = () => stores.calls.find(call.organizationId, call.id)
  expect(await find()).toMatchObject({ dialled: '10086,,1', number: null })
  await owner.query('BEGIN')
  await owner.query(`SELECT set_config('tandem.expires', 'on', true)`)
  await owner.query('DELETE FROM decision_2026_11 WHERE call_id = $1', [call.id])
  await owner.query('COMMIT')
  expect(await find()).toMatchObject({ dialled: '10086', number: null })
})

test('the leg that paid leads to its call, whether that goes on or is over', async () => {
  const subscriber = await subscribe(stores)
  const { organization, member } = subscriber
  const [pool] = await stores.entitlements.openPools(
    { organizationId: organization.id, memberId: member.id },
    { at: noon },
  )
  const world = (await stores.admission.loadWorld(anAttempt(subscriber), {}))!
  const place = async () => {
    // All in one instant: what is told apart is the leg.
    const attempt = anAttempt(subscriber, { callId: newId() })
    const call = aCall(attempt)
    const meter = aMeter({ legId: payingLegId(call.id) })
    const ms = durationMs(minute)
    const reserve = {
      operationId: sliceOperationId(meter.legId, durationMs(0)),
      legId: meter.legId,
      poolIds: [pool!.id],
      wantMs: ms,
      firstIncrementMs: ms,
      incrementMs: ms,
      cap: null,
      at: call.placedAt,
    }
    const parties = someParties(call, meter)
    await stores.calls.placePaid({ call, parties }, aDecision(attempt, world), { reserve, once: null })
    return { call, parties, legId: meter.legId }
  }
  const [live, over, beside] = [await place(), await place(), await place()]
  for (const { call, parties } of [over, beside]) {
    await settleNothing(stores, parties)
    await stores.calls.saveEnd({ ...call, state: BUSY }, recordOf(call, BUSY), 'system')
  }
  const legIds = [live.legId, over.legId, newId<'leg'>()]
  expect(await stores.calls.callsOfPayingLegs(organization.id, legIds)).toEqual(
    new Map([live, over].map(({ call, legId }) => [legId, call.id])),
  )
  expect(await stores.calls.callsOfPayingLegs(newId(), legIds)).toEqual(new Map())
})
test('a call of which nothing can be made keeps none of the others back, and tells nobody whose number it dialled', async () => {
  const subscriber = await subscribe(stores)
  const [{ call }, { call: beside }] = [await placed({}, {}, subscriber), await placed({}, {}, subscriber)]
  await stores.events.append([anEnd(call), anEnd(beside)])
  const { organizationId } = call
  const shown = { ...snapshotOfStored(call), dialled: '', number: null, callerNumber: null }
  const useless = [
    'null',
    '5',
    '[]',
    '{}',
    '{"dialled": null}',
    '{"dialled": {"kind": "number"}, "callerNumber": 5, "calleeId": "x"}',
  ]
  for (const terms of useless) {
    await owner.query('UPDATE call SET terms = $2 WHERE id = $1', [call.id, terms])
    expect(await stores.calls.find(organizationId, call.id)).toEqual(shown)
    const page = { after: null, limit: 10 }
    const listed = await stores.calls.list({ organizationId, memberId: null, isLiveOnly: true, page })
    expect(new Set(listed)).toEqual(new Set([shown, snapshotOfStored(beside)]))
    const told = await stores.events.since(0, { organizationId, memberId: null }, 10)
    expect(told.map((end) => end.call)).toEqual([shown, snapshotOfStored(beside)])
  }
  // One that connected at no instant.
  await owner.query(`UPDATE call SET state = 'connected' WHERE id = $1`, [call.id])
  expect(await stores.calls.find(organizationId, call.id)).toEqual({ ...shown, state: 'connected' })
})

test('a call that nothing can be made of stays where it is when it is ended, and is shown once', async () => {
  const { call, parties } = await placed()
  await stores.calls.endUnreadable(call.id, BUSY.endedAt)
  const fault = { ...BUSY, reason: 'internal-fault' } as const
  const scope = {
    organizationId: call.organizationId,
    memberId: null,
    isLiveOnly: false,
    page: { after: null, limit: 10 },
  }
  expect(await stores.calls.list(scope)).toEqual([snapshotOfStored({ ...call, state: fault })])
  expect(await stores.calls.find(call.organizationId, call.id)).toEqual(snapshotOfStored({ ...call, state: fault }))
  expect([await rowsOf(call), await storedCall(stores, call)]).toEqual([[1, 2, 0], undefined])
  // Somebody else could make something of it.
  await settleNothing(stores, parties)
  await stores.calls.saveEnd({ ...call, state: BUSY }, recordOf(call, BUSY), 'system')
  expect(await stores.calls.list(scope)).toEqual([overOf(call, BUSY)])
  expect(await rowsOf(call)).toEqual([0, 0, 0])
})

const ENDED = {
  name: 'ended',
  answeredAt: later(noon, 2_000),
  endedAt: later(noon, 9_000),
  reason: 'hangup-callee',
} as const

async function talking() {
  const { call, parties } = await placed()
  const now = { ...call, state: { name: 'connected', answeredAt: ENDED.answeredAt, isOnHold: true } } as const
  const legs = [aLeg(call, 'app'), aLeg(call, 'phone-out', payingLegId(call.id))]
  await stores.calls.saveProgress({ call: now, parties: [], legs })
  return { call, now, parties, legs, payingLeg: parties[1]!.meter!.legId }
}

const idsIn = async (of: string, by: string): Promise<readonly string[]> =>
  (await owner.query(`SELECT DISTINCT ${by} AS id FROM ${of}`)).rows.map(({ id }) => id as string).toSorted()

/** What today's stores ask for beside what is migrated. */
const OF_TODAY = {
  there: `CREATE TABLE reach (member_id uuid, do_not_disturb jsonb);
    GRANT SELECT ON reach TO tandem_app;
    CREATE FUNCTION claim_key(jsonb) RETURNS boolean LANGUAGE sql AS 'SELECT true';
    ALTER TABLE decision ADD COLUMN kind text`,
  gone: 'DROP TABLE reach; DROP FUNCTION claim_key; ALTER TABLE decision DROP COLUMN kind',
}

test('of the release before calls that were over leave their rows; those that go on go on, and those without a record stay', async () => {
  await close()
  await open(await bareDatabase())
  await migrate(database.ownerUrl, '0040-ends')
  await owner.query(OF_TODAY.there)
  const [live, over, unreadable] = [await talking(), await talking(), await talking()]
  await stores.records.append(recordOf(over.call, ENDED))
  await owner.query(
    `UPDATE call SET state = 'ended', is_on_hold = false, ended_at = $2, end_reason = $3 WHERE id = $1`,
    [over.call.id, new Date(ENDED.endedAt), ENDED.reason],
  )
  await stores.calls.endUnreadable(unreadable.call.id, ENDED.endedAt)
  await owner.query(OF_TODAY.gone)
  await migrate(database.ownerUrl)

  const { call, now, parties, legs } = live
  expect(await storedCall(stores, call)).toEqual({ call: now, parties, legs })
  const stay = [call.id, unreadable.call.id].toSorted()
  expect([await idsIn('call', 'id'), await idsIn('party', 'call_id'), await idsIn('leg', 'call_id')]).toEqual([
    stay,
    stay,
    stay,
  ])
  const find = (one: Call) => stores.calls.find(one.organizationId, one.id)
  expect(await find(over.call)).toEqual(overOf(over.call, ENDED))
  expect(await find(unreadable.call)).toEqual(
    snapshotOfStored({ ...unreadable.call, state: { ...ENDED, reason: 'internal-fault' } }),
  )
  for (const { call: one, payingLeg } of [live, over, unreadable])
    expect(await stores.calls.callsOfPayingLegs(one.organizationId, [payingLeg])).toEqual(
      new Map([[payingLeg, one.id]]),
    )

  const answered = { ...legs[1]!, endedAt: ENDED.endedAt, q850Cause: 16 }
  await stores.calls.saveProgress({ call: now, parties, legs: [answered] })
  expect((await storedCall(stores, call))?.legs).toEqual([legs[0], answered])
  await settleNothing(stores, parties)
  await stores.calls.saveEnd({ ...call, state: ENDED }, recordOf(call, ENDED), 'system')
  expect(await find(call)).toEqual(overOf(call, ENDED))
  expect(await idsIn('leg', 'call_id')).toEqual([unreadable.call.id])
})
