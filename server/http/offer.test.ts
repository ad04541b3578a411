import { afterAll, beforeAll, expect, test } from 'vitest'
import { openHouse, type House } from '../testing/house.ts'
import { foundOrganization, PASSWORD, PLAN_TERMS, signInAs, type Outsider } from '../testing/outsider.ts'

let house: House
let heron: Awaited<ReturnType<typeof foundOrganization>>
let operator: Outsider
let ann: Awaited<ReturnType<typeof signInAs>>
let bob: Awaited<ReturnType<typeof signInAs>>

beforeAll(async () => {
  house = await openHouse()
  heron = await foundOrganization(house, 'Heron')
  operator = heron.operator
  ann = await signInAs(house, 'heron-ann', PASSWORD)
  bob = await signInAs(house, 'heron-bob', PASSWORD)
})
afterAll(() => house.stop())

const NOBODY = '00000000-0000-7000-8000-000000000000'
const ids = () => ({ heron: heron.organization.id as string })

test('a version and a subscription begin now if nothing is said, or if it was said a moment ago', async () => {
  const plan = (await operator.post('/api/plans', { name: 'At once' })).body
  const before = Date.now()
  const { body: version } = await operator.post(`/api/plans/${plan.id}/versions`, {
    effectiveFrom: new Date(before - 30_000).toISOString(),
    terms: PLAN_TERMS,
  })
  const organization = await operator.post('/api/organizations', {
    name: 'At once',
    zone: 'Asia/Shanghai',
    country: 'CN',
    jurisdiction: 'cn',
  })
  const made = await operator.post('/api/subscriptions', { organizationId: organization.body.id, planId: plan.id })
  for (const instant of [version.effectiveFrom, made.body.from]) {
    expect(Date.parse(instant)).toBeGreaterThanOrEqual(before)
    expect(Date.parse(instant)).toBeLessThanOrEqual(Date.now())
  }
})

test('a plan that draws other pools for the caller’s own telephone; what is wrong with them is said by their names', async () => {
  const plan = (await operator.post('/api/plans', { name: 'By use' })).body
  const versions = `/api/plans/${plan.id}/versions`
  const terms = { ...PLAN_TERMS, draws: ['organization'], initiatorDraws: ['member'] }
  const made = await operator.post(versions, { terms })
  expect([made.status, made.body.terms]).toMatchObject([201, terms])
  expect((await operator.get(versions)).body.items).toEqual([made.body])
  const faultsOf = async (change: object) => {
    const { status, body } = await operator.post(versions, { terms: { ...terms, ...change } })
    return [status, body.faults.map(({ path, message }: { path: string; message: string }) => `${path} ${message}`)]
  }
  const twice = ['organization', 'organization']
  expect(await faultsOf({ draws: twice })).toEqual([400, ['terms.draws duplicate']])
  expect(await faultsOf({ initiatorDraws: ['member', 'member'] })).toEqual([400, ['terms.initiatorDraws duplicate']])
  expect(await faultsOf({ draws: ['member', 'member'], initiatorDraws: undefined })).toEqual([
    400,
    ['terms.draws duplicate', 'terms.monthlyGrant.organizationMs never-usable'],
  ])
})

test('the seats of a subscription are the operator’s to change; what never was has none', async () => {
  const subscriptions = `/api/subscriptions?organizationId=${ids().heron}`
  const [subscription] = (await operator.get(subscriptions)).body.items
  expect(subscription.seats).toBeNull()
  const path = `/api/subscriptions/${subscription.id}`
  const changed = await operator.send({ method: 'PATCH', path, body: { seats: 3 } })
  expect([changed.status, changed.body]).toEqual([200, { ...subscription, seats: 3 }])
  expect((await operator.get(subscriptions)).body.items).toContainEqual(changed.body)
  expect((await operator.send({ method: 'PATCH', path, body: { seats: -1 } })).body.code).toBe('bad-request')
  const nowhere = { method: 'PATCH', path: `/api/subscriptions/${NOBODY}`, body: { seats: null } } as const
  expect((await operator.send(nowhere)).body.code).toBe('not-found')
  await operator.send({ method: 'PATCH', path, body: { seats: null } })
})

test('looking at pools takes no seat: all see what would be theirs, and what is granted to it is there', async () => {
  const organizationId = ids().heron
  const all = `/api/pools?organizationId=${organizationId}`
  const [subscription] = (await operator.get(`/api/subscriptions?organizationId=${organizationId}`)).body.items
  const seatsAre = (seats: number | null) =>
    operator.send({ method: 'PATCH', path: `/api/subscriptions/${subscription.id}`, body: { seats } })
  const buckets = async (who: Outsider, path = '/api/pools') =>
    (await who.get(path)).body.items.map(({ bucket }: { bucket: string }) => bucket).toSorted()
  await seatsAre(2)
  expect(await buckets(ann)).toEqual(['member', 'member', 'organization'])
  await seatsAre(1)
  expect([await buckets(ann), await buckets(bob), await buckets(ann)]).toEqual([
    ['member', 'organization'],
    ['member', 'organization'],
    ['member', 'organization'],
  ])
  expect(await buckets(operator, all)).toEqual(['organization'])

  await seatsAre(2)
  const { body } = await operator.get(all)
  const shown = body.items.find(({ memberId }: { memberId: string | null }) => memberId === bob.memberId)
  const granted = await operator.send({
    method: 'POST',
    path: `/api/pools/${shown.id}/grants?organizationId=${organizationId}`,
    body: { ms: 60_000, note: 'goodwill' },
    headers: { 'idempotency-key': 'goodwill-1' },
  })
  expect([granted.status, granted.body.grantedMs]).toEqual([201, PLAN_TERMS.monthlyGrant.memberMs + 60_000])
  await seatsAre(1)
  expect([await buckets(ann), await buckets(bob)]).toEqual([
    ['member', 'organization'],
    ['member', 'organization'],
  ])
  await seatsAre(0)
  expect(
    (await ann.get('/api/pools')).body.items.every(
      ({ memberId }: { memberId: string | null }) => memberId !== ann.memberId,
    ),
  ).toBe(true)
  await seatsAre(null)
})

test('a pool that only calls to one’s own telephone draw is shown and granted to; others’ minutes are left without it', async () => {
  const { organization, plan } = await foundOrganization(house, 'Egret')
  const terms = { ...PLAN_TERMS, draws: ['organization'], initiatorDraws: ['member'] }
  await operator.post(`/api/plans/${plan.id}/versions`, { terms })
  const person = await signInAs(house, 'egret-ann', PASSWORD)
  const { items } = (await person.get('/api/pools')).body
  const { memberMs, organizationMs } = PLAN_TERMS.monthlyGrant
  const [everybodys, own] = items
  expect(items).toMatchObject([
    { bucket: 'organization', grantedMs: organizationMs },
    { bucket: 'member', memberId: person.memberId, grantedMs: memberMs },
    { bucket: 'member' },
  ])
  const path = `/api/pools/${own.id}/grants?organizationId=${organization.id}`
  const granted = await operator.post(path, { ms: 60_000, note: 'welcome' }, { 'idempotency-key': 'egret' })
  expect([granted.status, granted.body.grantedMs]).toEqual([201, memberMs + 60_000])
  expect((await person.get(`/api/pools/${everybodys.id}`)).body.usedMs).toBe(0)
  expect((await person.get('/api/me/minutes')).body).toEqual({ leftMs: organizationMs })
})

test('what is granted to the organization’s pool before anybody called takes nobody’s seat', async () => {
  const { organization } = await foundOrganization(house, 'Stork')
  const scope = `organizationId=${organization.id}`
  const [subscription] = (await operator.get(`/api/subscriptions?${scope}`)).body.items
  await operator.patch(`/api/subscriptions/${subscription.id}`, { seats: 1 })
  const [shown] = (await operator.get(`/api/pools?${scope}&bucket=organization`)).body.items
  const grant = { ms: 60_000, note: 'welcome' }
  const granted = await operator.post(`/api/pools/${shown.id}/grants?${scope}`, grant, { 'idempotency-key': 'welcome' })
  expect([granted.status, granted.body.grantedMs]).toEqual([201, PLAN_TERMS.monthlyGrant.organizationMs + 60_000])
  for (const login of ['stork-ann', 'stork-bob']) {
    const person = await signInAs(house, login, PASSWORD)
    const { items } = (await person.get(`/api/pools?memberId=${person.memberId}`)).body
    expect([login, items.length]).toEqual([login, 1])
  }
})
