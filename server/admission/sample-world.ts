import { drawsByUse } from '#entitlements'
import { destinationOf } from '#carriers'
import type { Licence } from '#compliance'
import { durationMs, instant, later, parseZone, type CountryCode, type E164, type Id, type Instant } from '#kernel'
import type { BusinessAttempt } from './attempt.ts'
import type { World } from './world.ts'

/** For tests: a call that everything allows. Each test changes the one fact that it is about. */
export const AT: Instant = instant(Date.UTC(2026, 10, 23, 2, 30))
export const PERIOD_END: Instant = instant(Date.UTC(2026, 10, 30, 16))

/** Digits that read as a UUID, so that a failing test shows which thing it was. */
export const id = <N extends string>(digits: number): Id<N> =>
  `00000000-0000-7000-8000-${String(digits).padStart(12, '0')}` as Id<N>

export const CARRIER_A = id<'carrier'>(31)
export const CARRIER_B = id<'carrier'>(32)
export const TRUNK_A = id<'trunk'>(41)
export const TRUNK_B = id<'trunk'>(42)

const minutes = (count: number) => durationMs(count * 60_000)

export const licence = (digits: number, change: Partial<Licence> = {}): Licence => ({
  id: id<'licence'>(digits),
  kind: 'ip-telephony',
  number: `A2.B1-${digits}`,
  holder: { kind: 'operator' },
  jurisdiction: 'cn',
  validFrom: '2026-01-01',
  validUntil: '2026-12-31',
  agreement: null,
  ...change,
})

export const trunk = (change: Partial<World['trunks'][number]> = {}): World['trunks'][number] => ({
  id: TRUNK_A,
  carrierId: CARRIER_A,
  priority: 10,
  zones: [],
  standing: 'active',
  reachability: 'up',
  ...change,
})

export const attemptTo = (dialled: string, change: Partial<BusinessAttempt> = {}): BusinessAttempt => ({
  callId: id<'call'>(1),
  at: AT,
  organizationId: id<'organization'>(2),
  callerId: id<'member'>(3),
  kind: 'business',
  mode: 'direct',
  dialled,
  ...change,
})

export const terms = (change: Partial<NonNullable<World['planVersion']>['terms']> = {}) => ({
  ...samplePlan.terms,
  ...change,
})

const samplePlan: NonNullable<World['planVersion']> = {
  id: id<'plan-version'>(51),
  planId: id<'plan'>(50),
  effectiveFrom: later(AT, -86_400_000),
  terms: {
    services: ['business-direct'],
    draws: drawsByUse(['member', 'organization']),
    increments: { firstMs: minutes(1), nextMs: minutes(1) },
    monthlyGrant: { memberMs: minutes(100), organizationMs: minutes(1000) },
    zones: ['domestic'],
    serviceCodes: ['10086', '955*'],
    concurrency: { member: 1, organization: 10 },
    longestCallMs: minutes(240),
    sliceMs: minutes(1),
  },
}

export const planWith = (change: Partial<typeof samplePlan.terms>) => ({ ...samplePlan, terms: terms(change) })

export const sampleWorld = (dialled: string, country: CountryCode = 'CN'): World => ({
  organization: {
    id: id<'organization'>(2),
    name: 'Long River Logistics',
    zone: parseZone('Asia/Shanghai')!,
    country,
    jurisdiction: 'cn',
    verification: 'verified',
    standing: 'active',
  },
  caller: {
    id: id<'member'>(3),
    standing: 'active',
    isShielded: false,
    limits: { mayCall: null, monthlyMs: null },
    tags: [],
  },
  departmentLimits: [],
  callee: null,
  isSavedContact: false,
  usedThisMonthMs: durationMs(0),
  licences: [licence(21)],
  numberRights: [
    {
      number: '+862150000000' as E164,
      organizationId: id<'organization'>(2),
      proof: 'contract 2026-17',
      validFrom: later(AT, -1),
      validUntil: null,
      isDefault: true,
    },
  ],
  planVersion: samplePlan,
  pools: [
    { id: id<'pool'>(31), bucket: 'member', freeMs: minutes(100) },
    { id: id<'pool'>(32), bucket: 'organization', freeMs: minutes(1000) },
  ],
  periodEndsAt: PERIOD_END,
  liveCalls: { member: 0, organization: 0 },
  trunks: [trunk()],
  destination: destinationOf(dialled, country),
})
