import { describe, expect, test } from 'vitest'
import { durationMs, type DepartmentId, type MemberId, type OrganizationId } from '#kernel'
import { changeMember, type MemberChange, type Staff } from './member-change.ts'
import type { Member } from './member.ts'

const member: Member = {
  id: 'm' as MemberId,
  organizationId: 'o' as OrganizationId,
  name: 'Ann',
  login: 'ann',
  role: 'administrator',
  standing: 'active',
  phone: null,
  extension: '800',
  departmentIds: ['sales' as DepartmentId],
  tags: ['night'],
  isShielded: false,
  isNumberHidden: false,
  limits: { mayCall: 'contacts', monthlyMs: durationMs(60_000) },
  workingHours: null,
  language: null,
}
const staff: Staff = {
  memberCount: 2,
  activeAdministrators: 2,
  extensions: new Set(['800', '801']),
  departmentIds: new Set(['sales' as DepartmentId]),
}
const changed = (change: MemberChange, facts: Partial<Staff> = {}, mayLeaveNobody = false) =>
  changeMember(member, change, { staff: { ...staff, ...facts }, mayLeaveNobody })

describe('a change', () => {
  test('leaves what it does not name, within limits too', () => {
    expect(changed({ name: 'Anne', limits: { monthlyMs: null } })).toEqual({
      ok: true,
      value: { ...member, name: 'Anne', limits: { mayCall: 'contacts', monthlyMs: null } },
    })
  })

  const refused: readonly (readonly [string, MemberChange, string])[] = [
    ['to a department that is not there', { departmentIds: ['x' as DepartmentId] }, 'department-unknown'],
    ['to the extension of a colleague', { extension: '801' }, 'extension-taken'],
    ['of the last administrator to a member', { role: 'member' }, 'last-administrator'],
    ['that suspends the last administrator', { standing: 'suspended' }, 'last-administrator'],
  ]
  test.each(refused)('%s is refused', (...[, change, code]) => {
    expect(changed(change, { activeAdministrators: 1 })).toEqual({ ok: false, refusal: { code } })
  })

  test('may keep the own extension, or take none', () => {
    expect(changed({ extension: '800' }).ok).toBe(true)
    expect(changed({ extension: null }).ok).toBe(true)
  })

  test('may take the role of one among several, and the operator that of the last', () => {
    expect(changed({ role: 'member' }).ok).toBe(true)
    expect(changed({ role: 'member' }, { activeAdministrators: 1 }, true).ok).toBe(true)
  })
})
