import { durationMs, type Instant, instant, later, newId, type OrganizationId, parseZone } from '#kernel'
import { drawsByUse, offerFor, type PoolOwner, type PoolsSought } from '#entitlements'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Stores } from './index.ts'
import { aMember, anAttempt, anOrganization, minute, noon, poolsOf, subscribe, terms } from './testing-nouns.ts'
import { openTestStores, type TestStores } from './testing-stores.ts'

let opened: TestStores
let stores: Stores
beforeAll(async () => {
  opened = await openTestStores()
  stores = opened.stores
})
afterAll(() => opened.close())

const utc = (text: string): Instant => instant(Date.parse(text))

test('plans: two versions of a plan can’t begin at the same instant; names are unique', async () => {
  const plan = { id: newId<'plan'>(), name: 'basic' }
  expect((await stores.entitlements.createPlan(plan)).ok).toBe(true)
  expect(await stores.entitlements.createPlan({ id: newId(), name: 'basic' })).toEqual({
    ok: false,
    refusal: { code: 'name-taken' },
  })
  const version = { id: newId<'plan-version'>(), planId: plan.id, effectiveFrom: noon, terms: terms() }
  expect(await stores.entitlements.createPlanVersion(version)).toEqual({ ok: true, value: version })
  expect(await stores.entitlements.createPlanVersion({ ...version, id: newId() })).toEqual({
    ok: false,
    refusal: { code: 'instant-taken' },
  })
  expect(await stores.entitlements.createPlanVersion({ ...version, id: newId(), planId: newId() })).toEqual({
    ok: false,
    refusal: { code: 'plan-unknown' },
  })
  expect(await stores.entitlements.planVersions(plan.id)).toEqual([version])
})

test('plans: subscriptions of an organization follow one another and never overlap', async () => {
  const organization = anOrganization()
  await stores.directory.createOrganization(organization)
  const plan = { id: newId<'plan'>(), name: newId<'plan'>() as string }
  await stores.entitlements.createPlan(plan)
  const first = {
    id: newId<'subscription'>(),
    organizationId: organization.id,
    planId: plan.id,
    from: noon,
    until: later(noon, 1_000),
    seats: 5,
  }
  const open = { ...first, id: newId<'subscription'>(), from: later(noon, 1_000), until: null }
  expect((await stores.entitlements.createSubscription(first)).ok).toBe(true)
  expect(await stores.entitlements.createSubscription({ ...open, id: newId(), from: later(noon, 999) })).toEqual({
    ok: false,
    refusal: { code: 'overlaps' },
  })
  expect((await stores.entitlements.createSubscription(open)).ok).toBe(true)
  expect(await stores.entitlements.subscriptions(organization.id)).toEqual([first, open])
  expect(
    await stores.entitlements.createSubscription({
      ...open,
      id: newId(),
      organizationId: organization.id,
      planId: newId(),
      from: utc('2020-01-01Z'),
      until: utc('2020-01-02Z'),
    }),
  ).toEqual({ ok: false, refusal: { code: 'plan-unknown' } })
})

test('plans: the version in force is the latest that has begun, its instant included', async () => {
  const { organization } = await subscribe(stores)
  const [subscription] = await stores.entitlements.subscriptions(organization.id)
  const next = {
    id: newId<'plan-version'>(),
    planId: subscription!.planId,
    effectiveFrom: noon,
    terms: terms({ draws: drawsByUse(['organization']) }),
  }
  await stores.entitlements.createPlanVersion(next)
  expect((await stores.entitlements.planVersionAt(organization.id, later(noon, -1)))?.effectiveFrom).toBe(0)
  expect(await stores.entitlements.planVersionAt(organization.id, noon)).toEqual(next)
  expect(await stores.entitlements.planVersionAt(newId(), noon)).toBeUndefined()
})

test('a month’s pools are made at their first use, in drawing order, each with its grant in the ledger', async () => {
  const { organization, member } = await subscribe(stores)
  const owner = { organizationId: organization.id, memberId: member.id }
  const pools = await stores.entitlements.openPools(owner, { at: noon })
  expect(pools.map(({ bucket, memberId, grantedMs, seq }) => ({ bucket, memberId, grantedMs, seq }))).toEqual([
    { bucket: 'member', memberId: member.id, grantedMs: 10 * minute, seq: 1 },
    { bucket: 'organization', memberId: null, grantedMs: 1_000 * minute, seq: 1 },
  ])
  const [entry] = await stores.entitlements.ledger({
    organizationId: organization.id,
    poolId: pools[1]!.id,
    page: { after: null, limit: 10 },
  })
  expect(entry).toMatchObject({ seq: 1, kind: 'grant', grantedDeltaMs: 1_000 * minute, actor: 'system', at: noon })
  expect(await stores.entitlements.openPools(owner, { at: later(noon, minute) })).toEqual(pools)
})

test('a month’s pools are made once, however many come first at the same time', async () => {
  const { organization, member } = await subscribe(stores)
  const owner = { organizationId: organization.id, memberId: member.id }
  const all = await Promise.all(Array.from({ length: 20 }, () => stores.entitlements.openPools(owner, { at: noon })))
  expect(new Set(all.map((pools) => JSON.stringify(pools.map(({ id, grantedMs }) => [id, grantedMs])))).size).toBe(1)
  expect((await poolsOf(stores, organization.id)).map(({ grantedMs, seq }) => [grantedMs, seq])).toEqual(
    expect.arrayContaining([
      [10 * minute, 1],
      [1_000 * minute, 1],
    ]),
  )
})

test('a month’s pools: a grant of zero is no pool', async () => {
  const { organization, member } = await subscribe(stores, {
    terms: { monthlyGrant: { memberMs: durationMs(0), organizationMs: durationMs(minute) } },
  })
  const pools = await stores.entitlements.openPools(
    { organizationId: organization.id, memberId: member.id },
    { at: noon },
  )
  expect(pools.map(({ bucket }) => bucket)).toEqual(['organization'])
})

test.each([
  { zone: 'Asia/Shanghai', at: '2026-11-30T15:59:59.999Z', from: '2026-10-31T16:00Z', until: '2026-11-30T16:00Z' },
  { zone: 'Asia/Shanghai', at: '2026-11-30T16:00:00.000Z', from: '2026-11-30T16:00Z', until: '2026-12-31T16:00Z' },
  { zone: 'Europe/Berlin', at: '2026-03-31T21:59:59.999Z', from: '2026-02-28T23:00Z', until: '2026-03-31T22:00Z' },
  { zone: 'Europe/Berlin', at: '2026-10-25T01:30:00.000Z', from: '2026-09-30T22:00Z', until: '2026-10-31T23:00Z' },
  { zone: 'Asia/Shanghai', at: '2028-02-29T15:00:00.000Z', from: '2028-01-31T16:00Z', until: '2028-02-29T16:00Z' },
])('a month’s pools: $zone at $at: from $from until $until', async ({ zone, at, from, until }) => {
  const { organization, member } = await subscribe(stores, { organization: { zone: parseZone(zone)! } })
  const [pool] = await stores.entitlements.openPools(
    { organizationId: organization.id, memberId: member.id },
    { at: utc(at) },
  )
  expect(pool?.period).toEqual({ from: utc(from), until: utc(until) })
})

test('a month’s pools: the next month has pools of its own, and the old ones stay as they were', async () => {
  const { organization, member } = await subscribe(stores)
  const owner = { organizationId: organization.id, memberId: member.id }
  const before = await stores.entitlements.openPools(owner, { at: utc('2026-11-30T15:59:59.999Z') })
  const after = await stores.entitlements.openPools(owner, { at: utc('2026-11-30T16:00Z') })
  expect(after.map(({ grantedMs }) => grantedMs)).toEqual(before.map(({ grantedMs }) => grantedMs))
  expect(await poolsOf(stores, organization.id)).toHaveLength(4)
  expect(await stores.entitlements.openPools(owner, { at: noon })).toEqual(before)
})

test('a month’s pools: a call that talks past the end of its subscription opens them by its own terms', async () => {
  const { organization, member } = await subscribe(stores, { until: later(noon, minute) })
  const owner = { organizationId: organization.id, memberId: member.id }
  const next = utc('2026-12-15Z')
  expect(await stores.entitlements.openPools(owner, { at: next })).toEqual([])
  const pools = await stores.entitlements.openPools(owner, { at: next, offer: offerFor(terms(), 'participant') })
  expect(pools.map(({ bucket, grantedMs }) => [bucket, grantedMs])).toEqual([
    ['member', 10 * minute],
    ['organization', 1_000 * minute],
  ])
})

test('a month’s pools: a call’s own draws count, whatever the version in force says by now', async () => {
  const { organization, member } = await subscribe(stores)
  const [subscription] = await stores.entitlements.subscriptions(organization.id)
  await stores.entitlements.createPlanVersion({
    id: newId(),
    planId: subscription!.planId,
    effectiveFrom: noon,
    terms: terms({
      draws: drawsByUse(['organization']),
      monthlyGrant: { memberMs: durationMs(0), organizationMs: durationMs(2_000 * minute) },
    }),
  })
  const owner = { organizationId: organization.id, memberId: member.id }
  const bucketsOf = (pools: readonly { readonly bucket: string; readonly grantedMs: number }[]) =>
    pools.map(({ bucket, grantedMs }) => [bucket, grantedMs / minute])
  expect(
    bucketsOf(await stores.entitlements.openPools(owner, { at: noon, offer: offerFor(terms(), 'participant') })),
  ).toEqual([
    ['member', 10],
    ['organization', 2_000],
  ])
  expect(bucketsOf(await stores.entitlements.openPools(owner, { at: noon }))).toEqual([['organization', 2_000]])
})

test('a leg draws by its use; a month is granted by what legs of any use draw by the version in force', async () => {
  const draws = { initiator: ['member'], participant: ['organization'] } as const
  const { organization, member } = await subscribe(stores, { terms: { draws } })
  const owner = { organizationId: organization.id, memberId: member.id }
  const monthlyGrant = { memberMs: durationMs(77 * minute), organizationMs: durationMs(88 * minute) }
  const pinned = terms({ draws: drawsByUse(['member', 'organization']), monthlyGrant })
  const granted = async (sought: PoolsSought) =>
    (await stores.entitlements.openPools(owner, sought)).map(({ bucket, grantedMs }) => [bucket, grantedMs / minute])
  expect(await granted({ at: noon })).toEqual([['organization', 1_000]])
  expect(await poolsOf(stores, organization.id)).toHaveLength(1)
  expect(await granted({ at: noon, offer: offerFor(pinned, 'participant') })).toEqual([
    ['member', 10],
    ['organization', 1_000],
  ])
  expect(await granted({ at: noon, offer: offerFor(terms({ draws }), 'initiator') })).toEqual([['member', 10]])
})

describe('seats', () => {
  const nextMember = async (organizationId: OrganizationId) => {
    const member = aMember(organizationId)
    await stores.directory.createMember(member)
    return { organizationId, memberId: member.id }
  }
  const hasOwn = async (owner: PoolOwner, at = noon) =>
    (await stores.entitlements.openPools(owner, { at })).some(({ bucket }) => bucket === 'member')

  test('who comes after the last seat has the organization’s pool, until the operator raises them or the month ends', async () => {
    const { organization, member } = await subscribe(stores, { seats: 1 })
    const [first, late] = [{ organizationId: organization.id, memberId: member.id }, await nextMember(organization.id)]
    expect([await hasOwn(first), await hasOwn(late), await hasOwn(first)]).toEqual([true, false, true])
    expect((await stores.entitlements.openPools(late, { at: noon })).map(({ bucket }) => bucket)).toEqual([
      'organization',
    ])
    const december = utc('2026-12-15Z')
    expect([await hasOwn(late, december), await hasOwn(first, december)]).toEqual([true, false])
    const [subscription] = await stores.entitlements.subscriptions(organization.id)
    expect(await stores.entitlements.changeSeats(subscription!.id, 2)).toEqual({
      before: subscription,
      after: { ...subscription, seats: 2 },
    })
    expect(await hasOwn(late)).toBe(true)
  })

  test('are no more in the month in which the organization moves to another zone', async () => {
    const { organization, member } = await subscribe(stores, { seats: 1 })
    const [first, late] = [{ organizationId: organization.id, memberId: member.id }, await nextMember(organization.id)]
    expect(await hasOwn(first)).toBe(true)
    await stores.directory.changeOrganization({ ...organization, zone: parseZone('Pacific/Kiritimati')! })
    expect([await hasOwn(late), await hasOwn(first)]).toEqual([false, true])
    const attempt = { organization, member: { ...member, id: late.memberId } }
    const world = await stores.admission.loadWorld(anAttempt(attempt), {})
    expect(world?.pools.map(({ bucket }) => bucket)).toEqual(['organization'])
  })

  test('twenty who come at once take three seats between them', async () => {
    const { organization } = await subscribe(stores, { seats: 3 })
    const owners = await Promise.all(Array.from({ length: 20 }, () => nextMember(organization.id)))
    const own = await Promise.all(owners.map((owner) => hasOwn(owner)))
    expect(own.filter(Boolean)).toHaveLength(3)
  })

  test('the world of a call without a seat has the organization’s pool alone', async () => {
    const { organization, member } = await subscribe(stores, { seats: 0 })
    const world = await stores.admission.loadWorld(anAttempt({ organization, member }), {})
    expect(world?.pools.map(({ bucket }) => bucket)).toEqual(['organization'])
  })
})

test('a grant by hand is applied once, and named in the ledger', async () => {
  const { organization, member } = await subscribe(stores)
  const [pool] = await stores.entitlements.openPools(
    { organizationId: organization.id, memberId: member.id },
    { at: noon },
  )
  const grant = {
    operationId: newId<'operation'>(),
    organizationId: organization.id,
    poolId: pool!.id,
    ms: durationMs(5 * minute),
    actor: 'member:x',
    note: 'goodwill',
    at: noon,
  }
  const answers = await Promise.all([stores.entitlements.grant(grant), stores.entitlements.grant(grant)])
  expect(answers.map((answer) => answer.ok && answer.value.pool.grantedMs)).toEqual([15 * minute, 15 * minute])
  const whose = { organizationId: organization.id, poolId: pool!.id }
  const [newest] = await stores.entitlements.ledger({ ...whose, page: { after: null, limit: 1 } })
  expect(answers.filter((answer) => answer.ok && answer.value.isRepeated)).toHaveLength(1)
  expect(newest).toMatchObject({
    seq: 2,
    kind: 'grant',
    grantedDeltaMs: 5 * minute,
    actor: 'member:x',
    note: 'goodwill',
  })
  const after = { key: 2, id: pool!.id }
  expect((await stores.entitlements.ledger({ ...whose, page: { after, limit: 1 } })).map(({ seq }) => seq)).toEqual([1])
})

test('a grant by hand and who gave it are written together or not at all', async () => {
  const { organization, member } = await subscribe(stores)
  const [pool] = await stores.entitlements.openPools(
    { organizationId: organization.id, memberId: member.id },
    { at: noon },
  )
  const organizationId = organization.id
  const ms = durationMs(minute)
  const grant = {
    operationId: newId<'operation'>(),
    organizationId,
    poolId: pool!.id,
    ms,
    actor: 'x',
    note: '',
    at: noon,
  }
  const entry = { at: noon, organizationId, actor: 'x', action: 'minutes.granted', subjectId: pool!.id }
  const work = stores.atomically(async (written) => {
    await written.entitlements.grant(grant)
    await written.audit.append({ ...entry, detail: { note: '\0 is no text for the database' } })
  })
  await expect(work).rejects.toThrow()
  const now = (await poolsOf(stores, organizationId)).find(({ id }) => id === pool!.id)
  expect(now).toEqual(pool)
})

test('a grant by hand to the pool of another organization finds no pool, and neither does its ledger', async () => {
  const [ours, theirs] = [await subscribe(stores), await subscribe(stores)]
  const [pool] = await stores.entitlements.openPools(
    { organizationId: ours.organization.id, memberId: ours.member.id },
    { at: noon },
  )
  const grant = {
    operationId: newId<'operation'>(),
    organizationId: theirs.organization.id,
    poolId: pool!.id,
    ms: durationMs(minute),
    actor: 'x',
    note: '',
    at: noon,
  }
  expect(await stores.entitlements.grant(grant)).toEqual({ ok: false, refusal: { code: 'pool-unknown' } })
  expect(
    await stores.entitlements.ledger({
      organizationId: theirs.organization.id,
      poolId: pool!.id,
      page: { after: null, limit: 10 },
    }),
  ).toEqual([])
  expect(await poolsOf(stores, theirs.organization.id)).toEqual([])
})

test('open holds are told by leg, until they are settled', async () => {
  const { organization, member } = await subscribe(stores)
  const pools = await stores.entitlements.openPools(
    { organizationId: organization.id, memberId: member.id },
    { at: noon },
  )
  const legId = newId<'leg'>()
  const slice = {
    operationId: newId<'operation'>(),
    legId,
    poolIds: pools.map(({ id }) => id),
    wantMs: durationMs(12 * minute),
    firstIncrementMs: durationMs(minute),
    incrementMs: durationMs(minute),
    cap: null,
    at: noon,
  }
  await stores.ledger.reserve(slice)
  expect(await stores.entitlements.openHolds()).toEqual([{ legId, heldMs: 12 * minute }])
  await stores.ledger.settle({ operationId: newId(), legId, ratedMs: durationMs(minute), at: noon })
  expect(await stores.entitlements.openHolds()).toEqual([])
})
