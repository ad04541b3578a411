import type { DepartmentId, MemberId, OrganizationId, Outcome, Page } from '#kernel'
import type { CallLimits, DepartmentLimits } from './limits.ts'
import type { Staff } from './member-change.ts'
import type { Contact, Department, Member } from './member.ts'
import type { Organization } from './organization.ts'

/** The port to where the directory is kept. Everything but organizations themselves is asked within one organization. */
export type DirectoryStore = {
  organizations(): Promise<readonly Organization[]>
  organization(id: OrganizationId): Promise<Organization | undefined>
  createOrganization(organization: Organization): Promise<Outcome<Organization, OrganizationCodeTaken>>
  /** The first of these codes that no organization and no login has; it stays free until the transaction's end. */
  freeCode(codes: Iterable<string>): Promise<string | undefined>
  /** All of them: for small organizations and work in the background. Screens read pages. */
  members(organizationId: OrganizationId): Promise<readonly Member[]>
  /** By name. */
  listMembers(filter: MemberFilter): Promise<readonly ListedMember[]>
  /** Those with these ids and those with these phones, by id; who is not there is left out. */
  membersNamed(
    organizationId: OrganizationId,
    named: { readonly ids: readonly MemberId[]; readonly phones: readonly string[] },
  ): Promise<readonly Member[]>
  member(organizationId: OrganizationId, id: MemberId): Promise<Member | undefined>
  memberWithExtension(organizationId: OrganizationId, extension: string): Promise<Member | undefined>
  /** What limits the member's calls now: his own and, from the root on, his departments'. */
  limitsOf(organizationId: OrganizationId, id: MemberId): Promise<LimitsInForce | undefined>
  /**
   * In a transaction: until its end nobody else who takes the lock changes the organization or its people. What a change
   * is judged by is read behind it. Calls are not held up.
   */
  lockOrganization(id: OrganizationId): Promise<Organization | undefined>
  changeOrganization(organization: Organization): Promise<void>
  staff(organizationId: OrganizationId): Promise<Staff>
  createMember(member: Member): Promise<Outcome<Member, LoginOrExtensionTaken>>
  changeMember(member: Member): Promise<Outcome<Member, LoginOrExtensionTaken>>
  departments(organizationId: OrganizationId): Promise<readonly Department[]>
  createDepartment(department: Department): Promise<void>
  changeDepartments(departments: readonly Department[]): Promise<void>
  /** Refused while it has members or departments below. */
  deleteDepartment(
    organizationId: OrganizationId,
    id: DepartmentId,
  ): Promise<Outcome<DepartmentId, { readonly code: 'department-in-use' }>>
  contacts(organizationId: OrganizationId, memberId: MemberId): Promise<readonly Contact[]>
  /** Those of the member's contacts that have these numbers. */
  contactsNamed(
    organizationId: OrganizationId,
    memberId: MemberId,
    numbers: readonly string[],
  ): Promise<readonly Contact[]>
  saveContact(organizationId: OrganizationId, contact: Contact): Promise<void>
}

export type MemberFilter = {
  readonly organizationId: OrganizationId
  /**
   * Who reads: the shielded are not for him unless he is one of them, and nobody is found by a number that is hidden from
   * him. `null` = who is in charge and sees all.
   */
  readonly reader: MemberId | null
  /** Part of a name, login, extension, tag, department's name or phone. */
  readonly text: string | null
  readonly departmentId: DepartmentId | null
  readonly role: Member['role'] | null
  readonly standing: Member['standing'] | null
  /** Its cursor's key is the member's `sortKey`. */
  readonly page: Page<string>
}

/** A member with the key of his place in the list. */
export type ListedMember = Member & { readonly sortKey: string }

/** Nothing is resolved yet: see `resolveLimits`. */
export type LimitsInForce = { readonly own: CallLimits; readonly departments: readonly DepartmentLimits[] }

type OrganizationCodeTaken = { readonly code: 'organization-code-taken' }

/** Within a transaction it has ended it: nothing more can be written. */
type LoginOrExtensionTaken = { readonly code: 'login-taken' | 'extension-taken' }
