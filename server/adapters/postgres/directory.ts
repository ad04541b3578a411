import type { Contact, DirectoryStore, Member } from '#directory'
import type { MemberId, OrganizationId } from '#kernel'
import { type Selectable, sql } from 'kysely'
import type { Db } from './connection.ts'
import {
  deleteDepartment,
  freeCode,
  insertDepartment,
  insertMember,
  insertOrganization,
  lockOrganization,
  selectStaff,
  updateDepartments,
  updateMember,
  updateOrganization,
} from './directory-changes.ts'
import { departmentFromRow, ORGANIZATION } from './directory-rows.ts'
import { selectLimits } from './limits.ts'
import { memberFromRow, membersOf, selectMembers } from './members.ts'
import type { Tables } from './tables.ts'
import { anyOf } from './values.ts'

export function openDirectoryStore(db: Db): DirectoryStore {
  return {
    organizations: () => db.selectFrom('organization').select(ORGANIZATION).orderBy('name').orderBy('id').execute(),
    organization: (id) => db.selectFrom('organization').select(ORGANIZATION).where('id', '=', id).executeTakeFirst(),
    createOrganization: (organization) => insertOrganization(db, organization),
    freeCode: (codes) => freeCode(db, codes),
    members: async (organizationId) =>
      (await membersOf(db, organizationId).orderBy('name').orderBy('id').execute()).map(memberFromRow),
    listMembers: (filter) => selectMembers(db, filter),
    async membersNamed(organizationId, { ids, phones }) {
      const rows = await membersOf(db, organizationId)
        .where(({ or, eb }) => or([eb('id', '=', anyOf(ids)), sql<boolean>`phone = any(${phones})`]))
        .orderBy('id')
        .execute()
      return rows.map(memberFromRow)
    },
    async member(organizationId, id) {
      const row = await membersOf(db, organizationId).where('id', '=', id).executeTakeFirst()
      return row && memberFromRow(row)
    },
    limitsOf: (organizationId, id) => selectLimits(db, organizationId, id),
    lockOrganization: (id) => lockOrganization(db, id),
    changeOrganization: (organization) => updateOrganization(db, organization),
    staff: (organizationId) => selectStaff(db, organizationId),
    createMember: (member) => insertMember(db, member),
    changeMember: (member) => updateMember(db, member),
    async departments(organizationId) {
      const rows = await db
        .selectFrom('department')
        .selectAll()
        .where('organization_id', '=', organizationId)
        .orderBy('depth')
        .orderBy('name')
        .execute()
      return rows.map(departmentFromRow)
    },
    createDepartment: (department) => insertDepartment(db, department),
    changeDepartments: (departments) => updateDepartments(db, departments),
    deleteDepartment: (organizationId, id) => deleteDepartment(db, organizationId, id),
    memberWithExtension: (organizationId, extension) => selectMemberWithExtension(db, organizationId, extension),
    async contacts(organizationId, memberId) {
      const rows = await contactsOf(db, organizationId, memberId).orderBy('name').orderBy('number').execute()
      return rows.map(contactFromRow)
    },
    async contactsNamed(organizationId, memberId, numbers) {
      const rows = await contactsOf(db, organizationId, memberId)
        .where(sql<boolean>`number = any(${numbers})`)
        .execute()
      return rows.map(contactFromRow)
    },
    async saveContact(organizationId, { memberId, name, number }) {
      await db
        .insertInto('contact')
        .values({ organization_id: organizationId, member_id: memberId, name, number })
        .onConflict((conflict) => conflict.columns(['member_id', 'number']).doUpdateSet({ name }))
        .execute()
    },
  }
}

async function selectMemberWithExtension(
  db: Db,
  organizationId: OrganizationId,
  extension: string,
): Promise<Member | undefined> {
  const row = await membersOf(db, organizationId).where('extension', '=', extension).executeTakeFirst()
  return row && memberFromRow(row)
}

const contactsOf = (db: Db, organizationId: OrganizationId, memberId: MemberId) =>
  db.selectFrom('contact').selectAll().where('organization_id', '=', organizationId).where('member_id', '=', memberId)

const contactFromRow = (row: Selectable<Tables['contact']>): Contact => ({
  memberId: row.member_id,
  name: row.name,
  number: row.number,
})
