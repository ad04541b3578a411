import { describe, expect, test } from 'vitest'
import { later } from '#kernel'
import type { BusinessAttempt, Refusal } from './attempt.ts'
import { admit } from './decide.ts'
import { AT, attemptTo, id, sampleWorld } from './sample-world.ts'
import type { World } from './world.ts'

/** What somebody learns who tries numbers of colleagues that he may not see. */
const NUMBER = '13900000001'
const callerMay = (mayCall: World['caller']['limits']['mayCall']) => ({
  caller: { ...sampleWorld(NUMBER).caller, limits: { mayCall, monthlyMs: null } },
})
const anybody = callerMay('anybody')
const nobodys = { callee: null }
const seen = { callee: { name: 'Wei', isShielded: false, isNumberHidden: false, workingHours: null } }
const hidden = { callee: { ...seen.callee, isNumberHidden: true } }
const shielded = { callee: { ...seen.callee, isShielded: true } }
/** AT is Monday 10:30 in Shanghai. */
const hours = { weekdays: [1], fromMinute: 660, untilMinute: 1080 }
const asleep = { callee: { ...hidden.callee, workingHours: hours } }
const tapped = { calleeId: id<'member'>(4) }

function codeOf(change: Partial<World>, to: Partial<BusinessAttempt> = {}): Refusal['code'] | undefined {
  const admission = admit(attemptTo(NUMBER, to), { ...sampleWorld(NUMBER), ...change })
  return admission.admitted ? undefined : admission.refusal.code
}

describe('a number that the caller may not see', () => {
  test.for([
    ['nobody', 'caller-barred'],
    ['colleagues', 'callee-not-colleague'],
    ['contacts', 'callee-not-contact'],
  ] as const)('typed by who may call %s: refused as nobody’s number', ([circle, code]) => {
    const answers = [nobodys, hidden, shielded, asleep].map((whose) =>
      admit(attemptTo(NUMBER), { ...sampleWorld(NUMBER), ...callerMay(circle), ...whose }),
    )
    expect(answers).toEqual(answers.map(() => answers[0]))
    expect(answers[0]).toMatchObject({ refusal: { code } })
  })

  const rows: readonly (readonly [
    given: string,
    change: Partial<World>,
    to: Partial<BusinessAttempt>,
    code?: Refusal['code'],
  ])[] = [
    ['typed by who may call anybody: called', { ...anybody, ...hidden }, {}],
    ['tapped by who may call colleagues: called', { ...callerMay('colleagues'), ...hidden }, tapped],
    ['saved as a contact: called', { ...callerMay('contacts'), ...hidden, isSavedContact: true }, {}],
    ['tapped, shielded', { ...callerMay('colleagues'), ...shielded }, tapped, 'callee-shielded'],
    [
      'saved as a contact, shielded',
      { ...callerMay('contacts'), ...shielded, isSavedContact: true },
      {},
      'callee-shielded',
    ],
    [
      'of a shielded person, typed by another',
      { caller: { ...callerMay('colleagues').caller, isShielded: true }, ...shielded },
      {},
    ],
    ['the shield before hours', { callee: { ...shielded.callee, workingHours: hours } }, {}, 'callee-shielded'],
  ]
  test.for(rows)('%s', ([_given, change, to, code]) => {
    expect(codeOf(change, to)).toBe(code)
  })

  test('seen in a world that was stored before it was known', () => {
    const { isNumberHidden: _, ...callee } = hidden.callee
    expect(codeOf({ ...callerMay('colleagues'), callee })).toBeUndefined()
  })
})

describe('numbers typed in vain', () => {
  const none = { count: 0, sinceAt: null }
  const typed = (hour: number, day: number) => ({
    unconnected: none,
    typedInVain: {
      hour: { count: hour, sinceAt: later(AT, -50 * 60_000) },
      day: { count: day, sinceAt: later(AT, -23 * 3_600_000) },
    },
  })
  const inAnHour = { code: 'too-many-attempts', limit: 60, span: 'hour', againAt: later(AT, 10 * 60_000) } as const
  const inADay = { code: 'too-many-attempts', limit: 200, span: 'day', againAt: later(AT, 3_600_000) } as const

  test.for<readonly [given: string, change: Partial<World>, refusal: Refusal]>([
    ['sixty in an hour', typed(60, 199), inAnHour],
    ['two hundred in a day', typed(0, 200), inADay],
    [
      'both, and the last minute: the longest wait',
      { ...typed(60, 200), unconnected: { count: 20, sinceAt: AT } },
      inADay,
    ],
    ['before the shield, which they would find', { ...typed(60, 60), ...shielded }, inAnHour],
  ])('%s', ([_given, change, refusal]) => {
    expect(admit(attemptTo(NUMBER), { ...sampleWorld(NUMBER), ...change })).toEqual({
      admitted: false,
      refusal,
      alternatives: [{ kind: 'wait-until', at: (refusal as typeof inADay).againAt }],
    })
  })

  test('fewer stop nobody', () => {
    expect(codeOf(typed(59, 199))).toBeUndefined()
  })

  test('stop no call to a colleague who is tapped, and none for help', () => {
    expect(codeOf(typed(60, 200), tapped)).toBeUndefined()
    expect(admit(attemptTo('110'), { ...sampleWorld('110'), ...typed(60, 200) })).toMatchObject({
      refusal: { code: 'emergency-number' },
    })
  })
})
