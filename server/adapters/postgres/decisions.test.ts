import { admit, recheck, type BusinessAttempt, type BusinessTerms, type Decision, type World } from '#admission'
import { destinationOf } from '#carriers'
import { durationMs, later, newId } from '#kernel'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAdmissionStore, openDecisions } from './admission.ts'
import { openPool, type Db } from './connection.ts'
import { migrate } from './migrate.ts'
import { aLicence, aWorld, noon, terms } from './testing-nouns.ts'
import { bareDatabase, freshDatabase, type TestDatabase } from './testing.ts'

/** Decisions as they are stored: what each says must be there years later, whatever it took to write it down. */
let database: TestDatabase
let owner: pg.Client
let db: Db
beforeAll(async () => {
  database = await freshDatabase()
  owner = await connected(database)
  db = openPool(database.appUrl, 2)
})
afterAll(async () => {
  await db.destroy()
  await owner.end()
  await database.drop()
})

async function connected({ ownerUrl }: TestDatabase): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  return client
}

const MOBILE = '13900000001'
const sample = aWorld(MOBILE)
const { organization, caller, pools, planVersion } = sample
const [trunk] = sample.trunks

/** By the caller of the sample, who may everything but for what the change says. */
const decided = (dialled: string, change: Partial<World> = {}, to: Partial<BusinessAttempt> = {}): Decision => {
  const attempt: BusinessAttempt = {
    callId: newId(),
    at: noon,
    organizationId: organization.id,
    callerId: caller.id,
    kind: 'business',
    mode: 'direct',
    dialled,
    ...to,
  }
  const world = { ...sample, destination: destinationOf(dialled, 'CN'), ...change }
  return { id: newId<'decision'>(attempt.at), attempt, world, admission: admit(attempt, world) }
}

const wei = { name: 'Wei', isShielded: false, isNumberHidden: false, workingHours: null }
const may = (mayCall: World['caller']['limits']['mayCall'], monthlyMs: number | null = null) => ({
  caller: { ...caller, limits: { mayCall, monthlyMs: monthlyMs === null ? null : durationMs(monthlyMs) } },
})
const tried = (count: number, ago: number) => ({ count, sinceAt: later(noon, -ago) })
const none = { count: 0, sinceAt: null }
const third = { id: newId<'pool'>(), bucket: 'member', freeMs: durationMs(7) } as const
const asleep = { ...wei, workingHours: { weekdays: [2], fromMinute: 660, untilMinute: 1080 } }
const law = { rules: [], unruled: 'lawful', note: '' } as const
const two = [
  { ...trunk!, reachability: 'down' },
  { ...trunk!, id: newId<'trunk'>(), priority: 20 },
] as const

/** Inside the app: no number, and nobody pays. */
const decidedInApp = (change: Partial<World> = {}): Decision => {
  const calleeId = newId<'member'>()
  const { attempt, world } = decided('', { callee: wei, ...change, pools: [] })
  const inApp = { ...attempt, kind: 'network', dialled: '', calleeId } as const
  return { id: newId<'decision'>(attempt.at), attempt: inApp, world, admission: admit(inApp, world) }
}
const offered = { ...planVersion!, terms: { ...planVersion!.terms, services: ['network'] } } as const

/** Each answer there is, and each form that facts have had. */
const answers: readonly Decision[] = [
  decided(MOBILE),
  decidedInApp({ planVersion: offered, organization: { ...organization, jurisdiction: 'none' } }),
  decidedInApp(),
  decidedInApp({ callee: { ...wei, undisturbedUntil: null } }),
  decided(MOBILE, { callee: wei, isSavedContact: true, trunks: two }, { calleeId: newId<'member'>() }),
  decided('+86 139-0000-0001'),
  decided('021 5000 0000'),
  decided('13900000001,,123#'),
  decided('１３９０００００００１'),
  decided('10086'),
  decided(MOBILE, { unconnected: none, typedInVain: { hour: none, day: tried(3, 40_000_000) } }),
  decided(MOBILE, { unconnected: { count: 2, sinceAt: null }, typedInVain: { hour: tried(1, -5), day: tried(1, 9) } }),
  decided(MOBILE, { pools: [...pools, third], usedThisMonthMs: durationMs(123_456_789) }),
  decided(MOBILE, { tables: { law, emergency: { numbers: ['1'], callingCode: null, internationalPrefix: '00' } } }),
  decided('110'),
  decided(MOBILE, { organization: { ...organization, standing: 'suspended' } }),
  decided(MOBILE, { caller: { ...caller, standing: 'suspended' } }),
  decided(MOBILE, { unconnected: tried(20, 50_000) }),
  decided('123'),
  decided(`${MOBILE};13900000002`),
  decided(`${MOBILE},y`),
  decided(MOBILE, { callee: { ...wei, isShielded: true } }),
  decided(MOBILE, may('nobody')),
  decided(MOBILE, may('colleagues')),
  decided(MOBILE, may('contacts')),
  decided(MOBILE, { callee: asleep }),
  decided(MOBILE, may(null, 0)),
  decided(MOBILE, { ...may(null, 600_000), reservation: 'limit-reached' }),
  decided('+442079460000'),
  decided('16812345'),
  decided('+881612345678'),
  decided(MOBILE, { licences: [] }),
  decided(MOBILE, { numberRights: [] }),
  decided(MOBILE, { planVersion: null, pools: [] }),
  decided(MOBILE, { planVersion: { ...planVersion!, terms: terms({ services: [] }) } }),
  decided(MOBILE, { liveCalls: { member: 1, organization: 7 } }),
  decided(MOBILE, { reservation: 'pools-empty' }),
  decided(MOBILE, { pools: pools.map((pool) => ({ ...pool, freeMs: durationMs(0) })) }),
  decided(MOBILE, { trunks: [] }),
]

const readAgain = (from: Db) => (one: Decision) =>
  openAdmissionStore(from).ofCall(one.attempt.organizationId, one.attempt.callId)

test('every answer, with all that it was given on, is read as it was written', async () => {
  const codes = new Set(answers.map(({ admission }) => (admission.admitted ? null : admission.refusal.code)))
  expect(codes.size).toBe(23)
  const store = openAdmissionStore(db)
  for (const one of answers) await store.append(one)
  expect(await Promise.all(answers.map(readAgain(db)))).toEqual(answers)
})

test('decisions from before there were facts have the same attempt, world and answer', async () => {
  const before = await bareDatabase()
  const client = await connected(before)
  const then = openPool(before.appUrl, 2)
  try {
    await migrate(before.ownerUrl, '0019-ledger-apply')
    // Older ones lack some facts, and their terms lack some.
    const old = answers.filter(
      ({ attempt, world }) =>
        attempt.kind === 'business' && world.tables === undefined && world.reservation === undefined,
    )
    const earlier = { at: later(noon, -90 * 86_400_000) }
    const numberRights = sample.numberRights.map((right) => ({ ...right, validFrom: earlier.at }))
    const callee = { name: 'Wu', isShielded: false, workingHours: null }
    const oldest = decided(MOBILE, { callee, numberRights }, earlier)
    const {
      keysAfterAnswer: _,
      calleeId: __,
      parties: ___,
      ...fewer
    } = (oldest.admission as { readonly terms: BusinessTerms }).terms
    const all = [...old, { ...oldest, admission: { admitted: true, terms: fewer } }]
    for (const { id: decisionId, attempt, world, admission } of all)
      await client.query('INSERT INTO decision VALUES ($1, $2, $3, $4, $5, $6, $7)', [
        decisionId,
        attempt.organizationId,
        attempt.callId,
        new Date(attempt.at),
        JSON.stringify(attempt),
        JSON.stringify(world),
        JSON.stringify(admission),
      ])
    await migrate(before.ownerUrl)
    const told = { ...oldest, admission: { admitted: true, terms: { ...fewer, parties: 2 } } }
    expect(await Promise.all([...old, oldest].map(readAgain(then)))).toEqual([...old, told])
    expect(await recheck(openAdmissionStore(then), 7)).toEqual({ decisions: all.length, exceptions: [] })
    // What is written now finds the facts of before.
    const facts = async () => (await client.query('SELECT count(*)::int AS n FROM fact')).rows[0].n
    const known = await facts()
    for (const one of old) await openAdmissionStore(then).append({ ...one, id: newId(one.attempt.at) })
    expect(await facts()).toBe(known)
  } finally {
    await then.destroy()
    await client.end()
    await before.drop()
  }
})

test('who judges again finds each decision that would be another today, and no other', async () => {
  const store = openAdmissionStore(db)
  const before = await recheck(store)
  expect(before.exceptions).toEqual([])
  const right = decided('110')
  const wrong = {
    ...decided(MOBILE),
    admission: { admitted: false, refusal: { code: 'no-route' }, alternatives: [] },
  } as const
  for (const one of [right, wrong]) await store.append(one)
  const { decisions, exceptions } = await recheck(store, 3)
  expect(decisions).toBe(before.decisions + 2)
  expect(exceptions).toMatchObject([{ id: wrong.id, given: { admitted: false }, now: { admitted: true } }])
})

test('each distinct value is one row, also when two servers meet it at once', async () => {
  const one = decided(MOBILE, { licences: [aLicence()] })
  const writers = [0, 1, 2, 3].map(() => openDecisions(db))
  const rows = await Promise.all(writers.map((decisions) => decisions.ready(one)))
  expect(new Set(rows.map((row) => row.regime_fact)).size).toBe(1)
  const again = await openDecisions(db).ready({ ...one, attempt: { ...one.attempt, at: later(noon, 5) } })
  expect(again).toMatchObject({ regime_fact: rows[0]!.regime_fact, caller_fact: rows[0]!.caller_fact })
  const { rows: twice } = await owner.query('SELECT FROM fact GROUP BY kind, body HAVING count(*) > 1')
  expect(twice).toEqual([])
})

test('facts are written once', async () => {
  for (const statement of ['UPDATE fact SET kind = kind', 'DELETE FROM fact', 'TRUNCATE fact'])
    await expect(owner.query(statement)).rejects.toThrow(/written once/)
})

/** A thousand wishes of a hundred people, as offices have them: one in twelve is refused, one in three names a colleague. */
function office(): readonly Decision[] {
  const members = Array.from({ length: 100 }, () => newId<'member'>())
  return Array.from({ length: 1_000 }, (_, n) => {
    const member = { ...caller, id: members[n % 100]! }
    const callee = n % 3 === 0 ? { calleeId: members[n % 50]! } : {}
    const change: Partial<World> = {
      caller: member,
      pools: pools.map((pool) => ({ ...pool, freeMs: durationMs(pool.freeMs - (n % 500) * 1_000) })),
      usedThisMonthMs: durationMs(n * 60_000),
      unconnected: n % 10 === 0 ? tried(1, n) : none,
      typedInVain: {
        hour: n % 4 === 0 ? tried(1, 1_000_000 + n) : none,
        day: n % 2 === 0 ? tried(3, 30_000_000) : none,
      },
      liveCalls: { member: n % 12 === 0 ? 1 : 0, organization: n % 7 },
      callee: n % 3 === 0 ? wei : null,
    }
    const attempt = { callerId: member.id, at: later(noon, n * 1_000), ...callee }
    return decided(`139${String(n * 7919).padStart(8, '0')}`, change, attempt)
  })
}

test('a decision takes 200 bytes or less on average, and is found in its month', async () => {
  const organizationId = newId<'organization'>()
  const store = openAdmissionStore(db)
  for (const one of office()) await store.append({ ...one, attempt: { ...one.attempt, organizationId } })
  const { rows } = await owner.query(
    `SELECT avg(pg_column_size(decision.*))::float AS bytes, count(*)::int AS n, min(tableoid::regclass::text) AS "in"
       FROM decision WHERE organization_id = $1`,
    [organizationId],
  )
  expect(rows).toEqual([{ bytes: expect.any(Number), n: 1_000, in: 'decision_2026_11' }])

  expect(rows[0].bytes).toBeLessThanOrEqual(200)
})
