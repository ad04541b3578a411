import type { MemberId, OrganizationId, Outcome } from '#kernel'
import type { Contact, Department, Member } from './member.ts'
import type { Organization } from './organization.ts'

/** The port to where the directory is kept. Everything but organizations themselves is asked within one organization. */
export type DirectoryStore = {
  organizations(): Promise<readonly Organization[]>
  organization(id: OrganizationId): Promise<Organization | undefined>
  createOrganization(organization: Organization): Promise<void>
  members(organizationId: OrganizationId): Promise<readonly Member[]>
  member(organizationId: OrganizationId, id: MemberId): Promise<Member | undefined>
  createMember(member: Member): Promise<Outcome<Member, { readonly code: 'login-taken' }>>
  departments(organizationId: OrganizationId): Promise<readonly Department[]>
  createDepartment(department: Department): Promise<void>
  contacts(organizationId: OrganizationId, memberId: MemberId): Promise<readonly Contact[]>
  saveContact(organizationId: OrganizationId, contact: Contact): Promise<void>
}
