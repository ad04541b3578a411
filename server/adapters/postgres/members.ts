import {
  digitsSought,
  foldText,
  type ListedMember,
  type Member,
  type MemberFilter,
  searchTextOf,
  sortKeyOf,
} from '#directory'
import type { DepartmentId, MemberId, OrganizationId } from '#kernel'
import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { Db } from './connection.ts'
import { partOf } from './lists.ts'
import type { Tables } from './tables.ts'
import { anyOf } from './values.ts'

export const membersOf = (db: Db, organizationId: OrganizationId) =>
  db
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

/** One page of an organization's members, by sort key and id. */
export async function selectMembers(db: Db, filter: MemberFilter): Promise<readonly ListedMember[]> {
  const { organizationId, reader, text, departmentId, role, standing } = filter
  const { after, limit } = filter.page
  const sought = text === null ? null : await isSought(db, organizationId, { text, reader })
  const rows = await membersOf(db, organizationId)
    .$if(reader !== null, (query) => query.where(isSeenBy(reader!)))
    .$if(sought !== null, (query) => query.where(sought!))
    .$if(departmentId !== null, (query) => query.where(isInOneOf([departmentId!])))
    .$if(role !== null, (query) => query.where('role', '=', role!))
    .$if(standing !== null, (query) => query.where('standing', '=', standing!))
    .$if(after !== null, (query) => query.where(sql<boolean>`(sort_key, id) > (${after!.key}, ${after!.id}::uuid)`))
    .orderBy('sort_key')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ ...memberFromRow(row), sortKey: row.sort_key }))
}

/** Whoever has the text, already folded, in his name, login, extension or tags; without columns. */
export const membersWithText = (db: Db, organizationId: OrganizationId, folded: string) =>
  db.selectFrom('member').where('organization_id', '=', organizationId).where('search_text', 'like', partOf(folded))

/** The shielded are seen by one another. */
export const isSeenBy = (reader: MemberId) => sql<boolean>`(
  NOT member.is_shielded OR member.id = ${reader} OR EXISTS (SELECT FROM member AS self WHERE self.id = ${reader} AND self.is_shielded))`

const isInOneOf = (departments: readonly DepartmentId[]) => sql<boolean>`EXISTS (
  SELECT FROM member_department WHERE member_id = member.id AND department_id = ${anyOf(departments)})`

type Sought = { readonly text: string; readonly reader: MemberId | null }

/** Departments are few: those whose name has the text are found first. */
async function isSought(
  db: Db,
  organizationId: OrganizationId,
  { text, reader }: Sought,
): Promise<RawBuilder<boolean>> {
  const folded = foldText(text)
  const departments = await db
    .selectFrom('department')
    .select(['id', 'name'])
    .where('organization_id', '=', organizationId)
    .execute()
  const named = departments.filter(({ name }) => foldText(name).includes(folded)).map(({ id }) => id)
  const digits = digitsSought(text)
  return sql<boolean>`(search_text LIKE ${partOf(folded)}
    OR ${isInOneOf(named)}
    OR ${digits === null ? sql`false` : sql`phone LIKE ${partOf(digits)} AND ${reader === null ? sql`true` : isNumberSeenBy(reader)}`})`
}

export const isNumberSeenBy = (reader: MemberId) => sql<boolean>`(NOT member.is_number_hidden OR member.id = ${reader})`

export function memberFromRow(
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
    language: row.language,
  }
}

export function memberToRow(member: Member) {
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
    language: member.language,
    sort_key: sortKeyOf(member.name),
    search_text: searchTextOf(member),
  }
}
