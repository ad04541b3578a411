import type { LimitsInForce } from '#directory'
import type { MemberId, OrganizationId } from '#kernel'
import { sql } from 'kysely'
import type { Db } from './connection.ts'

export async function selectLimits(
  db: Db,
  organizationId: OrganizationId,
  memberId: MemberId,
): Promise<LimitsInForce | undefined> {
  const { rows } = await sql<LimitsInForce>`
    SELECT json_build_object('mayCall', may_call, 'monthlyMs', monthly_ms) AS own, ${departmentLimits(memberId)} AS departments
      FROM member WHERE organization_id = ${organizationId} AND id = ${memberId}`.execute(db)
  return rows[0]
}

/** As JSON: the limits of each department on the way from the root to the member. */
export const departmentLimits = (memberId: string) => sql<LimitsInForce['departments']>`(
  WITH RECURSIVE line AS (
    SELECT department.* FROM department JOIN member_department ON department_id = id WHERE member_id = ${memberId}
    UNION
    SELECT parent.* FROM department AS parent JOIN line ON parent.id = line.parent_id)
  SELECT coalesce(json_agg(json_build_object('depth', depth,
    'limits', json_build_object('mayCall', may_call, 'monthlyMs', monthly_ms)) ORDER BY depth, id), '[]') FROM line)`
