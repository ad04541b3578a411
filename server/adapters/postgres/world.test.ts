import { admit, type Refusal } from '#admission'
import { emergencyPlanOf } from '#carriers'
import { RULE_TABLES, type Licence } from '#compliance'
import type { Organization } from '#directory'
import { memberMonthOf } from '#entitlements'
import { type CallId, durationMs, later, monthOf, newId } from '#kernel'
import type { CallRecord } from '#records'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Stores } from './index.ts'
import {
  aCall,
  aDecision,
  aMember,
  anAttempt,
  anOrganization,
  aTrunk,
  beijing,
  e164,
  minute,
  noon,
  poolsOf,
  recordOf,
  subscribe,
  settleNothing,
  someParties,
} from './testing-nouns.ts'
import { openTestStores, type TestStores } from './testing-stores.ts'

let opened: TestStores
let stores: Stores
beforeAll(async () => {
  opened = await openTestStores()
  stores = opened.stores
})
afterAll(() => opened.close())

/** An organization, a carrier and all that can be known of them. */
async function furnish() {
  const { organization, member } = await subscribe(stores, {
    member: { tags: ['night'], limits: { mayCall: null, monthlyMs: durationMs(minute) } },
  })
  const organizationId = organization.id
  const number = e164('8613900000001')
  const workingHours = { weekdays: [1], fromMinute: 540, untilMinute: 1080 }
  const callee = aMember(organizationId, { name: 'Wu', phone: number, workingHours })
  await stores.directory.createMember(callee)
  await stores.directory.saveContact(organizationId, { memberId: member.id, name: 'Wu', number })
  const proof = { proof: 'contract', validFrom: noon, validUntil: null, isDefault: true }
  const right = { number: e164('861050000000'), organizationId, ...proof }
  await stores.carriers.createNumberRight(right)
  const carrier = { id: newId<'carrier'>(), name: 'carrier' }
  await stores.carriers.createCarrier(carrier)
  const first = aTrunk(carrier.id, { priority: 1 })
  const second = aTrunk(carrier.id, { priority: 2, zones: ['domestic'] })
  for (const trunk of [second, first]) await stores.carriers.createTrunk(trunk)
  const licence: Licence = {
    id: newId<'licence'>(),
    kind: 'ip-telephony',
    number: 'A',
    holder: { kind: 'carrier', carrierId: carrier.id },
    jurisdiction: 'cn',
    validFrom: '2026-01-01',
    validUntil: '2026-12-31',
    agreement: null,
  }
  await stores.licences.createLicence(licence)
  return { organization, member, number, callee, workingHours, right, carrier, first, second, licence }
}

/** Its code is of no account to a call. */
const factsOf = ({ code: _, ...facts }: Organization): Omit<Organization, 'code'> => facts

test('the world of an attempt has every fact, in the words of the domain', async () => {
  const { organization, member, first, second, ...known } = await furnish()
  const limits = { mayCall: null, monthlyMs: minute }
  const trunk = { carrierId: known.carrier.id, standing: 'active' }
  const world = await stores.admission.loadWorld(anAttempt({ organization, member }), { [second.id]: 'down' })
  const owner = { organizationId: organization.id, memberId: member.id }
  const [mine, everybodys] = await stores.entitlements.openPools(owner, { at: noon })
  expect(world).toEqual({
    organization: factsOf(organization),
    caller: { id: member.id, standing: 'active', isShielded: false, tags: ['night'], limits },
    departmentLimits: [],
    callee: {
      id: known.callee.id,
      name: 'Wu',
      isShielded: false,
      isNumberHidden: false,
      workingHours: known.workingHours,
    },
    isSavedContact: true,
    usedThisMonthMs: 0,
    licences: [known.licence],
    numberRights: [known.right],
    planVersion: await stores.entitlements.planVersionAt(organization.id, noon),
    pools: [
      { id: mine!.id, bucket: 'member', freeMs: 10 * minute },
      { id: everybodys!.id, bucket: 'organization', freeMs: 1_000 * minute },
    ],
    periodEndsAt: monthOf(noon, beijing).until,
    unconnected: { count: 0, sinceAt: null },
    typedInVain: { hour: { count: 0, sinceAt: null }, day: { count: 0, sinceAt: null } },
    liveCalls: { member: 0, organization: 0 },
    trunks: [
      { ...trunk, id: first.id, priority: 1, zones: [], reachability: 'unknown' },
      { ...trunk, id: second.id, priority: 2, zones: ['domestic'], reachability: 'down' },
    ],
    destination: { kind: 'number', zone: 'domestic', number: known.number, country: 'CN' },
    tables: { law: RULE_TABLES.cn, emergency: emergencyPlanOf('CN') },
  })
  expect(JSON.stringify(world)).not.toContain('secret')
})

test('a world has the facts that it names: a column that comes later is in none', async () => {
  const subscriber = await subscribe(stores)
  const owner = new pg.Client({ connectionString: opened.database.ownerUrl })
  await owner.connect()
  try {
    await owner.query("ALTER TABLE organization ADD COLUMN later text DEFAULT 'x'")
    await owner.query("ALTER TABLE department ADD COLUMN later text DEFAULT 'x'")
    expect((await stores.admission.loadWorld(anAttempt(subscriber), {}))?.organization).toEqual(
      factsOf(subscriber.organization),
    )
    expect(await stores.directory.organization(subscriber.organization.id)).toEqual(subscriber.organization)
    expect(await stores.directory.organizations()).toContainEqual(subscriber.organization)
  } finally {
    await owner.query('ALTER TABLE organization DROP COLUMN later')
    await owner.query('ALTER TABLE department DROP COLUMN later')
    await owner.end()
  }
})

test('a decision over the stored world is the same, years later', async () => {
  const subscriber = await subscribe(stores)
  const attempt = anAttempt(subscriber)
  const world = (await stores.admission.loadWorld(attempt, {}))!
  const decision = { id: newId<'decision'>(), attempt, world, admission: admit(attempt, world) }
  await stores.admission.append(decision)
  const stored = (await stores.admission.ofCall(attempt.organizationId, attempt.callId))!
  expect(stored).toEqual(decision)
  expect(admit(stored.attempt, stored.world)).toEqual(decision.admission)
})

test('limits come from every department of the caller up to the root', async () => {
  const { organization } = await subscribe(stores)
  const limits = (minutes: number | null) => ({
    mayCall: null,
    monthlyMs: minutes === null ? null : durationMs(minutes * minute),
  })
  const department = async (
    parent: { id: ReturnType<typeof newId<'department'>>; depth: number } | null,
    minutes: number | null,
  ) => {
    const made = {
      id: newId<'department'>(),
      organizationId: organization.id,
      parentId: parent?.id ?? null,
      name: 'd',
      depth: parent === null ? 0 : parent.depth + 1,
      limits: limits(minutes),
    }
    await stores.directory.createDepartment(made)
    return made
  }
  const root = await department(null, 1)
  const [left, right] = [await department(root, 2), await department(root, 3)]
  const leaf = await department(left, 4)
  await department(right, 5)
  const member = aMember(organization.id, { departmentIds: [leaf.id, right.id] })
  await stores.directory.createMember(member)
  const world = await stores.admission.loadWorld(anAttempt({ organization, member }), {})
  expect(
    world?.departmentLimits.map(({ depth, limits: { monthlyMs } }) => [depth, monthlyMs! / minute]).toSorted(),
  ).toEqual([
    [0, 1],
    [1, 2],
    [1, 3],
    [2, 4],
  ])
})

test('counts what the ledger used and holds for the caller in this month', async () => {
  const subscriber = await subscribe(stores)
  const { organization, member } = subscriber
  const usedMs = async () => (await stores.admission.loadWorld(anAttempt(subscriber), {}))?.usedThisMonthMs
  const before = await usedMs()
  const cap = { ...memberMonthOf(member.id, monthOf(noon, beijing).until), limitMs: null }
  const owner = { organizationId: organization.id, memberId: member.id }
  const reserve = { at: noon, wantMs: durationMs(3 * minute), firstIncrementMs: durationMs(minute) }
  const legId = newId<'leg'>()
  const [pool] = await stores.entitlements.openPools(owner, { at: noon })
  const rest = { ...reserve, legId, poolIds: [pool!.id], incrementMs: durationMs(minute) }
  await stores.ledger.reserve({ ...rest, operationId: newId(), cap })
  // Of another month, and of somebody else.
  const lastMonth = { ...cap, ...memberMonthOf(member.id, monthOf(noon, beijing).from) }
  await stores.ledger.reserve({ ...rest, legId: newId(), operationId: newId(), cap: lastMonth })
  await stores.ledger.reserve({ ...rest, legId: newId(), operationId: newId(), cap: { ...cap, memberId: newId() } })
  const during = await usedMs()
  await stores.ledger.settle({ operationId: newId(), legId, ratedMs: durationMs(minute), at: noon })
  expect([before, during, await usedMs()]).toEqual([0, 3 * minute, minute])
})

test('counts live calls, and what is reserved is not free', async () => {
  const subscriber = await subscribe(stores)
  const attempt = anAttempt(subscriber)
  const world = (await stores.admission.loadWorld(attempt, {}))!
  const call = aCall(attempt)
  const parties = someParties(call)
  await stores.calls.place({ call, parties }, aDecision(attempt, world))
  const [pool] = await stores.entitlements.openPools(
    { organizationId: attempt.organizationId, memberId: attempt.callerId },
    { at: noon },
  )
  await stores.ledger.reserve({
    operationId: newId(),
    legId: newId(),
    poolIds: [pool!.id],
    wantMs: durationMs(minute),
    firstIncrementMs: durationMs(minute),
    incrementMs: durationMs(minute),
    cap: null,
    at: noon,
  })
  const later = (await stores.admission.loadWorld(anAttempt(subscriber), {}))!
  expect([later.liveCalls, later.pools[0]]).toEqual([
    { member: 1, organization: 1 },
    { id: pool!.id, bucket: 'member', freeMs: 9 * minute },
  ])
  const state = { name: 'ended', answeredAt: null, endedAt: noon, reason: 'abandoned' } as const
  await settleNothing(stores, parties)
  await stores.calls.saveEnd({ ...call, state }, recordOf(call, state), 'system')
  expect((await stores.admission.loadWorld(anAttempt(subscriber), {}))?.liveCalls).toEqual({
    member: 0,
    organization: 0,
  })
})

test('has the pools that the leg to whom is called draws, and makes no other', async () => {
  const draws = { initiator: ['member'], participant: ['organization'] } as const
  const subscriber = await subscribe(stores, { terms: { draws } })
  const world = await stores.admission.loadWorld(anAttempt(subscriber), {})
  expect(world?.pools.map(({ bucket }) => bucket)).toEqual(['organization'])
  expect((await poolsOf(stores, subscriber.organization.id)).map(({ bucket }) => bucket)).toEqual(['organization'])
})

test('has nothing of another organization, and is nothing for a stranger', async () => {
  const [ours, theirs] = [await subscribe(stores), await subscribe(stores)]
  await stores.directory.createMember(aMember(theirs.organization.id, { phone: e164('8613900000009') }))
  await stores.carriers.createNumberRight({
    number: e164('861050007777'),
    organizationId: theirs.organization.id,
    proof: 'x',
    validFrom: noon,
    validUntil: null,
    isDefault: true,
  })
  const world = await stores.admission.loadWorld(anAttempt(ours, { dialled: '+8613900000009' }), {})
  expect([world?.callee, world?.numberRights]).toEqual([null, []])
  expect(await stores.admission.loadWorld(anAttempt(ours, { callerId: theirs.member.id }), {})).toBeUndefined()
  expect(await stores.admission.loadWorld(anAttempt(ours, { organizationId: newId() }), {})).toBeUndefined()
})

test('a service code has no callee; an organization without a plan has no pools', async () => {
  const subscriber = await subscribe(stores)
  expect((await stores.admission.loadWorld(anAttempt(subscriber, { dialled: '10086' }), {}))?.callee).toBeNull()
  const organization = anOrganization()
  const member = aMember(organization.id)
  await stores.directory.createOrganization(organization)
  await stores.directory.createMember(member)
  const world = await stores.admission.loadWorld(anAttempt({ organization, member }), {})
  expect([world?.planVersion, world?.pools]).toEqual([null, []])
})

test('wishes to call that led to no conversation are counted for a minute, calls for help and what was refused for them not', async () => {
  const subscriber = await subscribe(stores)
  const world = (await stores.admission.loadWorld(anAttempt(subscriber), {}))!
  const decide = async (secondsAgo: number, code: 'number-invalid' | 'emergency-number' | 'too-many-attempts') => {
    const attempt = anAttempt(subscriber, { at: later(noon, -secondsAgo * 1000), callId: newId() })
    const decision = aDecision(attempt, world)
    const refusal = { code, dialled: '123' } as never
    await stores.admission.append({ ...decision, admission: { admitted: false, refusal, alternatives: [] } })
  }
  await decide(61, 'number-invalid')
  await decide(59, 'number-invalid')
  await decide(30, 'number-invalid')
  await decide(20, 'emergency-number')
  await decide(10, 'too-many-attempts')
  // Conversations are none, whether they are over or go on.
  for (const isOver of [true, false]) {
    const attempt = anAttempt(subscriber, { at: later(noon, -40_000), callId: newId() })
    const call = aCall(attempt)
    const parties = someParties(call)
    await stores.calls.place({ call, parties }, { ...aDecision(attempt, world), admission: admit(attempt, world) })
    const answeredAt = later(noon, -39_000)
    const talking = { ...call, state: { name: 'connected', answeredAt, isOnHold: false } } as const
    await stores.calls.saveProgress({ call: talking, parties: [], legs: [] })
    if (!isOver) continue
    await settleNothing(stores, parties)
    const state = { name: 'ended', answeredAt, endedAt: noon, reason: 'hangup-caller' } as const
    await stores.calls.saveEnd({ ...call, state }, recordOf(call, state), 'system')
  }
  const unconnected = (await stores.admission.loadWorld(anAttempt(subscriber), {}))?.unconnected
  expect(unconnected).toEqual({ count: 2, sinceAt: noon - 59_000 })
})

test('a number is hidden from colleagues, not from administrators and its owner; who shares it may be known', async () => {
  const { organization, member } = await subscribe(stores)
  const phone = e164('8613900000001')
  const shy = aMember(organization.id, { name: 'Wu', phone, isNumberHidden: true })
  const boss = aMember(organization.id, { role: 'administrator' })
  for (const each of [shy, boss]) await stores.directory.createMember(each)
  const calleeOf = async (caller: typeof member) =>
    (await stores.admission.loadWorld(anAttempt({ organization, member: caller }), {}))?.callee
  const hiddenFrom = async () =>
    Promise.all([member, boss, shy].map(async (caller) => (await calleeOf(caller))?.isNumberHidden))
  expect(await hiddenFrom()).toEqual([true, false, false])
  await stores.directory.createMember(aMember(organization.id, { name: 'Office', phone }))
  expect(await calleeOf(member)).toMatchObject({ name: 'Office', isNumberHidden: false })
})

test('numbers that were typed in vain are counted for an hour and a day, each once, by its last try', async () => {
  const subscriber = await subscribe(stores)
  const world = (await stores.admission.loadWorld(anAttempt(subscriber), {}))!
  const tried = (minutesAgo: number, number: number, to: { calleeId?: ReturnType<typeof newId<'member'>> } = {}) =>
    anAttempt(subscriber, {
      at: later(noon, -minutesAgo * minute),
      callId: newId(),
      dialled: `+86 1390 0000 ${number}`,
      ...to,
    })
  const refuse = async (attempt: ReturnType<typeof tried>, code: Refusal['code'] = 'callee-shielded') => {
    const admission = { admitted: false, refusal: { code } as Refusal, alternatives: [] } as const
    await stores.admission.append({ ...aDecision(attempt, world), admission })
  }
  const call = async (
    attempt: ReturnType<typeof tried>,
    seconds: number,
    how: Partial<Pick<CallRecord, 'answeredAt'>> & { reason?: CallRecord['endReason'] } = {},
  ) => {
    const endedAt = later(attempt.at, seconds * 1000)
    const state = { name: 'ended', answeredAt: null, endedAt, reason: 'hangup-caller', ...how } as const
    const call = aCall(attempt)
    const parties = someParties(call)
    await stores.calls.place({ call, parties }, { ...aDecision(attempt, world), admission: admit(attempt, world) })
    await settleNothing(stores, parties)
    await stores.calls.saveEnd({ ...call, state }, recordOf(call, state), 'system')
  }
  await refuse(tried(24 * 60, 1000))
  await refuse(tried(24 * 60 - 1, 1001))
  await refuse(tried(60, 1002))
  await refuse(tried(59, 1003))
  await refuse(tried(50, 1003), 'callee-off-hours')
  await call(tried(40, 1004), 14)
  const last = tried(35, 1005)
  await call(last, 20, { reason: 'abandoned' })
  // None of these: it rang, was answered, was for a colleague, or would have been refused whatever the number.
  await call(tried(30, 1006), 15)
  await call(tried(30, 1007), 5, { answeredAt: later(noon, -30 * minute + 1000) })
  await refuse(tried(30, 1008, { calleeId: newId() }))
  for (const code of ['callee-not-colleague', 'number-invalid', 'too-many-attempts'] as const)
    await refuse(tried(20, 1009), code)
  const day = { count: 5, sinceAt: later(noon, -(24 * 60 - 1) * minute) }
  const countedWithout = async (inWork: CallId[]) =>
    (await stores.admission.loadWorld(anAttempt(subscriber), {}, inWork))?.typedInVain
  expect(await countedWithout([])).toEqual({ hour: { count: 3, sinceAt: later(noon, -50 * minute) }, day })
  expect(await countedWithout([last.callId])).toMatchObject({ hour: { count: 2 }, day: { count: 4 } })
})
