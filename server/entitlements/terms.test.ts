import { describe, expect, test } from 'vitest'
import { durationMs, instant, type OrganizationId, type PlanId, type PlanVersionId, type SubscriptionId } from '#kernel'
import { canBegin, drawOrder } from './draws.ts'
import {
  drawsByUse,
  offerFor,
  subscriptionAt,
  versionAt,
  versionsFor,
  wholeOffer,
  type PlanTerms,
  type PlanVersion,
  type Subscription,
} from './plan.ts'
import { allowsServiceCode, faultsOf } from './terms.ts'

const good: PlanTerms = {
  services: ['business-direct'],
  draws: { initiator: ['member'], participant: ['member', 'organization'] },
  increments: { firstMs: durationMs(60_000), nextMs: durationMs(60_000) },
  monthlyGrant: { memberMs: durationMs(0), organizationMs: durationMs(60_000_000) },
  zones: ['domestic'],
  serviceCodes: ['10086', '95*'],
  concurrency: { member: 1, organization: 20 },
  longestCallMs: durationMs(14_400_000),
  sliceMs: durationMs(60_000),
}
const ms = (value: number) => value as PlanTerms['sliceMs']
const toEachMember = { memberMs: ms(1), organizationMs: ms(0) }

describe('faults of terms', () => {
  test('good terms have none', () => {
    expect(faultsOf(good)).toEqual([])
  })
  const rows: readonly (readonly [field: string, code: string, change: Partial<PlanTerms>])[] = [
    ['increments.firstMs', 'out-of-range', { increments: { firstMs: ms(0), nextMs: ms(1000) } }],
    ['increments.nextMs', 'out-of-range', { increments: { firstMs: ms(1000), nextMs: ms(1500.5) } }],
    ['monthlyGrant.organizationMs', 'out-of-range', { monthlyGrant: { memberMs: ms(0), organizationMs: ms(-1) } }],
    ['monthlyGrant.organizationMs', 'out-of-range', { monthlyGrant: { memberMs: ms(0), organizationMs: ms(2 ** 53) } }],
    ['concurrency.member', 'out-of-range', { concurrency: { member: 0, organization: 20 } }],
    ['longestCallMs', 'out-of-range', { longestCallMs: ms(86_400_001) }],
    ['sliceMs', 'out-of-range', { sliceMs: ms(999) }],
    ['draws.initiator', 'empty', { draws: { initiator: [], participant: ['organization'] } }],
    ['draws.participant', 'empty', { draws: { initiator: ['organization'], participant: [] } }],
    ['draws.initiator', 'duplicate', { draws: { initiator: ['member', 'member'], participant: ['organization'] } }],
    [
      'draws.participant',
      'duplicate',
      { draws: { initiator: ['member'], participant: ['organization', 'organization'] } },
    ],
    ['serviceCodes', 'bad-code', { serviceCodes: ['1*0'] }],
    ['serviceCodes', 'bad-code', { serviceCodes: ['*'] }],
    ['monthlyGrant.organizationMs', 'never-usable', { draws: drawsByUse(['member']) }],
    ['monthlyGrant.memberMs', 'never-usable', { draws: drawsByUse(['organization']), monthlyGrant: toEachMember }],
  ]
  test.each(['initiator', 'participant'] as const)('what one use draws can be granted: %s', (use) => {
    const draws = { ...drawsByUse(['organization']), [use]: ['member'] }
    const monthlyGrant = { memberMs: ms(1), organizationMs: ms(1) }
    expect(faultsOf({ ...good, draws, monthlyGrant })).toEqual([])
  })
  test.for(rows)('%s %s', ([field, code, change]) => {
    expect(faultsOf({ ...good, ...change })).toEqual([{ field, code }])
  })
})

test('service codes are allowed one by one or by prefix', () => {
  expect(['10086', '95588', '10010', '9'].map((code) => allowsServiceCode(good.serviceCodes, code))).toEqual([
    true,
    true,
    false,
    false,
  ])
})

describe('draws', () => {
  const member = { bucket: 'member', freeMs: durationMs(30_000) } as const
  const organization = { bucket: 'organization', freeMs: durationMs(60_000) } as const
  test('pools are drawn as the plan orders them, and others not at all', () => {
    expect(drawOrder(['member', 'organization'], [organization, member])).toEqual([member, organization])
    expect(drawOrder(['organization'], [organization, member])).toEqual([organization])
  })
  test('each use has its own; what there is in a month is what any draws, once', () => {
    const { monthlyGrant } = good
    expect(offerFor(good, 'initiator')).toEqual({ draws: ['member'], monthlyGrant })
    expect(offerFor(good, 'participant')).toEqual({ draws: ['member', 'organization'], monthlyGrant })
    expect(wholeOffer(good)).toEqual({ draws: ['member', 'organization'], monthlyGrant })
    const apart = { ...good, draws: { initiator: ['member'], participant: ['organization'] } } as const
    expect(wholeOffer(apart)).toEqual({ draws: ['organization', 'member'], monthlyGrant })
  })
  test('one list, as terms of before had it, was for legs of any use', () => {
    expect(drawsByUse(['organization'])).toEqual({ initiator: ['organization'], participant: ['organization'] })
    expect(drawsByUse(good.draws)).toBe(good.draws)
  })
  test('remainders of two pools do not add up to an increment', () => {
    expect(canBegin([member.freeMs, durationMs(30_000)], good.increments)).toBe(false)
    expect(canBegin([member.freeMs, organization.freeMs], good.increments)).toBe(true)
    expect(canBegin([], good.increments)).toBe(false)
  })
})

describe('what is in force', () => {
  const version = (name: string, from: number): PlanVersion => ({
    id: name as PlanVersionId,
    planId: 'plan' as PlanId,
    effectiveFrom: instant(from),
    terms: good,
  })
  const subscription = (from: number, until: number | null): Subscription => ({
    id: `from ${from}` as SubscriptionId,
    organizationId: 'o' as OrganizationId,
    planId: 'plan' as PlanId,
    from: instant(from),
    until: until === null ? null : instant(until),
    seats: null,
  })
  test('a version applies from its very instant until the next', () => {
    const versions = [version('second', 200), version('first', 100)]
    expect([99, 100, 199, 200].map((at) => versionAt(versions, instant(at))?.id)).toEqual([
      undefined,
      'first',
      'first',
      'second',
    ])
  })
  test('a subscription begins inclusive and ends exclusive', () => {
    const both = [subscription(100, 200), subscription(200, null)]
    expect([99, 100, 199, 200].map((at) => subscriptionAt(both, instant(at))?.id)).toEqual([
      undefined,
      'from 100',
      'from 100',
      'from 200',
    ])
  })
  test('an organization sees the versions that come in force while it is on the plan', () => {
    const versions = [version('first', 100), version('second', 200), version('third', 300)]
    const seen = (...subscriptions: readonly Subscription[]) => versionsFor(versions, subscriptions).map(({ id }) => id)
    expect(seen(subscription(150, 200))).toEqual(['first'])
    expect(seen(subscription(150, 201))).toEqual(['first', 'second'])
    expect(seen(subscription(200, null))).toEqual(['second', 'third'])
    expect(seen(subscription(0, 100), subscription(300, null))).toEqual(['third'])
    expect(seen()).toEqual([])
  })
})
