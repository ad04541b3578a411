import type { PlanVersion } from '#entitlements'
import type { Instant, OrganizationId } from '#kernel'
import { type Selectable, sql } from 'kysely'
import type { Db } from './connection.ts'
import type { Tables } from './tables.ts'
import { asTimestamp } from './values.ts'

/** The latest version of the plan that the organization is on at `at`. */
export async function selectPlanVersionAt(
  db: Db,
  organizationId: OrganizationId,
  at: Instant,
): Promise<PlanVersion | undefined> {
  const row = await db
    .selectFrom('subscription')
    .innerJoin('plan_version', 'plan_version.plan_id', 'subscription.plan_id')
    .selectAll('plan_version')
    .where('organization_id', '=', organizationId)
    .where(sql<boolean>`during @> ${asTimestamp(at)}::timestamptz`)
    .where('effective_from', '<=', asTimestamp(at))
    .orderBy('effective_from', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && planVersionFromRow(row)
}

export const planVersionFromRow = (row: Selectable<Tables['plan_version']>): PlanVersion => ({
  id: row.id,
  planId: row.plan_id,
  effectiveFrom: row.effective_from,
  terms: row.terms,
})
