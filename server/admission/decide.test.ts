import { describe, expect, test } from 'vitest'
import { durationMs, instant, later, newId } from '#kernel'
import type { Refusal } from './attempt.ts'
import { admit } from './decide.ts'
import {
  AT,
  attemptTo,
  CARRIER_A,
  CARRIER_B,
  id,
  licence,
  PERIOD_END,
  planWith,
  sampleWorld,
  trunk,
  TRUNK_A,
  TRUNK_B,
} from './sample-world.ts'
import type { World } from './world.ts'

const MOBILE = '13900000001'
const ABROAD = '+442079460000'
const ABROAD_ALLOWED = planWith({ zones: ['domestic', 'international'] })
const agreement = (digits: number, carrierId = CARRIER_A) =>
  licence(digits, { kind: 'international-voice', holder: { kind: 'carrier', carrierId }, agreement: 'agreement 7' })

const suspended = { organization: { ...sampleWorld(MOBILE).organization, standing: 'suspended' } } as const
const lockedOut = { caller: { ...sampleWorld(MOBILE).caller, standing: 'suspended' } } as const
const callerMay = (mayCall: World['caller']['limits']['mayCall']) => ({
  caller: { ...sampleWorld(MOBILE).caller, limits: { mayCall, monthlyMs: null } },
})
const upToMinutes = (minutes: number) => ({
  caller: { ...sampleWorld(MOBILE).caller, limits: { mayCall: null, monthlyMs: durationMs(minutes * 60_000) } },
})
const colleague = { name: 'Wei', isShielded: false, workingHours: null }
const shielded = { callee: { ...colleague, isShielded: true } }
/** AT is Monday 10:30 in Shanghai. */
const asleep = { callee: { ...colleague, workingHours: { weekdays: [1, 2], fromMinute: 660, untilMinute: 1080 } } }
const pool = { id: newId<'pool'>(), bucket: 'member' } as const
const broke = { pools: [{ ...pool, freeMs: durationMs(59_999) }] }

type Row = readonly [given: string, dialled: string, change: Partial<World>, refusal: Refusal]

const refusals: readonly Row[] = [
  ['an emergency number', '120', {}, { code: 'emergency-number', digits: '120' }],
  ['a suspended organization', MOBILE, suspended, { code: 'organization-suspended' }],
  ['a suspended member', MOBILE, lockedOut, { code: 'member-suspended' }],
  [
    'the twentieth try in a minute that led to no conversation',
    MOBILE,
    { unconnected: { count: 20, sinceAt: later(AT, -50_000) } },
    { code: 'too-many-attempts', limit: 20, span: 'minute', againAt: later(AT, 10_000) },
  ],
  ['a number of no plan', '123', {}, { code: 'number-invalid', dialled: '123' }],
  ['two numbers', `${MOBILE};13900000002`, {}, { code: 'several-numbers', dialled: `${MOBILE};13900000002` }],
  ['keys that are none', `${MOBILE},y`, {}, { code: 'keys-invalid', dialled: `${MOBILE},y` }],
  ['a wait for nobody', `${MOBILE};1`, {}, { code: 'keys-invalid', dialled: `${MOBILE};1` }],
  ['a shielded colleague', MOBILE, shielded, { code: 'callee-shielded' }],
  ['a barred caller', MOBILE, callerMay('nobody'), { code: 'caller-barred' }],
  [
    'a stranger, colleagues only',
    MOBILE,
    { ...callerMay('colleagues'), isSavedContact: true },
    { code: 'callee-not-colleague' },
  ],
  ['a stranger, contacts only', MOBILE, callerMay('contacts'), { code: 'callee-not-contact' }],
  ['a colleague off hours', MOBILE, asleep, { code: 'callee-off-hours', name: 'Wei' }],
  [
    'a limit that is used up',
    MOBILE,
    { ...upToMinutes(30), usedThisMonthMs: durationMs(1_740_001) },
    { code: 'monthly-limit-reached', limitMinutes: 30 },
  ],
  ['a country outside the plan', ABROAD, {}, { code: 'zone-denied', zone: 'international' }],
  [
    'the own country outside the plan',
    MOBILE,
    { planVersion: planWith({ zones: ['international'] }) },
    { code: 'zone-denied', zone: 'domestic' },
  ],
  ['a premium number', '16812345', {}, { code: 'zone-denied', zone: 'premium' }],
  ['a satellite phone', '+881612345678', {}, { code: 'zone-denied', zone: 'satellite' }],
  ['a service code that is not listed', '96122', {}, { code: 'zone-denied', zone: 'service' }],
  [
    'no licence of the provider',
    MOBILE,
    { licences: [] },
    { code: 'licence-missing', rule: 'cn-ip-telephony', licence: 'ip-telephony', holder: 'provider' },
  ],
  [
    'a licence that ended yesterday',
    MOBILE,
    { licences: [licence(21, { validUntil: '2026-11-22' })] },
    { code: 'licence-missing', rule: 'cn-ip-telephony', licence: 'ip-telephony', holder: 'provider' },
  ],
  [
    'abroad, no carrier with an agreement',
    ABROAD,
    { planVersion: ABROAD_ALLOWED },
    { code: 'licence-missing', rule: 'cn-international', licence: 'international-voice', holder: 'carrier' },
  ],
  ['no right to any caller id', MOBILE, { numberRights: [] }, { code: 'no-caller-number' }],
  [
    'a right to the caller id that ended',
    MOBILE,
    { numberRights: sampleWorld(MOBILE).numberRights.map((right) => ({ ...right, validUntil: AT })) },
    { code: 'no-caller-number' },
  ],
  ['no subscription', MOBILE, { planVersion: null }, { code: 'no-plan' }],
  [
    'a plan without business calls',
    MOBILE,
    { planVersion: planWith({ services: [] }) },
    { code: 'service-not-in-plan' },
  ],
  [
    'a member in a call',
    MOBILE,
    { liveCalls: { member: 1, organization: 1 } },
    { code: 'too-many-calls', scope: 'member', limit: 1 },
  ],
  [
    'an organization at its limit',
    MOBILE,
    { liveCalls: { member: 0, organization: 10 } },
    { code: 'too-many-calls', scope: 'organization', limit: 10 },
  ],
  ['less than an increment in every pool', MOBILE, broke, { code: 'no-minutes', renewsAt: PERIOD_END }],
  [
    'pools that another call was faster to empty',
    MOBILE,
    { reservation: 'pools-empty' },
    { code: 'no-minutes', renewsAt: PERIOD_END },
  ],
  [
    'a limit that another call was faster to use up',
    MOBILE,
    { ...upToMinutes(30), reservation: 'limit-reached' },
    { code: 'monthly-limit-reached', limitMinutes: 30 },
  ],
  ['no trunk', MOBILE, { trunks: [] }, { code: 'no-route' }],
  ['no trunk for this zone', MOBILE, { trunks: [trunk({ zones: ['international'] })] }, { code: 'no-route' }],
  ['only a suspended trunk', MOBILE, { trunks: [trunk({ standing: 'suspended' })] }, { code: 'no-route' }],
]

const hasty = { unconnected: { count: 99, sinceAt: AT } }

const precedence: readonly Row[] = [
  ['emergency before many tries', '110', hasty, { code: 'emergency-number', digits: '110' }],
  ['suspension before many tries', MOBILE, { ...suspended, ...hasty }, { code: 'organization-suspended' }],
  [
    'many tries before the shield, which they would find',
    MOBILE,
    { ...shielded, ...hasty },
    { code: 'too-many-attempts', limit: 20, span: 'minute', againAt: later(AT, 60_000) },
  ],
  ['emergency before suspension', '110', { ...suspended, ...lockedOut }, { code: 'emergency-number', digits: '110' }],
  ['the organization before the member', MOBILE, { ...suspended, ...lockedOut }, { code: 'organization-suspended' }],
  ['suspension before an invalid number', '123', lockedOut, { code: 'member-suspended' }],
  ['an invalid number before limits', '123', callerMay('nobody'), { code: 'number-invalid', dialled: '123' }],
  [
    'the circle before the shield, which it would tell',
    MOBILE,
    { ...callerMay('nobody'), ...shielded },
    { code: 'caller-barred' },
  ],
  ['the circle before hours', MOBILE, { ...callerMay('nobody'), ...asleep }, { code: 'caller-barred' }],
  [
    'hours before the monthly limit',
    MOBILE,
    { ...upToMinutes(0), ...asleep },
    { code: 'callee-off-hours', name: 'Wei' },
  ],
  ['limits before the zone', ABROAD, upToMinutes(0), { code: 'monthly-limit-reached', limitMinutes: 0 }],
  ['the zone before the licence', ABROAD, { licences: [] }, { code: 'zone-denied', zone: 'international' }],
  [
    'the licence before the caller id',
    MOBILE,
    { licences: [], numberRights: [] },
    { code: 'licence-missing', rule: 'cn-ip-telephony', licence: 'ip-telephony', holder: 'provider' },
  ],
  [
    'the licence before the plan',
    MOBILE,
    { licences: [], planVersion: null },
    { code: 'licence-missing', rule: 'cn-ip-telephony', licence: 'ip-telephony', holder: 'provider' },
  ],
  [
    'the licence before the route',
    MOBILE,
    { licences: [], trunks: [] },
    { code: 'licence-missing', rule: 'cn-ip-telephony', licence: 'ip-telephony', holder: 'provider' },
  ],
  ['the caller id before the plan', MOBILE, { numberRights: [], planVersion: null }, { code: 'no-caller-number' }],
  [
    'the service before concurrency',
    MOBILE,
    { planVersion: planWith({ services: [] }), liveCalls: { member: 9, organization: 9 } },
    { code: 'service-not-in-plan' },
  ],
  [
    'concurrency before minutes',
    MOBILE,
    { ...broke, liveCalls: { member: 1, organization: 1 } },
    { code: 'too-many-calls', scope: 'member', limit: 1 },
  ],
  ['minutes before the route', MOBILE, { ...broke, trunks: [] }, { code: 'no-minutes', renewsAt: PERIOD_END }],
]

function check(dialled: string, change: Partial<World>) {
  const world: World = { ...sampleWorld(dialled), ...change }
  const admission = admit(attemptTo(dialled), world)
  // What is stored is JSON; years later it must say the same.
  expect(admit(attemptTo(dialled), JSON.parse(JSON.stringify(world)))).toEqual(admission)
  expect(JSON.parse(JSON.stringify(admission))).toEqual(admission)
  return admission
}

describe('each refusal', () => {
  test.for(refusals)('%s', ([_given, dialled, change, refusal]) => {
    expect(check(dialled, change)).toMatchObject({ admitted: false, refusal })
  })

  test('has a row above', () => {
    // A record of the whole union: a new code without a line here does not compile.
    const codes: Record<Exclude<Refusal['code'], 'callee-undisturbed'>, true> = {
      'emergency-number': true,
      'organization-suspended': true,
      'member-suspended': true,
      'too-many-attempts': true,
      'number-invalid': true,
      'several-numbers': true,
      'keys-invalid': true,
      'callee-shielded': true,
      'caller-barred': true,
      'callee-not-colleague': true,
      'callee-not-contact': true,
      'callee-off-hours': true,
      'monthly-limit-reached': true,
      'zone-denied': true,
      'licence-missing': true,
      'no-caller-number': true,
      'no-plan': true,
      'service-not-in-plan': true,
      'too-many-calls': true,
      'no-minutes': true,
      'no-route': true,
    }
    expect(new Set(refusals.map(([, , , refusal]) => refusal.code))).toEqual(new Set(Object.keys(codes)))
  })
})

describe('the first check that fails is the answer', () => {
  test.for(precedence)('%s', ([_given, dialled, change, refusal]) => {
    expect(check(dialled, change)).toMatchObject({ admitted: false, refusal })
  })
})

describe('admitted', () => {
  const allowed: readonly (readonly [given: string, dialled: string, change: Partial<World>])[] = [
    ['an ordinary number', MOBILE, {}],
    ['a try after nineteen in vain', MOBILE, { unconnected: { count: 19, sinceAt: AT } }],
    ['in a world that was stored before tries were counted', MOBILE, {}],
    [
      'a shielded colleague of a shielded caller',
      MOBILE,
      { ...shielded, caller: { ...sampleWorld(MOBILE).caller, isShielded: true } },
    ],
    ['a colleague, colleagues only', MOBILE, { ...callerMay('colleagues'), callee: colleague }],
    ['a saved contact, contacts only', MOBILE, { ...callerMay('contacts'), isSavedContact: true }],
    ['a colleague who is no contact, contacts only', MOBILE, { ...callerMay('contacts'), callee: colleague }],
    ['a limit with one increment left', MOBILE, { ...upToMinutes(2), usedThisMonthMs: durationMs(60_000) }],
    [
      'exactly one increment in the second pool',
      MOBILE,
      {
        pools: [
          { ...pool, freeMs: durationMs(0) },
          { ...pool, bucket: 'organization', freeMs: durationMs(60_000) },
        ],
      },
    ],
    ['a licence on its last day', MOBILE, { licences: [licence(21, { validUntil: '2026-11-23' })] }],
    [
      'a jurisdiction without rules',
      MOBILE,
      { licences: [], organization: { ...sampleWorld(MOBILE).organization, jurisdiction: 'none' } },
    ],
  ]
  test.for(allowed)('%s', ([_given, dialled, change]) => {
    expect(check(dialled, change)).toMatchObject({ admitted: true })
  })

  test('the terms pin number, caller id, plan version and route with its licence', () => {
    expect(check(MOBILE, {})).toEqual({
      admitted: true,
      terms: {
        kind: 'business',
        dialled: { kind: 'number', number: '+8613900000001' },
        keysAfterAnswer: null,
        calleeId: null,
        homeCountry: 'CN',
        callerNumber: '+862150000000',
        path: 'ip-telephony',
        parties: 2,
        planVersionId: id(51),
        routes: [{ trunkId: TRUNK_A, licenceIds: [id(21)] }],
      },
    })
  })

  test('a listed service code goes out as dialled, also by a prefix', () => {
    expect(check('10086', {})).toMatchObject({ terms: { dialled: { kind: 'service', code: '10086' } } })
    expect(check('95588', {})).toMatchObject({ terms: { dialled: { kind: 'service', code: '95588' } } })
  })
})

describe('licences choose the routes', () => {
  const carriersOnly = [CARRIER_A, CARRIER_B].map((carrierId, index) =>
    licence(60 + index, { holder: { kind: 'carrier', carrierId } }),
  )
  const two = { trunks: [trunk(), trunk({ id: TRUNK_B, carrierId: CARRIER_B, priority: 20 })] }

  test('every carrier is licensed and the provider is not: refused, as in 2016', () => {
    expect(check(MOBILE, { ...two, licences: carriersOnly })).toMatchObject({
      refusal: { code: 'licence-missing', rule: 'cn-ip-telephony', holder: 'provider' },
    })
  })

  test('the provider obtains its own: the same call passes', () => {
    expect(check(MOBILE, { ...two, licences: [...carriersOnly, licence(21)] })).toMatchObject({ admitted: true })
  })

  test('abroad, only the carrier with the agreement is a route', () => {
    const admission = check(ABROAD, {
      ...two,
      planVersion: ABROAD_ALLOWED,
      licences: [licence(21), agreement(22, CARRIER_B)],
    })
    expect(admission).toMatchObject({ terms: { routes: [{ trunkId: TRUNK_B, licenceIds: [id(21), id(22)] }] } })
  })

  test('the carrier’s licence without an agreement on file is none', () => {
    const bare = { ...agreement(22), agreement: null }
    expect(check(ABROAD, { planVersion: ABROAD_ALLOWED, licences: [licence(21), bare] })).toMatchObject({
      refusal: { rule: 'cn-international', holder: 'carrier' },
    })
  })

  test('a trunk that is down is tried last', () => {
    const trunks = [trunk({ reachability: 'down' }), trunk({ id: TRUNK_B, priority: 20, reachability: 'unknown' })]
    expect(check(MOBILE, { trunks })).toMatchObject({ terms: { routes: [{ trunkId: TRUNK_B }, { trunkId: TRUNK_A }] } })
  })
})

describe('alternatives', () => {
  const rows: readonly (readonly [
    given: string,
    dialled: string,
    change: Partial<World>,
    alternatives: readonly unknown[],
  ])[] = [
    ['emergency: the native dialler with the digits', '1 1 0', {}, [{ kind: 'native-dialler', digits: '110' }]],
    ['no licence: the own phone', MOBILE, { licences: [] }, [{ kind: 'native-dialler', digits: '+8613900000001' }]],
    [
      'no minutes: own phone, administrator, next month',
      MOBILE,
      broke,
      [
        { kind: 'native-dialler', digits: '+8613900000001' },
        { kind: 'ask-administrator' },
        { kind: 'wait-until', at: PERIOD_END },
      ],
    ],
    [
      'monthly limit: not around it by the own phone',
      MOBILE,
      upToMinutes(0),
      [{ kind: 'ask-administrator' }, { kind: 'wait-until', at: PERIOD_END }],
    ],
    ['off hours: when the next shift begins', MOBILE, asleep, [{ kind: 'wait-until', at: later(AT, 30 * 60_000) }]],
    ['a shielded person: nothing that tells who it is', MOBILE, shielded, []],
    ['own other call: hang it up', MOBILE, { liveCalls: { member: 1, organization: 1 } }, []],
  ]
  test.for(rows)('%s', ([_given, dialled, change, alternatives]) => {
    expect(check(dialled, change)).toMatchObject({ alternatives })
  })
})

test('the day of a licence is the organization’s, not that of Greenwich', () => {
  const newYear = instant(Date.UTC(2026, 11, 31, 16))
  const lastDay = { ...sampleWorld(MOBILE), periodEndsAt: later(newYear, 1) }
  expect(admit(attemptTo(MOBILE, { at: later(newYear, -1) }), lastDay).admitted).toBe(true)
  expect(admit(attemptTo(MOBILE, { at: newYear }), lastDay)).toMatchObject({ refusal: { code: 'licence-missing' } })
})
