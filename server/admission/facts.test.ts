import { destinationOf } from '#carriers'
import { durationMs, later } from '#kernel'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Attempt } from './attempt.ts'
import { admit, judge } from './decide.ts'
import { momentOf, standingOf, worldOf, type Moment, type Standing } from './facts.ts'
import { AT, attemptTo, CARRIER_B, id, licence, planWith, sampleWorld, terms, trunk, TRUNK_B } from './sample-world.ts'
import type { World } from './world.ts'

/** Each check of admission passes and fails somewhere in these. */
const base = sampleWorld('13900000001')
const wei = { name: 'Wei', isShielded: false, isNumberHidden: false, workingHours: null }
const hours = { weekdays: [1, 2], fromMinute: 660, untilMinute: 1080 }
const minutes = (count: number) => durationMs(count * 60_000)
const twoTrunks = [trunk(), trunk({ id: TRUNK_B, carrierId: CARRIER_B, priority: 5, zones: ['domestic'] })]
const table = { rules: [], unruled: 'unlawful', note: 'Nothing is lawful.' } as const
const emergency = { numbers: ['555'], callingCode: '86', internationalPrefix: '00' }

const worlds: fc.Arbitrary<World> = fc.record<World>({
  organization: fc.constantFrom(base.organization, { ...base.organization, standing: 'suspended' } as const),
  caller: fc.record({
    id: fc.constant(base.caller.id),
    standing: fc.constantFrom('active', 'active', 'active', 'suspended'),
    isShielded: fc.boolean(),
    limits: fc.record({
      mayCall: fc.constantFrom(null, null, 'nobody', 'colleagues', 'contacts', 'anybody'),
      monthlyMs: fc.constantFrom(null, null, minutes(2), minutes(0)),
    }),
    tags: fc.constant([]),
  }),
  departmentLimits: fc.constantFrom([], [
    { depth: 1, limits: { mayCall: 'contacts', monthlyMs: minutes(1) } },
  ] as const),
  callee: fc.constantFrom(
    null,
    null,
    wei,
    { ...wei, isShielded: true },
    { ...wei, isNumberHidden: true },
    { ...wei, workingHours: hours },
  ),
  isSavedContact: fc.boolean(),
  usedThisMonthMs: fc.constantFrom(minutes(0), minutes(1), minutes(2)),
  licences: fc.constantFrom([licence(21)], [licence(21)], [licence(21, { validUntil: '2026-11-23' })], []),
  numberRights: fc.constantFrom(base.numberRights, base.numberRights, []),
  planVersion: fc.constantFrom(
    base.planVersion,
    base.planVersion,
    planWith({ zones: ['international'] }),
    planWith({ services: [] }),
    planWith(terms({ concurrency: { member: 2, organization: 3 } })),
    null,
  ),
  pools: fc.constantFrom(base.pools, [{ id: id<'pool'>(31), bucket: 'member', freeMs: minutes(0) }] as const, []),
  periodEndsAt: fc.constant(base.periodEndsAt),
  liveCalls: fc.constantFrom({ member: 0, organization: 0 }, { member: 1, organization: 3 }),
  trunks: fc.constantFrom([trunk()], twoTrunks, twoTrunks, []),
  destination: fc.constant(base.destination),
})
const optional: fc.Arbitrary<Partial<World>> = fc.record(
  {
    unconnected: fc.constantFrom({ count: 0, sinceAt: null }, { count: 20, sinceAt: AT }),
    typedInVain: fc.constantFrom(
      { hour: { count: 0, sinceAt: null }, day: { count: 1, sinceAt: AT } },
      { hour: { count: 60, sinceAt: AT }, day: { count: 60, sinceAt: AT } },
    ),
    reservation: fc.constantFrom('limit-reached', 'pools-empty'),
    tables: fc.constant({ law: table, emergency }),
  },
  { requiredKeys: [] },
)
const attempts: fc.Arbitrary<Attempt> = fc
  .tuple(
    fc.constantFrom('13900000001', '13900000001', '110', '555', '123', '10086', '+442079460000', '13900000001,,1'),
    fc.constantFrom(0, 1, 30 * 60_000, 86_400_000),
    fc.constantFrom(undefined, undefined, id<'member'>(4)),
  )
  .map(([dialled, ms, calleeId]) =>
    attemptTo(dialled, { at: later(AT, ms), ...(calleeId === undefined ? {} : { calleeId }) }),
  )
const seen = fc.tuple(attempts, worlds, optional).map(([attempt, world, more]) => ({
  attempt,
  world: { ...world, ...more, destination: destinationOf(attempt.dialled, 'CN') },
}))

/** The moment of another time on these standing facts: as many pools and trunks as they have. */
function onto({ caller, regime }: Standing, moment: Moment): Moment {
  const { freeMs, reachability } = moment
  return {
    ...moment,
    freeMs: caller.pools.map((_, index) => freeMs[index] ?? minutes(0)),
    reachability: regime.trunks.map((_, index) => reachability[index] ?? 'down'),
  }
}

test('a judge that is kept answers each moment as one that is made for it, and as the stored facts do', () => {
  fc.assert(
    fc.property(seen, fc.array(seen, { maxLength: 6 }), ({ world, attempt }, others) => {
      const standing = standingOf(world)
      const kept = judge(standing)
      for (const each of [{ world, attempt }, ...others, { world, attempt }]) {
        const moment = onto(standing, momentOf(each.attempt, each.world))
        const answer = kept(moment)
        const whole = worldOf(standing, moment)
        expect(answer).toEqual(admit(each.attempt, whole))
        expect(answer).toEqual(judge(JSON.parse(JSON.stringify(standing)))(JSON.parse(JSON.stringify(moment))))
      }
    }),
    { numRuns: 2_000 },
  )
})

test('standing and moment together are the world', () => {
  fc.assert(
    fc.property(seen, ({ attempt, world }) => {
      expect(worldOf(standingOf(world), momentOf(attempt, world))).toEqual(world)
    }),
  )
})

test('who judges again judges by the tables of then', () => {
  const law = { ...base, tables: { law: table, emergency } }
  expect(admit(attemptTo('13900000001'), law)).toMatchObject({
    refusal: { code: 'licence-missing', rule: 'cn-unruled' },
  })
  expect(admit(attemptTo('555'), { ...law, destination: destinationOf('555', 'CN') })).toMatchObject({
    refusal: { code: 'emergency-number', digits: '555' },
  })
})
