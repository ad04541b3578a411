import { describe, expect, test } from 'vitest'
import { durationMs, later } from '#kernel'
import type { NetworkAttempt, Refusal } from './attempt.ts'
import { admit } from './decide.ts'
import { AT, attemptTo, id, licence, sampleWorld, terms } from './sample-world.ts'
import type { World } from './world.ts'

const CALLEE = id<'member'>(4)
const callee = { id: CALLEE, name: 'Wei', isShielded: false, isNumberHidden: false, workingHours: null }
const sample = sampleWorld('')
const planOf = (services: readonly ('business-direct' | 'network')[]) => ({
  ...sample.planVersion!,
  terms: terms({ services }),
})
const world: World = {
  ...sample,
  callee,
  planVersion: planOf(['network']),
  licences: [licence(62, { kind: 'information' })],
  // What a telephone needs, a call inside the app does not.
  pools: [],
  trunks: [],
  numberRights: [],
}
const attempt: NetworkAttempt = { ...attemptTo(''), kind: 'network', dialled: '', calleeId: CALLEE }

const codeOf = (change: Partial<World>): Refusal['code'] | undefined => {
  const admission = admit(attempt, { ...world, ...change })
  return admission.admitted ? undefined : admission.refusal.code
}

test('a colleague is called with no number, no trunk, no minutes; the terms pin licence, plan and longest call', () => {
  expect(admit(attempt, world)).toEqual({
    admitted: true,
    terms: {
      kind: 'network',
      calleeId: CALLEE,
      path: 'internet',
      parties: 2,
      planVersionId: sample.planVersion!.id,
      longestCallMs: sample.planVersion!.terms.longestCallMs,
      licenceIds: [world.licences[0]!.id],
    },
  })
})

/** AT is Monday 10:30 in Shanghai. */
const asleep = { weekdays: [1], fromMinute: 660, untilMinute: 1080 }
const limits = { mayCall: 'nobody', monthlyMs: durationMs(0) } as const

test.for<[string, Partial<World>, Refusal['code'] | undefined]>([
  [
    'organization suspended',
    { organization: { ...sample.organization, standing: 'suspended' } },
    'organization-suspended',
  ],
  ['caller suspended', { caller: { ...sample.caller, standing: 'suspended' } }, 'member-suspended'],
  ['too many tries', { unconnected: { count: 20, sinceAt: AT } }, 'too-many-attempts'],
  ['limits of the telephone network do not apply', { caller: { ...sample.caller, limits } }, undefined],
  ['shielded', { callee: { ...callee, isShielded: true } }, 'callee-shielded'],
  ['do not disturb, until he says otherwise', { callee: { ...callee, undisturbedUntil: null } }, 'callee-undisturbed'],
  ['do not disturb, a moment left', { callee: { ...callee, undisturbedUntil: later(AT, 1) } }, 'callee-undisturbed'],
  ['do not disturb, over', { callee: { ...callee, undisturbedUntil: AT } }, undefined],
  ['off hours', { callee: { ...callee, workingHours: asleep } }, 'callee-off-hours'],
  ['no licence for the Internet', { licences: [licence(61)] }, 'licence-missing'],
  ['no plan', { planVersion: null }, 'no-plan'],
  ['another service', { planVersion: planOf(['business-direct']) }, 'service-not-in-plan'],
  ['a call too many', { liveCalls: { member: 100, organization: 100 } }, 'too-many-calls'],
])('%s', ([_given, change, code]) => {
  expect(codeOf(change)).toBe(code)
})

describe('a call to his phone that is refused', () => {
  const phone = attemptTo('13900000001', { calleeId: CALLEE })
  const both = { ...sampleWorld('13900000001'), callee, planVersion: planOf(['business-direct', 'network']) }
  const inApp = { kind: 'call-in-app', memberId: CALLEE }
  const offered = (change: Partial<World>, to = phone) => {
    const admission = admit(to, { ...both, licences: [licence(62, { kind: 'information' })], ...change })
    return admission.admitted ? undefined : admission.alternatives
  }

  test('offers him inside the app, first', () => {
    expect(offered({})?.[0]).toEqual(inApp)
  })

  test('not where that would be refused as well', () => {
    expect(offered({ planVersion: planOf(['business-direct']) })).not.toContainEqual(inApp)
    expect(offered({ callee: { ...callee, undisturbedUntil: null } })).not.toContainEqual(inApp)
  })

  test('not where his number was typed that the caller may not see', () => {
    const hidden = { callee: { ...callee, isNumberHidden: true } }
    const typed = attemptTo('13900000001')
    expect(offered({}, typed)?.[0]).toEqual(inApp)
    expect(offered(hidden, typed)).not.toContainEqual(inApp)
    expect(offered(hidden)?.[0]).toEqual(inApp)
  })
})
