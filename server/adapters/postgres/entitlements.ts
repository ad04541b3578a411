import { usageIdOf, type EntitlementStore, type Plan, type PlanVersion, type Subscription } from '#entitlements'
import { durationMs, type Instant, no, type OrganizationId, type SubscriptionId, yes } from '#kernel'
import { sql } from 'kysely'
import { inTransaction, type Db, violatedConstraint } from './connection.ts'
import { planVersionFromRow, selectPlanVersionAt } from './plan-versions.ts'
import { grantToPool, openPools, selectLedger } from './pools.ts'
import { selectPool, selectPools, selectSeatCount } from './pool-list.ts'
import { maybeTimestamp, timestamp } from './values.ts'

export function openEntitlementStore(db: Db): EntitlementStore {
  return {
    plans: () => db.selectFrom('plan').selectAll().orderBy('name').execute(),
    createPlan: (plan) => insertPlan(db, plan),
    async planVersions(planId) {
      const rows = await db
        .selectFrom('plan_version')
        .selectAll()
        .where('plan_id', '=', planId)
        .orderBy('effective_from')
        .execute()
      return rows.map(planVersionFromRow)
    },
    createPlanVersion: (version) => insertPlanVersion(db, version),
    subscriptions: (organizationId) => selectSubscriptions(db, organizationId),
    createSubscription: (subscription) => insertSubscription(db, subscription),
    changeSeats: (id, seats) => updateSeats(db, id, seats),
    endSubscription: (id, at) => endSubscription(db, id, at),
    planVersionAt: (organizationId, at) => selectPlanVersionAt(db, organizationId, at),
    openPools: (owner, sought) => openPools(db, owner, sought),
    pool: (organizationId, id) => selectPool(db, organizationId, id),
    listPools: (filter) => selectPools(db, filter),
    seatCount: (organizationId, at) => selectSeatCount(db, organizationId, at),
    async usedMs(month) {
      const row = await db
        .selectFrom('member_usage')
        .select(['used_ms', 'held_ms'])
        .where('id', '=', usageIdOf(month))
        .executeTakeFirst()
      return durationMs(row === undefined ? 0 : row.used_ms + row.held_ms)
    },
    grant: (grant) => grantToPool(db, grant),
    ledger: (page) => selectLedger(db, page),
    async openHolds() {
      const rows = await db
        .selectFrom('hold')
        .select(['leg_id', sql<number>`sum(held_ms)::bigint`.as('held_ms')])
        .groupBy('leg_id')
        .orderBy('leg_id')
        .execute()
      return rows.map((row) => ({ legId: row.leg_id, heldMs: durationMs(row.held_ms) }))
    },
  }
}

async function insertPlan(db: Db, plan: Plan): ReturnType<EntitlementStore['createPlan']> {
  try {
    await db.insertInto('plan').values(plan).execute()
    return yes(plan)
  } catch (error) {
    if (violatedConstraint(error) === 'plan_name_unique') return no({ code: 'name-taken' })
    throw error
  }
}

async function insertPlanVersion(db: Db, version: PlanVersion): ReturnType<EntitlementStore['createPlanVersion']> {
  try {
    await db
      .insertInto('plan_version')
      .values({
        id: version.id,
        plan_id: version.planId,
        effective_from: timestamp(version.effectiveFrom),
        terms: JSON.stringify(version.terms),
      })
      .execute()
    return yes(version)
  } catch (error) {
    const violated = violatedConstraint(error)
    if (violated === 'plan_version_plan') return no({ code: 'plan-unknown' })
    if (violated === 'plan_version_instant') return no({ code: 'instant-taken' })
    throw error
  }
}

async function insertSubscription(
  db: Db,
  subscription: Subscription,
): ReturnType<EntitlementStore['createSubscription']> {
  const { id, organizationId, planId, from, until, seats } = subscription
  try {
    await db
      .insertInto('subscription')
      .values({
        id,
        organization_id: organizationId,
        plan_id: planId,
        during: sql<string>`tstzrange(${timestamp(from)}, ${maybeTimestamp(until)})`,
        seats,
      })
      .execute()
    return yes(subscription)
  } catch (error) {
    const violated = violatedConstraint(error)
    if (violated === 'subscription_plan') return no({ code: 'plan-unknown' })
    if (violated === 'subscription_overlap') return no({ code: 'overlaps' })
    throw error
  }
}

const subscriptionColumns = [
  'id',
  'organization_id as organizationId',
  'plan_id as planId',
  sql<Instant>`lower(during)`.as('from'),
  sql<Instant | null>`upper(during)`.as('until'),
  'seats',
] as const

const subscriptionsOf = (db: Db) => db.selectFrom('subscription').select(subscriptionColumns).$castTo<Subscription>()

const selectSubscriptions = (db: Db, organizationId: OrganizationId): Promise<readonly Subscription[]> =>
  subscriptionsOf(db).where('organization_id', '=', organizationId).orderBy('during').execute()

const updateSeats = (
  db: Db,
  ...[id, seats]: Parameters<EntitlementStore['changeSeats']>
): ReturnType<EntitlementStore['changeSeats']> =>
  inTransaction(db, async (transaction) => {
    const before = await subscriptionsOf(transaction).where('id', '=', id).forUpdate().executeTakeFirst()
    if (before === undefined) return undefined
    await transaction.updateTable('subscription').set({ seats }).where('id', '=', id).execute()
    return { before, after: { ...before, seats } }
  })

const endSubscription = (db: Db, id: SubscriptionId, at: Instant): ReturnType<EntitlementStore['endSubscription']> =>
  inTransaction(db, async (transaction) => {
    const before = await subscriptionsOf(transaction).where('id', '=', id).forUpdate().executeTakeFirst()
    if (before === undefined) return undefined
    if (before.until !== null && before.until <= at) return { before, after: before }
    if (before.from >= at) {
      await transaction.deleteFrom('subscription').where('id', '=', id).execute()
      return { before, after: null }
    }
    await transaction
      .updateTable('subscription')
      .set({ during: sql<string>`tstzrange(lower(during), ${timestamp(at)})` })
      .where('id', '=', id)
      .execute()
    return { before, after: { ...before, until: at } }
  })
