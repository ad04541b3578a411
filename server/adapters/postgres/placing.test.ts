import { type Call, KeyTaken, type Paying, snapshotOfStored } from '#calls'
import { durationMs, newId, type PoolId } from '#kernel'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { noFaults, ledgerFaults } from './ledger-check.ts'
import pg from 'pg'
import {
  aCall,
  aDecision,
  aMeter,
  anAttempt,
  minute,
  noon,
  overOf,
  poolsOf,
  recordOf,
  someParties,
  storedCall,
  subscribe,
  type Subscriber,
} from './testing-nouns.ts'
import { openTestStores, type TestStores } from './testing-stores.ts'

let opened: TestStores
beforeAll(async () => {
  opened = await openTestStores()
})
afterAll(() => opened.close())

const aKey = () => ({ caller: `member:${newId()}`, key: 'k', bodyHash: 'h' })

/** Somebody whose organization has so many minutes, and how he places a call that takes `wantMs` of them. */
async function aPayer(grantMs: number) {
  const { stores } = opened
  const monthlyGrant = { memberMs: durationMs(0), organizationMs: durationMs(grantMs) }
  const who = await subscribe(stores, { terms: { monthlyGrant } })
  const owner = { organizationId: who.organization.id, memberId: who.member.id }
  const [pool] = await stores.entitlements.openPools(owner, { at: noon })
  const world = (await stores.admission.loadWorld(anAttempt(who), {}))!
  const aPlacing = (once: Paying['once'] = null, wantMs = minute) => {
    const attempt = anAttempt(who)
    const call = aCall(attempt)
    const meter = aMeter()
    const parties = someParties(call, meter)
    const decision = aDecision(attempt, world)
    const reserve = reserveOf(meter.legId, pool!.id, wantMs)
    return { call, meter, place: () => stores.calls.placePaid({ call, parties }, decision, { reserve, once }) }
  }
  return { who, aPlacing }
}

const reserveOf = (legId: Paying['reserve']['legId'], poolId: PoolId, wantMs: number): Paying['reserve'] => ({
  operationId: newId(),
  legId,
  poolIds: [poolId],
  wantMs: durationMs(wantMs),
  firstIncrementMs: durationMs(minute),
  incrementMs: durationMs(minute),
  cap: null,
  at: noon,
})

const heldBy = async ({ organization }: Subscriber): Promise<number> =>
  (await poolsOf(opened.stores, organization.id)).reduce((sum, { heldMs }) => sum + heldMs, 0)

const find = ({ organizationId, id }: Call) => opened.stores.calls.find(organizationId, id)
const decisionOf = ({ organizationId, id }: Call) => opened.stores.admission.ofCall(organizationId, id)

async function ledgerIsWhole(): Promise<void> {
  const client = new pg.Client({ connectionString: opened.database.ownerUrl })
  await client.connect()
  try {
    expect(await ledgerFaults(client)).toEqual(noFaults)
  } finally {
    await client.end()
  }
}

test('a call is there with what it holds, its key and its decision; placed again it is there once', async () => {
  const { who, aPlacing } = await aPayer(10 * minute)
  const key = aKey()
  const { call, meter, place } = aPlacing(key, 3 * minute)
  const first = await place()
  expect(first.taken).toMatchObject([{ ms: 3 * minute }])
  expect(await place()).toEqual(first)
  expect(await find(call)).toEqual(snapshotOfStored(call))
  expect((await storedCall(opened.stores, call))?.parties.map((party) => party.meter)).toEqual([
    null,
    { ...meter, heldMs: 3 * minute },
  ])
  expect((await decisionOf(call))?.attempt.callId).toBe(call.id)
  expect(await opened.stores.idempotency.look({ ...key, at: noon, callId: newId() })).toEqual({
    kind: 'in-progress',
    callId: call.id,
  })
  expect(await heldBy(who)).toBe(3 * minute)
  await ledgerIsWhole()
})

test('a call that is over is not placed again by who asks late', async () => {
  const { who, aPlacing } = await aPayer(10 * minute)
  const { call, meter, place } = aPlacing(aKey())
  const first = await place()
  await opened.stores.ledger.settle({ operationId: newId(), legId: meter.legId, ratedMs: durationMs(0), at: noon })
  const state = { name: 'ended', answeredAt: null, endedAt: noon, reason: 'abandoned' } as const
  await opened.stores.calls.saveEnd({ ...call, state }, recordOf(call, state), 'system')
  expect(await place()).toMatchObject({ taken: first.taken })
  expect(await storedCall(opened.stores, call)).toBeUndefined()
  expect(await find(call)).toEqual(overOf(call, state))
  expect(await heldBy(who)).toBe(0)
  await ledgerIsWhole()
})

test('where nothing is left nothing is written, and the key stays free', async () => {
  const { who, aPlacing } = await aPayer(minute / 2)
  const key = aKey()
  const { call, place } = aPlacing(key)
  expect(await place()).toMatchObject({ taken: [], isClosed: false })
  expect([await find(call), await decisionOf(call), await heldBy(who)]).toEqual([undefined, undefined, 0])
  expect(await opened.stores.idempotency.look({ ...key, at: noon, callId: newId() })).toEqual({ kind: 'first' })
})

test('of many that come at once with one key one is placed, and takes minutes once; no other call is kept from its place', async () => {
  const { who, aPlacing } = await aPayer(100 * minute)
  const key = aKey()
  const twins = Array.from({ length: 8 }, () => aPlacing(key))
  const others = Array.from({ length: 8 }, () => aPlacing(aKey()))
  const placed = await Promise.allSettled([...twins, ...others].map(({ place }) => place()))
  const failures = placed.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []))
  expect(failures).toHaveLength(7)
  for (const failure of failures) expect(failure).toBeInstanceOf(KeyTaken)
  const calls = await Promise.all(twins.map(({ call }) => find(call)))
  expect(calls.filter((call) => call !== undefined)).toHaveLength(1)
  for (const { call } of others) expect(await find(call)).toBeDefined()
  expect(await heldBy(who)).toBe(9 * minute)
  await ledgerIsWhole()
})

test('the last minutes go to as many calls as they pay for', async () => {
  const { who, aPlacing } = await aPayer(5 * minute)
  const many = Array.from({ length: 12 }, () => aPlacing(aKey()))
  const answers = await Promise.all(many.map(({ place }) => place()))
  const calls = await Promise.all(many.map(({ call }) => find(call)))
  expect(answers.map(({ taken }) => taken.length > 0)).toEqual(calls.map((call) => call !== undefined))
  expect(calls.filter((call) => call !== undefined)).toHaveLength(5)
  expect(await heldBy(who)).toBe(5 * minute)
})

test('a leg that was settled before gets no call', async () => {
  const { aPlacing } = await aPayer(5 * minute)
  const { call, meter, place } = aPlacing()
  await opened.stores.ledger.settle({ operationId: newId(), legId: meter.legId, ratedMs: durationMs(0), at: noon })
  expect(await place()).toMatchObject({ isClosed: true })
  expect(await find(call)).toBeUndefined()
})

test('a call that cannot be written holds nothing, and keeps no other from being placed', async () => {
  const { who, aPlacing } = await aPayer(5 * minute)
  const [bad, good] = [aPlacing(aKey()), aPlacing(aKey())]
  Object.assign(bad.call, { dialledText: null })
  const [refused, placed] = await Promise.allSettled([bad.place(), good.place()])
  expect([refused?.status, placed?.status]).toEqual(['rejected', 'fulfilled'])
  expect([await find(bad.call), await decisionOf(bad.call)]).toEqual([undefined, undefined])
  expect(await heldBy(who)).toBe(minute)
})
