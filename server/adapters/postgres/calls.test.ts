import type { Admission, BusinessAttempt, BusinessTerms, DecisionFilter } from '#admission'
import type { IdempotencyClaim } from '#http'
import { partyIdOf, snapshotOfStored, type Call, type StoredLeg } from '#calls'
import { durationMs, later, newId, type Cursor } from '#kernel'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Stores } from './index.ts'
import {
  aCall,
  aDecision,
  aMember,
  anAttempt,
  anEnd,
  e164,
  BUSY,
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
import { openTestStores, type TestStores } from './testing-stores.ts'

let opened: TestStores
let stores: Stores
beforeAll(async () => {
  opened = await openTestStores()
  stores = opened.stores
})
afterAll(() => opened.close())

async function placeCall(changes: Partial<BusinessAttempt> = {}, terms: Partial<BusinessTerms> = {}, by?: Subscriber) {
  const subscriber = by ?? (await subscribe(stores))
  const attempt = anAttempt(subscriber, changes)
  const decision = aDecision(attempt, (await stores.admission.loadWorld(attempt, {}))!)
  const plain = aCall(attempt)
  const call = { ...plain, terms: { ...plain.terms, ...terms } }
  const parties = someParties(call)
  await stores.calls.place({ call, parties }, decision)
  return { call, parties, decision, subscriber }
}

async function withOwner<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: opened.database.ownerUrl })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const auditOf = (subjectId: string): Promise<readonly object[]> =>
  withOwner(async (client) =>
    (await client.query('SELECT * FROM audit WHERE subject_id = $1', [subjectId])).rows.map(
      ({ seq: _, ...entry }) => entry,
    ),
  )

const aLeg = (callId: StoredLeg['callId'], changes: Partial<StoredLeg> = {}): StoredLeg => {
  const id = newId<'leg'>()
  return {
    id,
    callId,
    partyId: partyIdOf(callId, changes.kind === 'app' ? 'initiator' : 'participant'),
    kind: 'phone-out',
    channelId: id,
    trunkId: newId(),
    number: e164('8613900000001'),
    startedAt: noon,
    answeredAt: null,
    endedAt: null,
    sipStatus: null,
    q850Cause: null,
    bootId: 'eboot1',
    ...changes,
  }
}

test('a call is kept with its decision, its parties, their legs and meters', async () => {
  const { call, parties, decision } = await placeCall()
  expect(await stores.admission.ofCall(call.organizationId, call.id)).toEqual(decision)
  expect(await storedCall(stores, call)).toEqual({ call, parties, legs: [] })
  expect(await stores.calls.find(call.organizationId, call.id)).toEqual(snapshotOfStored(call))

  const connected = { ...call, state: { name: 'connected', answeredAt: later(noon, 9), isOnHold: true } } as const
  const [caller, leg] = [aLeg(call.id, { kind: 'app' }), aLeg(call.id, { startedAt: later(noon, 1) })]
  const answered = { ...leg, answeredAt: later(noon, 9), sipStatus: 200, bootId: 'eboot2' }
  const [initiator, participant] = parties
  const meter = { ...participant!.meter!, heldMs: durationMs(2 * minute), isLast: true }
  const longer = [{ ...participant!, meter }]
  await stores.calls.saveProgress({ call: { ...call, state: { name: 'ringing' } }, legs: [caller, leg], parties: [] })
  await stores.calls.saveProgress({ call: connected, legs: [answered], parties: longer })
  await stores.calls.saveProgress({ call: connected, legs: [], parties: [] })
  expect(await storedCall(stores, call)).toEqual({
    call: connected,
    parties: [initiator, ...longer],
    legs: [caller, answered],
  })
})

test('of an end that the record says all of the audit says nothing', async () => {
  const { call, parties } = await placeCall()
  await settleNothing(stores, parties)
  const state = { name: 'ended', answeredAt: null, endedAt: noon, reason: 'busy' } as const
  await stores.calls.saveEnd({ ...call, state }, recordOf(call, state), null)
  expect(await auditOf(call.id)).toEqual([])
})

test('a call whose record cannot be written is not ended, and no audit says so', async () => {
  const { call, parties } = await placeCall()
  await settleNothing(stores, parties)
  const record = recordOf(call, BUSY)
  const bad = { ...record, endReason: null as never }
  await expect(stores.calls.saveEnd({ ...call, state: BUSY }, bad, 'system')).rejects.toThrow()
  expect(await storedCall(stores, call)).toEqual({ call, parties, legs: [] })
  expect(await auditOf(call.id)).toEqual([])
})

test('no end is written without its settlement', async () => {
  const { call, parties } = await placeCall()
  const end = () => stores.calls.saveEnd({ ...call, state: BUSY }, recordOf(call, BUSY), 'system')
  await expect(end()).rejects.toMatchObject({ code: '57P02' })
  expect(await stores.records.ofCall(call.organizationId, call.id)).toBeUndefined()
  expect(await storedCall(stores, call)).toEqual({ call, parties, legs: [] })
  await settleNothing(stores, parties)
  await end()
  expect(await stores.calls.find(call.organizationId, call.id)).toEqual(overOf(call, BUSY))
})

test('a call is placed with its decision or not at all', async () => {
  const { call, decision } = await placeCall()
  const other = { ...call, id: newId<'call'>(), dialledText: null as never }
  const second = { ...decision, id: newId<'decision'>(), attempt: { ...decision.attempt, callId: other.id } }
  await expect(stores.calls.place({ call: other, parties: someParties(other) }, second)).rejects.toThrow()
  expect(await stores.admission.ofCall(call.organizationId, other.id)).toBeUndefined()
})

test('calls are listed for their organization and their member, and for nobody else; newest first, whether they go on or not', async () => {
  const { call, subscriber } = await placeCall()
  const colleague = aMember(call.organizationId)
  await stores.directory.createMember(colleague)
  const others: Call[] = []
  // Of one instant, and of a month before; of a colleague.
  const placings = [
    [noon, subscriber.member],
    [noon, subscriber.member],
    [later(noon, -30 * 86_400_000), colleague],
  ] as const
  for (const [at, member] of placings) {
    const placed = await placeCall({ at, callId: newId() }, {}, { ...subscriber, member })
    await settleNothing(stores, placed.parties)
    await stores.calls.saveEnd({ ...placed.call, state: BUSY }, recordOf(placed.call, BUSY), 'system')
    others.push(placed.call)
  }
  const newest = others
    .slice(0, 2)
    .toSorted((one, other) => (one.id < other.id ? 1 : -1))
    .map((one) => overOf(one, BUSY))
  const all = [...newest, snapshotOfStored(call)].toSorted((one, other) => (one.callId < other.callId ? 1 : -1))
  const oldest = overOf(others[2]!, BUSY)
  const scope = {
    organizationId: call.organizationId,
    memberId: null,
    isLiveOnly: false,
    page: { after: null, limit: 10 },
  }
  expect(await stores.calls.list(scope)).toEqual([...all, oldest])
  expect(await stores.calls.list({ ...scope, isLiveOnly: true })).toEqual([snapshotOfStored(call)])
  expect(await stores.calls.list({ ...scope, memberId: call.memberId })).toEqual(all)
  expect(await stores.calls.list({ ...scope, memberId: colleague.id })).toEqual([oldest])
  expect(await stores.calls.list({ ...scope, memberId: newId() })).toEqual([])
  expect(await stores.calls.list({ ...scope, organizationId: newId() })).toEqual([])
  for (const memberId of [null, call.memberId]) {
    const paged: string[] = []
    for (let after: Cursor | null = null; paged.length < (memberId === null ? 4 : 3);) {
      const [one] = await stores.calls.list({ ...scope, memberId, page: { after, limit: 1 } })
      paged.push(one!.callId)
      after = { key: one!.placedAt, id: one!.callId }
    }
    expect(paged).toEqual([...all, ...(memberId === null ? [oldest] : [])].map(({ callId }) => callId))
  }
  expect(await stores.calls.find(newId(), call.id)).toBeUndefined()
  expect(await stores.admission.ofCall(newId(), call.id)).toBeUndefined()
  expect(await storedCall(stores, others[0]!)).toBeUndefined()
})

const ALL = {
  callerId: null,
  isAdmitted: null,
  code: null,
  number: null,
  text: null,
  from: null,
  until: null,
  page: { after: null, limit: 10 },
}
const ADMITTED = { admitted: true } as unknown as Admission

test('decisions are listed newest first', async () => {
  const { decision, subscriber } = await placeCall()
  const older = { ...decision, id: newId<'decision'>(), attempt: anAttempt(subscriber, { at: later(noon, -minute) }) }
  await stores.admission.append(older)
  await stores.admission.append(older)
  const all = { organizationId: decision.attempt.organizationId, ...ALL }
  const listed = [decision, older].map(({ world: _, ...rest }) => rest)
  expect(await stores.admission.list(all)).toEqual(listed)
  const after = { key: noon, id: decision.id }
  expect(await stores.admission.list({ ...all, page: { after, limit: 10 } })).toEqual(listed.slice(1))
})

test('decisions are found by what the filter says', async () => {
  const { decision, subscriber } = await placeCall()
  const { organizationId } = decision.attempt
  const wu = aMember(organizationId, { name: 'Wu Bo' })
  await stores.directory.createMember(wu)
  const made = (changes: Partial<typeof decision>) => ({ ...decision, id: newId<'decision'>(), ...changes })
  const attempt = (hour: number, changes: Partial<BusinessAttempt>) =>
    anAttempt(subscriber, { at: later(noon, hour * 60 * minute), ...changes })
  const admitted = made({ attempt: attempt(1, { dialled: '+86 (10) 5555-0000' }), admission: ADMITTED })
  const barred = made({
    attempt: attempt(2, { callerId: wu.id, dialled: '10086' }),
    admission: { admitted: false, refusal: { code: 'caller-barred' }, alternatives: [] },
  })
  for (const one of [admitted, barred]) await stores.admission.append(one)
  const names = new Map([
    [decision.id, 'no route'],
    [admitted.id, 'admitted'],
    [barred.id, 'barred'],
  ])
  const find = async (filter: Partial<DecisionFilter>) =>
    (await stores.admission.list({ organizationId, ...ALL, ...filter })).map(({ id }) => names.get(id))
  expect(await find({})).toEqual(['barred', 'admitted', 'no route'])
  expect(await find({ isAdmitted: false })).toEqual(['barred', 'no route'])
  expect(await find({ isAdmitted: true })).toEqual(['admitted'])
  expect(await find({ code: 'caller-barred' })).toEqual(['barred'])
  expect(await find({ callerId: wu.id })).toEqual(['barred'])
  expect(await find({ number: '1055550000' })).toEqual(['admitted'])
  expect(await find({ text: '0-5555 0' })).toEqual(['admitted'])
  expect(await find({ text: 'WU' })).toEqual(['barred'])
  expect(await find({ text: '100%' })).toEqual([])
  expect(await find({ from: admitted.attempt.at, until: barred.attempt.at })).toEqual(['admitted'])
  expect(await find({ organizationId: newId() })).toEqual([])
})

const aKey = () => ({ caller: `member:${newId()}`, key: 'k', bodyHash: 'h', at: noon, callId: newId<'call'>() })
const day = 24 * 60 * minute

test('an idempotency key: of twenty that come at once, one is the first; the others learn its call', async () => {
  const key = aKey()
  const claims = await Promise.all(
    Array.from({ length: 20 }, () => stores.idempotency.claim({ ...key, callId: newId() })),
  )
  const first = claims.filter(({ kind }) => kind === 'first')
  const waiting = claims.filter(
    (claim): claim is Extract<IdempotencyClaim, { kind: 'in-progress' }> => claim.kind === 'in-progress',
  )
  expect([first.length, waiting.length, new Set(waiting.map(({ callId }) => callId)).size]).toEqual([1, 19, 1])
})

test('an idempotency key gives the first answer again, for a day', async () => {
  const key = aKey()
  await stores.idempotency.claim(key)
  await stores.idempotency.complete(key, { status: 201, body: { callId: 'x' } })
  await stores.idempotency.complete(key, { status: 500, body: null })
  expect(await stores.idempotency.claim({ ...key, at: later(noon, day - 1) })).toEqual({
    kind: 'answered',
    status: 201,
    body: { callId: 'x' },
  })
  expect(await stores.idempotency.claim({ ...key, at: later(noon, day) })).toEqual({ kind: 'first' })
})

test('an idempotency key belongs to its caller and to its body', async () => {
  const key = aKey()
  await stores.idempotency.claim(key)
  expect(await stores.idempotency.claim({ ...key, bodyHash: 'other' })).toEqual({ kind: 'other-body' })
  expect(await stores.idempotency.claim({ ...key, caller: 'somebody else' })).toEqual({ kind: 'first' })
})

async function endedCall(): Promise<Call> {
  const { call } = await placeCall()
  await stores.records.append(recordOf(call, BUSY))
  return call
}

test('ends are told to those whom they concern', async () => {
  const call = await endedCall()
  const { organizationId, memberId: li } = call
  const wu = newId<'member'>()
  const events = [anEnd(call), { ...anEnd(call), memberId: wu }]
  const seqs = await stores.events.append(events)
  const since = async (seq: number, memberId: typeof li | null, limit = 10) =>
    (await stores.events.since(seq, { organizationId, memberId }, limit)).map((end) => [end.seq, end.memberId])
  const kept = [
    [seqs[0], li],
    [seqs[1], wu],
  ]
  expect(await since(0, null)).toEqual(kept)
  expect(await since(0, li)).toEqual([kept[0]])
  expect(await since(seqs[0]!, null, 1)).toEqual([kept[1]])
  expect(await stores.events.since(0, { organizationId: newId(), memberId: null }, 10)).toEqual([])
  expect(await stores.events.latest(organizationId)).toMatchObject({ kept: seqs[1] })
  expect(await stores.events.latest(newId())).toMatchObject({ kept: 0 })
})

test('events: a reader who follows the numbers misses none, however many write at once', async () => {
  const call = await endedCall()
  const scope = { organizationId: call.organizationId, memberId: null }
  const total = 300
  let isWriting = true
  const writers = Promise.all(
    Array.from({ length: total / 3 }, (_, number) =>
      stores.events.append([0, 1, 2].map((part) => anEnd(call, number * 3 + part))),
    ),
  ).finally(() => (isWriting = false))
  const seen: number[] = []
  let seq = 0
  for (let isLastLook = false; !isLastLook;) {
    isLastLook = !isWriting
    const ends = await stores.events.since(seq, scope, 500)
    seen.push(...ends.map(({ leftMs }) => leftMs ?? -1))
    seq = ends.at(-1)?.seq ?? seq
  }
  await writers
  expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: total }, (_, number) => number))
})
