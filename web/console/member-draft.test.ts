import { memberChange, newMember, type WireMember } from '@tandem/contract'
import { describe, expect, test } from 'vitest'
import { changeOf, differences, draftOf, EMPTY_DRAFT, fieldOfPath, wholeOf, type MemberDraft } from './member-draft.ts'

const ann: WireMember = {
  id: '01900000-0000-7000-8000-000000000001',
  organizationId: '01900000-0000-7000-8000-000000000002',
  name: 'Ann',
  login: 'ann',
  role: 'member',
  standing: 'active',
  phone: '+8613900000001',
  isCallable: true,
  extension: '801',
  departments: [],
  departmentIds: [],
  tags: ['night', 'driver'],
  isShielded: false,
  isNumberHidden: false,
  limits: { mayCall: null, monthlyMs: 18_000_000 },
  workingHours: { weekdays: [1, 2], fromMinute: 1320, untilMinute: 1440 },
}
const base = draftOf(ann)
const changed = (part: Partial<MemberDraft>) => changeOf({ ...base, ...part }, base)

describe('a form that is sent', () => {
  test.each<readonly [string, Partial<MemberDraft>, object]>([
    ['names nothing, when nothing differs', {}, {}],
    ['names what differs, and clears what is empty', { name: 'Anne', phone: ' ' }, { name: 'Anne', phone: null }],
    ['leaves one limit, when the other differs', { mayCall: 'nobody' }, { limits: { mayCall: 'nobody' } }],
    ['has minutes as milliseconds', { monthly: '1.5' }, { limits: { monthlyMs: 90_000 } }],
    ['has 0 minutes as a limit, and none as none', { monthly: '0' }, { limits: { monthlyMs: 0 } }],
    ['clears a limit', { monthly: '' }, { limits: { monthlyMs: null } }],
    ['takes commas of any language between tags', { tags: 'a，b、c, d' }, { tags: ['a', 'b', 'c', 'd'] }],
    [
      'has the whole of the hours, when one of them differs',
      { hoursFrom: '20:30' },
      { workingHours: { weekdays: [1, 2], fromMinute: 1230, untilMinute: 1440 } },
    ],
    ['takes hours away', { hasHours: false }, { workingHours: null }],
  ])('%s', (...[, part, expected]) => {
    expect(changed(part)).toEqual(expected)
    expect(memberChange.safeParse(changed(part)).success).toBe(true)
  })

  test.each<readonly [string, Partial<MemberDraft>, string]>([
    ['minutes that are no number', { monthly: 'many' }, 'monthly'],
    ['less than no minutes', { monthly: '-1' }, 'monthly'],
    ['hours without a time', { hoursUntil: '' }, 'hasHours'],
    ['no name', { name: ' ' }, 'name'],
    ['an extension of letters', { extension: 'abc' }, 'extension'],
  ])('with %s is stopped, at its box', (...[, part, field]) => {
    const { error } = memberChange.safeParse(changed(part))
    expect(error?.issues.map(({ path }) => fieldOfPath(path.join('.')))).toContain(field)
  })
})

test('what is read and sent as it is differs in nothing, and a new member is one that the API takes', () => {
  expect(differences(base, draftOf(ann))).toEqual([])
  expect(newMember.safeParse({ ...wholeOf(EMPTY_DRAFT), name: 'Bob', login: 'bob' }).success).toBe(true)
})
