import { no, yes, type DepartmentId, type Outcome } from '#kernel'
import type { CallLimits } from './limits.ts'
import type { Member } from './member.ts'

/** What becomes different; what is left out stays as it is. */
export type MemberChange = Partial<Omit<Member, 'id' | 'organizationId' | 'limits'>> & {
  readonly limits?: Partial<CallLimits>
}

/** What a change is judged by, read under one lock. */
export type Staff = {
  readonly memberCount: number
  readonly activeAdministrators: number
  /** Of all members, the changed one's own too. */
  readonly extensions: ReadonlySet<string>
  readonly departmentIds: ReadonlySet<DepartmentId>
}

export type MemberRefusal = { readonly code: 'department-unknown' | 'extension-taken' | 'last-administrator' }

/** `mayLeaveNobody`: the operator may take an organization's last administrator away; nobody of its own may. */
export function changeMember(
  member: Member,
  change: MemberChange,
  { staff, mayLeaveNobody }: { readonly staff: Staff; readonly mayLeaveNobody: boolean },
): Outcome<Member, MemberRefusal> {
  const changed: Member = { ...member, ...change, limits: { ...member.limits, ...change.limits } }
  if (!changed.departmentIds.every((id) => staff.departmentIds.has(id))) return no({ code: 'department-unknown' })
  if (changed.extension !== null && changed.extension !== member.extension && staff.extensions.has(changed.extension))
    return no({ code: 'extension-taken' })
  if (isInOffice(member) && !isInOffice(changed) && staff.activeAdministrators <= 1 && !mayLeaveNobody)
    return no({ code: 'last-administrator' })
  return yes(changed)
}

const isInOffice = ({ role, standing }: Member): boolean => role === 'administrator' && standing === 'active'
