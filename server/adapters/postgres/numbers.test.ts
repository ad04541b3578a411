import { admit, recheck, type Attempt, type Decision, type World } from '#admission'
import { callerNumberOf, type Call, type StoredParty } from '#calls'
import { destinationOf } from '#carriers'
import { durationMs, later, newId, type CallId, type OrganizationId } from '#kernel'
import type { CallRecord, RecordFilter } from '#records'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStores, type Stores } from './index.ts'
import { migrate } from './migrate.ts'
import {
  aCall,
  aMember,
  anAttempt,
  anOrganization,
  aRecord,
  aWorld,
  e164,
  noon,
  recordOf,
  settleNothing,
  someParties,
  subscribe,
} from './testing-nouns.ts'
import { bareDatabase, type TestDatabase } from './testing.ts'
import { openTestStores, type TestStores } from './testing-stores.ts'

/** Whom somebody called stands in one place, and can be forgotten there. */
let opened: TestStores
let stores: Stores
let owner: pg.Client
beforeAll(async () => {
  opened = await openTestStores()
  stores = opened.stores
  owner = new pg.Client({ connectionString: opened.database.ownerUrl })
  await owner.connect()
})
afterAll(async () => {
  await owner.end()
  await opened.close()
})

const NUMBER = e164('8613900000001')
const OTHER = e164('8613900000002')
const { organization: _, ...sample } = aWorld(NUMBER)

function decided(organizationId: OrganizationId, dialled: string, change: Partial<World> = {}): Decision {
  const { code: __, ...organization } = anOrganization({ id: organizationId })
  const attempt: Attempt = {
    callId: newId(),
    at: noon,
    organizationId,
    callerId: sample.caller.id,
    kind: 'business',
    mode: 'direct',
    dialled,
  }
  const world = { ...sample, organization, destination: destinationOf(dialled, 'CN'), ...change }
  return { id: newId<'decision'>(noon), attempt, world, admission: admit(attempt, world) }
}

const WRITINGS = ['13900000001', NUMBER, '+86 139-0000-0001', '13900000001,,4711#', `${NUMBER};${OTHER}`, '1390000000']
const noRoute = { trunks: [] }

const numbersOf = async (organizationId: OrganizationId): Promise<readonly (string | null)[]> =>
  (await owner.query('SELECT text FROM number WHERE organization_id = $1 ORDER BY id', [organizationId])).rows.map(
    ({ text }) => text,
  )

const erase = (organizationId: OrganizationId, number = NUMBER) =>
  stores.numbers.erase({ organizationId, e164: number, national: number.slice(3), at: noon, actor: 'operator' })

const anyRecord = {
  callId: null,
  memberId: null,
  endReason: null,
  isAnswered: null,
  number: null,
  text: null,
  reader: { memberId: null, isInCharge: true },
  from: null,
  until: null,
  page: { after: null, limit: 200 },
} satisfies Omit<RecordFilter, 'organizationId'>
const anyDecision = { ...anyRecord, callerId: null, isAdmitted: null, code: null }

test('a number is one row of each organization that calls it, made with what refers to it, however many do at once', async () => {
  const [one, two] = [newId<'organization'>(), newId<'organization'>()]
  const tries = [one, one, two].map((organizationId) => decided(organizationId, '13900000001'))
  await Promise.all([
    ...tries.map((decision) => stores.admission.append(decision)),
    stores.records.append(aRecord({ organizationId: one, memberId: newId() }, { dialled: NUMBER })),
  ])
  expect([await numbersOf(one), await numbersOf(two)]).toEqual([[NUMBER], [NUMBER]])
})

test('no row of a decision or a record, and no fact, has a digit of whom was called', async () => {
  const organizationId = newId<'organization'>()
  const refused = WRITINGS.map((text) => decided(organizationId, text, noRoute))
  const all = [...refused, decided(organizationId, '13900000001'), decided(organizationId, '10086')]
  for (const decision of all) await stores.admission.append(decision)
  await stores.records.append(aRecord({ organizationId, memberId: newId() }, { dialled: NUMBER, callerId: OTHER }))
  const { rows } = await owner.query(
    `SELECT to_jsonb(decision) - 'at' AS said FROM decision WHERE organization_id = $1 UNION ALL
     SELECT to_jsonb(record) FROM record WHERE organization_id = $1 UNION ALL SELECT body FROM fact WHERE kind = 'destination'`,
    [organizationId],
  )
  expect(rows.length).toBeGreaterThan(all.length)
  expect(JSON.stringify(rows)).not.toMatch(/39000000|4711/)
  for (const one of all) expect(await stores.admission.ofCall(organizationId, one.attempt.callId)).toEqual(one)
  const listed = await stores.admission.list({ ...anyDecision, organizationId })
  for (const { id, attempt, admission } of all) {
    const shown = listed.find((each) => each.id === id)
    expect(shown).toEqual({ id, attempt, admission: admission.admitted ? { admitted: true } : admission })
  }
})

test('an erased number is nowhere, in whatever way it was written; what was decided stays and is judged the same', async () => {
  const [organizationId, other] = [newId<'organization'>(), newId<'organization'>()]
  const all = WRITINGS.flatMap((text) => [decided(organizationId, text), decided(organizationId, text, noRoute)])
  const kept = [decided(organizationId, OTHER), decided(organizationId, '10086'), decided(other, NUMBER)]
  for (const decision of [...all, ...kept]) await stores.admission.append(decision)
  const who = { organizationId, memberId: newId<'member'>() }
  const [record, beside] = [aRecord(who, { dialled: NUMBER, callerId: OTHER }), aRecord(who, { dialled: OTHER })]
  for (const one of [record, beside]) await stores.records.append(one)
  const before = await recheck(stores.admission)

  expect(await erase(organizationId)).toEqual({ numbers: 4, calls: 0, unfinished: 0 })

  expect((await numbersOf(organizationId)).filter((text) => text !== null).toSorted()).toEqual(
    [OTHER, '10086', '1390000000'].toSorted(),
  )
  const shown = await stores.admission.list({ ...anyDecision, organizationId })
  expect(shown).toHaveLength(all.length + 2)
  expect(JSON.stringify(shown)).not.toMatch(/13900000001/)
  expect(shown.filter(({ attempt }) => attempt.dialled === '')).toHaveLength(10)
  expect(await stores.records.ofCall(organizationId, record.callId)).toEqual({ ...record, dialled: '' })
  expect(await recheck(stores.admission, 5)).toEqual({ decisions: before.decisions, exceptions: [] })
  // Nobody else's, and no other number.
  for (const one of kept)
    expect(await stores.admission.ofCall(one.attempt.organizationId, one.attempt.callId)).toEqual(one)
  const find = async (number: string) => [
    (await stores.records.list({ ...anyRecord, organizationId, number })).length,
    (await stores.admission.list({ ...anyDecision, organizationId, number })).filter(
      ({ attempt }) => attempt.dialled !== '1390000000',
    ).length,
  ]
  expect(await find('13900000001')).toEqual([0, 0])
  expect(await find(OTHER)).toEqual([1, 1])
  expect(await erase(organizationId)).toMatchObject({ numbers: 0 })

  const { rows } = await owner.query(
    `SELECT actor, action, detail FROM audit WHERE organization_id = $1 ORDER BY seq`,
    [organizationId],
  )
  expect(rows[0]).toEqual({
    actor: 'operator',
    action: 'number.erased',
    detail: { numbers: 4, calls: 0, unfinished: 0 },
  })
  expect(JSON.stringify(rows)).not.toContain('139')
})

test('of a call that is over nothing has it any more; one that goes on is not blanked, and its record has it', async () => {
  const subscriber = await subscribe(stores)
  const { organization } = subscriber
  const placed: { readonly call: Call; readonly parties: readonly StoredParty[] }[] = []
  for (const at of [noon, later(noon, 1), later(noon, 2), later(noon, 3), later(noon, 4)]) {
    const attempt = anAttempt(subscriber, { at, callId: newId<'call'>() })
    const world = (await stores.admission.loadWorld(attempt, {}))!
    const call = aCall(attempt)
    const parties = someParties(call)
    await stores.calls.place({ call, parties }, { id: newId(), attempt, world, admission: admit(attempt, world) })
    placed.push({ call, parties })
  }
  const [over, live, unreadable, useless, going] = placed
  const end = async ({ call, parties }: (typeof placed)[number]) => {
    await settleNothing(stores, parties)
    const state = { name: 'ended', answeredAt: null, endedAt: later(noon, 5), reason: 'busy' } as const
    await stores.calls.saveEnd({ ...call, state }, recordOf(call, state), 'system')
  }
  await end(over!)
  // One that nothing could be made of has no record, and is blanked itself.
  for (const { call } of [unreadable!, useless!]) await stores.calls.endUnreadable(call.id, later(noon, 5))
  await owner.query(`UPDATE call SET terms = 'null' WHERE id = ANY ($1)`, [[useless!.call.id, going!.call.id]])
  expect(await erase(organization.id)).toEqual({ numbers: 1, calls: 2, unfinished: 2 })
  const find = async (id: CallId) => (await stores.calls.find(organization.id, id))!
  for (const { call } of [over!, unreadable!]) {
    const blank = await find(call.id)
    expect(blank).toMatchObject({ dialled: '', callerNumber: callerNumberOf(call) })
    expect(JSON.stringify(blank)).not.toContain('139')
  }
  const rows = await owner.query(
    'SELECT to_jsonb(call), to_jsonb(party) FROM call JOIN party ON call_id = call.id WHERE call.id = ANY ($1)',
    [[unreadable!.call.id, useless!.call.id]],
  )
  expect(rows.rows).toHaveLength(4)
  expect(JSON.stringify(rows.rows)).not.toContain('1390')
  expect((await find(live!.call.id)).number).toBe(NUMBER)
  for (const one of [live!, going!]) await end(one)
  const dialled = async ({ call }: (typeof placed)[number]) =>
    (await stores.records.ofCall(organization.id, call.id))!.dialled
  expect([await dialled(over!), await dialled(live!)]).toEqual(['', NUMBER])
  expect(await erase(organization.id)).toEqual({ numbers: 1, calls: 0, unfinished: 0 })
  expect([await dialled(live!), (await find(live!.call.id)).dialled]).toEqual(['', ''])
})

test('who erases a number and who writes it in another way wait for each other: no writing of it is left', async () => {
  const organizationId = newId<'organization'>()
  const other = new pg.Client({ connectionString: opened.database.ownerUrl })
  await other.connect()
  const write = (text: string) => other.query('SELECT number_id($1, $2, $3)', [organizationId, text, NUMBER])
  const call = () => owner.query('SELECT number_id($1, $2)', [organizationId, NUMBER])
  try {
    await call()
    await other.query('BEGIN')
    await write('139-0000-0001,,77')
    const erased = erase(organizationId)
    await isWaiting()
    await other.query('COMMIT')
    expect(await erased).toEqual({ numbers: 2, calls: 0, unfinished: 0 })

    await call()
    await owner.query('BEGIN')
    await owner.query(`SELECT erase_number($1, $2, '13900000001', now(), 'operator')`, [organizationId, NUMBER])
    const written = write('139-0000-0001')
    await isWaiting()
    await owner.query('COMMIT')
    await written
    const { rows } = await owner.query(
      `SELECT number.text, target.text AS leads_to FROM number LEFT JOIN number AS target ON target.id = number.leads_to
        WHERE number.organization_id = $1 ORDER BY number.id`,
      [organizationId],
    )
    const gone = { text: null, leads_to: null }
    expect(rows).toEqual([
      gone,
      gone,
      gone,
      { text: NUMBER, leads_to: null },
      { text: '139-0000-0001', leads_to: NUMBER },
    ])
  } finally {
    await other.end()
  }
})

const isWaiting = () =>
  expect
    .poll(async () => (await owner.query('SELECT count(*)::int FROM pg_locks WHERE NOT granted')).rows[0].count, {
      timeout: 10_000,
    })
    .toBe(1)

test('a colleague is named by his id: his name is in no fact and no refusal, and is read as it is now', async () => {
  const organization = anOrganization()
  const callee = aMember(organization.id, { name: 'Wu Xiaolan' })
  await stores.directory.createOrganization(organization)
  await stores.directory.createMember(callee)
  const asleep = {
    id: callee.id,
    name: callee.name,
    isShielded: false,
    isNumberHidden: false,
    workingHours: { weekdays: [2], fromMinute: 660, untilMinute: 1080 },
  }
  const decision = decided(organization.id, NUMBER, { callee: asleep })
  expect(decision.admission).toMatchObject({ refusal: { code: 'callee-off-hours', name: 'Wu Xiaolan' } })
  await stores.admission.append(decision)
  const { rows } = await owner.query(
    `SELECT to_jsonb(decision) AS said FROM decision WHERE call_id = $1 UNION ALL
     SELECT body FROM fact WHERE id = (SELECT callee_fact FROM decision WHERE call_id = $1)`,
    [decision.attempt.callId],
  )
  expect(JSON.stringify(rows)).toContain(callee.id)
  expect(JSON.stringify(rows)).not.toContain('Wu')
  const read = () => stores.admission.ofCall(organization.id, decision.attempt.callId)
  expect(await read()).toEqual(decision)
  await owner.query(`UPDATE member SET name = '' WHERE id = $1`, [callee.id])
  expect(await read()).toMatchObject({ world: { callee: { name: '' } }, admission: { refusal: { name: '' } } })
  const [listed] = await stores.admission.list({ ...anyDecision, organizationId: organization.id })
  expect(listed!.admission).toMatchObject({ refusal: { code: 'callee-off-hours', name: '' } })
  expect((await recheck(stores.admission)).exceptions).toEqual([])
})

test('numbers are made and erased through what does both, and not by hand', async () => {
  const application = new pg.Client({ connectionString: opened.database.appUrl })
  await application.connect()
  try {
    for (const statement of ['UPDATE number SET text = NULL', 'DELETE FROM number', 'TRUNCATE number'])
      await expect(application.query(statement)).rejects.toThrow(/permission denied/)
  } finally {
    await application.end()
  }
})

const LEGS: CallRecord['legs'] = [
  {
    legId: newId(),
    kind: 'app',
    trunkId: null,
    carrierId: null,
    startedAt: noon,
    answeredAt: noon,
    endedAt: later(noon, 65_001),
    sipStatus: null,
    q850Cause: 16,
  },
  {
    legId: newId(),
    kind: 'phone-out',
    trunkId: newId(),
    carrierId: newId(),
    startedAt: later(noon, 1),
    answeredAt: null,
    endedAt: later(noon, 2),
    sipStatus: 486,
    q850Cause: null,
  },
]
const DRAWS: CallRecord['draws'] = [
  {
    legId: newId(),
    poolId: newId(),
    bucket: 'member',
    period: { from: noon, until: later(noon, 1) },
    usedMs: durationMs(60_000),
    ledgerSeqs: [3, 4],
  },
  {
    legId: newId(),
    poolId: newId(),
    bucket: 'organization',
    period: { from: noon, until: later(noon, 1) },
    usedMs: durationMs(1),
    ledgerSeqs: [],
  },
]

async function insertOld(from: pg.Client, one: CallRecord): Promise<void> {
  const at = (ms: number | null) => (ms === null ? null : new Date(ms))
  await from.query(`SELECT month_partition('record', $1)`, [at(one.placedAt)])
  await from.query(
    `INSERT INTO record (id, call_id, organization_id, member_id, kind, mode, path, caller_id, dialled, placed_at, answered_at, ended_at, end_reason,
      plan_version_id, rated_ms, overrun_ms, legs, draws) VALUES ($1, $2, $3, $4, 'business', 'direct', 'ip-telephony', $5, $6, $7, $8, $9, $10, $11, $12, 0, $13, $14)`,
    [
      one.id,
      one.callId,
      one.organizationId,
      one.memberId,
      one.callerId,
      one.dialled,
      at(one.placedAt),
      at(one.answeredAt),
      at(one.endedAt),
      one.endReason,
      one.planVersionId,
      one.ratedMs,
      JSON.stringify(one.legs),
      JSON.stringify(one.draws),
    ],
  )
  const { partyId, role, memberId } = one.parties[0]!
  await from.query('INSERT INTO record_party VALUES ($1, $2, $3, $4, $5)', [
    at(one.placedAt),
    one.id,
    memberId,
    partyId,
    role,
  ])
}

test('records of the release before have the same numbers, legs and draws', async () => {
  const database: TestDatabase = await bareDatabase()
  await migrate(database.ownerUrl, '0033-months')
  const before = new pg.Client({ connectionString: database.ownerUrl })
  await before.connect()
  const again = await openStores(database)
  try {
    const who = { organizationId: newId<'organization'>(), memberId: newId<'member'>() }
    const all = [
      aRecord(who, { dialled: NUMBER, callerId: OTHER, legs: LEGS, draws: DRAWS }),
      aRecord(who, { dialled: '10086', placedAt: later(noon, -40 * 86_400_000) }),
      aRecord(who, { dialled: OTHER, placedAt: later(noon, 1) }),
    ]
    for (const one of all) await insertOld(before, one)
    await migrate(database.ownerUrl)
    for (const one of all) expect(await again.records.ofCall(who.organizationId, one.callId)).toEqual(one)
    const found = await again.records.list({ ...anyRecord, ...who, number: '0000002' })
    expect(found).toEqual([all[2]])
    await again.records.append(all[0]!)
    expect(await again.records.list({ ...anyRecord, ...who })).toEqual([all[2], all[0], all[1]])
  } finally {
    await again.close()
    await before.end()
    await database.drop()
  }
})
