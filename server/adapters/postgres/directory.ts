import type { Contact, Department, DirectoryStore, Member } from '#directory'
import { type DepartmentId, type MemberId, no, type OrganizationId, yes } from '#kernel'
import { type Selectable, sql } from 'kysely'
import { inTransaction, type Db, violatedConstraint } from './connection.ts'
import type { Tables } from './tables.ts'

export function openDirectoryStore(db: Db): DirectoryStore {
  return {
    organizations: () => db.selectFrom('organization').selectAll().orderBy('name').orderBy('id').execute(),
    organization: (id) => db.selectFrom('organization').selectAll().where('id', '=', id).executeTakeFirst(),
    async createOrganization(organization) {
      await db.insertInto('organization').values(organization).execute()
    },
    members: (organizationId) => selectMembers(db, organizationId),
    member: async (organizationId, id) => (await selectMembers(db, organizationId, id))[0],
    createMember: (member) => insertMember(db, member),
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
    async createDepartment(department) {
      await db.insertInto('department').values(departmentToRow(department)).execute()
    },
    async contacts(organizationId, memberId): Promise<readonly Contact[]> {
      const rows = await db
        .selectFrom('contact')
        .selectAll()
        .where('organization_id', '=', organizationId)
        .where('member_id', '=', memberId)
        .orderBy('name')
        .orderBy('number')
        .execute()
      return rows.map((row) => ({ memberId: row.member_id, name: row.name, number: row.number }))
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

async function selectMembers(db: Db, organizationId: OrganizationId, id?: MemberId): Promise<readonly Member[]> {
  const rows = await db
    .selectFrom('member')
    .selectAll()
    .select(
      sql<
        DepartmentId[]
      >`ARRAY(SELECT department_id::text FROM member_department WHERE member_id = member.id ORDER BY 1)`.as(
        'department_ids',
      ),
    )
    .where('organization_id', '=', organizationId)
    .$if(id !== undefined, (query) => query.where('id', '=', id!))
    .orderBy('name')
    .orderBy('id')
    .execute()
  return rows.map(memberFromRow)
}

async function insertMember(db: Db, member: Member): ReturnType<DirectoryStore['createMember']> {
  try {
    await inTransaction(db, async (transaction) => {
      await transaction.insertInto('member').values(memberToRow(member)).execute()
      const departments = member.departmentIds.map((department_id) => ({
        organization_id: member.organizationId,
        member_id: member.id,
        department_id,
      }))
      if (departments.length > 0) await transaction.insertInto('member_department').values(departments).execute()
    })
    return yes(member)
  } catch (error) {
    if (violatedConstraint(error) === 'member_login_unique') return no({ code: 'login-taken' })
    throw error
  }
}

function memberFromRow(
  row: Selectable<Tables['member']> & { readonly department_ids: readonly DepartmentId[] },
): Member {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    login: row.login,
    role: row.role,
    standing: row.standing,
    phone: row.phone,
    extension: row.extension,
    departmentIds: row.department_ids,
    tags: row.tags,
    isShielded: row.is_shielded,
    isNumberHidden: row.is_number_hidden,
    limits: { mayCall: row.may_call, monthlyMs: row.monthly_ms },
    workingHours: row.working_hours,
  }
}

function memberToRow(member: Member) {
  return {
    id: member.id,
    organization_id: member.organizationId,
    name: member.name,
    login: member.login,
    role: member.role,
    standing: member.standing,
    phone: member.phone,
    extension: member.extension,
    tags: member.tags,
    is_shielded: member.isShielded,
    is_number_hidden: member.isNumberHidden,
    may_call: member.limits.mayCall,
    monthly_ms: member.limits.monthlyMs,
    working_hours: member.workingHours === null ? null : JSON.stringify(member.workingHours),
  }
}

const departmentFromRow = (row: Selectable<Tables['department']>): Department => ({
  id: row.id,
  organizationId: row.organization_id,
  parentId: row.parent_id,
  name: row.name,
  depth: row.depth,
  limits: { mayCall: row.may_call, monthlyMs: row.monthly_ms },
})

const departmentToRow = (department: Department): Selectable<Tables['department']> => ({
  id: department.id,
  organization_id: department.organizationId,
  parent_id: department.parentId,
  name: department.name,
  depth: department.depth,
  may_call: department.limits.mayCall,
  monthly_ms: department.limits.monthlyMs,
})
