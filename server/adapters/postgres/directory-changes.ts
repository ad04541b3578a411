import type { Department, DirectoryStore, Member, Organization, Staff } from '#directory'
import { type DepartmentId, no, type OrganizationId, yes } from '#kernel'
import { sql } from 'kysely'
import { departmentToRow, ORGANIZATION } from './directory-rows.ts'
import { memberToRow } from './members.ts'
import { inTransaction, type Db, violatedConstraint } from './connection.ts'

/** Until the end of the transaction nobody else changes the organization's people. Calls read on, and go on. */
export const lockOrganization = (db: Db, id: OrganizationId): Promise<Organization | undefined> =>
  db.selectFrom('organization').select(ORGANIZATION).where('id', '=', id).forNoKeyUpdate().executeTakeFirst()

export async function insertOrganization(
  db: Db,
  organization: Organization,
): ReturnType<DirectoryStore['createOrganization']> {
  try {
    await db.insertInto('organization').values(organization).execute()
    return yes(organization)
  } catch (error) {
    if (violatedConstraint(error) === 'organization_code_unique') return no({ code: 'organization-code-taken' })
    throw error
  }
}

/** Codes are given one after the other: two organizations of one name may be made at once. */
export async function freeCode(db: Db, codes: Iterable<string>): Promise<string | undefined> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended('organization code', 0))`.execute(db)
  for (const code of codes) {
    const { isTaken } = await db
      .selectNoFrom(
        sql<boolean>`EXISTS (SELECT FROM organization WHERE code = ${code})
          OR EXISTS (SELECT FROM member WHERE login LIKE ${`%@${code}`})`.as('isTaken'),
      )
      .executeTakeFirstOrThrow()
    if (!isTaken) return code
  }
  return undefined
}

export async function updateOrganization(db: Db, { id, ...rest }: Organization): Promise<void> {
  await db.updateTable('organization').set(rest).where('id', '=', id).execute()
}

export async function selectStaff(db: Db, organizationId: OrganizationId): Promise<Staff> {
  const [members, departments] = await Promise.all([
    db
      .selectFrom('member')
      .select([
        sql<number>`count(*)::int`.as('count'),
        sql<number>`(count(*) FILTER (WHERE role = 'administrator' AND standing = 'active'))::int`.as('administrators'),
        sql<readonly string[]>`coalesce(array_agg(extension) FILTER (WHERE extension IS NOT NULL), '{}')`.as(
          'extensions',
        ),
      ])
      .where('organization_id', '=', organizationId)
      .executeTakeFirstOrThrow(),
    db.selectFrom('department').select('id').where('organization_id', '=', organizationId).execute(),
  ])
  return {
    memberCount: members.count,
    activeAdministrators: members.administrators,
    extensions: new Set(members.extensions),
    departmentIds: new Set(departments.map(({ id }) => id)),
  }
}

/** An insert or update of a member that may find his login or extension taken. */
async function unlessTaken(member: Member, write: () => Promise<void>): ReturnType<DirectoryStore['createMember']> {
  try {
    await write()
    return yes(member)
  } catch (error) {
    const violated = violatedConstraint(error)
    if (violated === 'member_login_unique') return no({ code: 'login-taken' })
    if (violated === 'member_extension_unique') return no({ code: 'extension-taken' })
    throw error
  }
}

export const insertMember = (db: Db, member: Member): ReturnType<DirectoryStore['createMember']> =>
  unlessTaken(member, () =>
    inTransaction(db, async (transaction) => {
      await transaction.insertInto('member').values(memberToRow(member)).execute()
      await insertMemberships(transaction, member)
    }),
  )

export const updateMember = (db: Db, member: Member): ReturnType<DirectoryStore['changeMember']> =>
  unlessTaken(member, () =>
    inTransaction(db, async (transaction) => {
      const { id, organization_id, ...rest } = memberToRow(member)
      await transaction
        .updateTable('member')
        .set(rest)
        .where('id', '=', id)
        .where('organization_id', '=', organization_id)
        .execute()
      await transaction.deleteFrom('member_department').where('member_id', '=', id).execute()
      await insertMemberships(transaction, member)
    }),
  )

async function insertMemberships(db: Db, { id, organizationId, departmentIds }: Member): Promise<void> {
  if (departmentIds.length === 0) return
  const rows = departmentIds.map((department_id) => ({
    organization_id: organizationId,
    member_id: id,
    department_id,
  }))
  await db.insertInto('member_department').values(rows).execute()
}

export async function insertDepartment(db: Db, department: Department): Promise<void> {
  await db.insertInto('department').values(departmentToRow(department)).execute()
}

export async function updateDepartments(db: Db, departments: readonly Department[]): Promise<void> {
  for (const department of departments) {
    const { id, organization_id, ...rest } = departmentToRow(department)
    await db
      .updateTable('department')
      .set(rest)
      .where('id', '=', id)
      .where('organization_id', '=', organization_id)
      .execute()
  }
}

/** The foreign keys of members and of departments below would refuse as well; asked first, the transaction goes on. */
export async function deleteDepartment(
  db: Db,
  organizationId: OrganizationId,
  id: DepartmentId,
): ReturnType<DirectoryStore['deleteDepartment']> {
  const { isUsed } = await db
    .selectNoFrom(
      sql<boolean>`EXISTS (SELECT FROM member_department WHERE department_id = ${id})
        OR EXISTS (SELECT FROM department WHERE parent_id = ${id})`.as('isUsed'),
    )
    .executeTakeFirstOrThrow()
  if (isUsed) return no({ code: 'department-in-use' })
  await db.deleteFrom('department').where('id', '=', id).where('organization_id', '=', organizationId).execute()
  return yes(id)
}
