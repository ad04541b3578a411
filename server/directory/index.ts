export { addDepartment, changeDepartment, type DepartmentChange, type DepartmentRefusal } from './department.ts'
export { nextExtension } from './extension.ts'
export { resolveLimits, type CallLimits, type DepartmentLimits, type ResolvedLimits } from './limits.ts'
export { isLoginWithin, qualifiedLogin } from './login.ts'
export type { Contact, Department, Language, Member } from './member.ts'
export { changeMember, type MemberChange, type MemberRefusal, type Staff } from './member-change.ts'
export type { Organization } from './organization.ts'
export { codeFromName, codesLike, isOrganizationCode } from './organization-code.ts'
export {
  doNotDisturbAt,
  isTrustedEndpoint,
  MOST_MISSED,
  MOST_SUBSCRIPTIONS,
  type DoNotDisturb,
  type MissedCalls,
  type Push,
  type PushMessage,
  type PushOutcome,
  type PushServices,
  type PushSubscription,
  type ReachStore,
} from './reach.ts'
export { contactsWithText, digitsSought, foldText, searchTextOf, sortKeyOf } from './search.ts'
export type { DirectoryStore, LimitsInForce, ListedMember, MemberFilter } from './store.ts'
export { isWorking, nextShift, type WorkingHours } from './working-hours.ts'
