import {
  drawOrder,
  hasFreeSeat,
  missingBuckets,
  offerFor,
  poolsToOpen,
  seatsKey,
  wholeOffer,
  type EntitlementStore,
  type Grant,
  type LedgerEntry,
  type LedgerPage,
  type NewPool,
  type PlanTerms,
  type Pool,
  type PoolOwner,
  type PoolsSought,
} from '#entitlements'
import { durationMs, type Instant, no, yes } from '#kernel'
import { type Selectable, sql } from 'kysely'
import { type Db, inTransaction } from './connection.ts'
import { selectPlanVersionAt } from './plan-versions.ts'
import type { Tables } from './tables.ts'
import { asTimestamp, timestamp } from './values.ts'

/** See `EntitlementStore.openPools`: what is to be made is decided by `poolsToOpen`, and made here or not at all. */
export async function openPools(db: Db, owner: PoolOwner, sought: PoolsSought): Promise<readonly Pool[]> {
  const { at, offer } = sought
  const { pools, terms } = await selectOpenPools(db, owner, sought)
  // A leg's own offer and all its pools are there: the usual slice asks for no version.
  if (offer !== undefined && missingBuckets(offer, pools).length === 0) return drawOrder(offer.draws, pools)
  const inForce =
    offer === undefined ? terms : ((await selectPlanVersionAt(db, owner.organizationId, at))?.terms ?? null)
  const drawnBy = offer ?? (inForce === null ? undefined : offerFor(inForce, 'participant'))
  if (drawnBy === undefined) return []
  const whole = inForce === null ? null : wholeOffer(inForce)
  if (missingBuckets(drawnBy, pools, whole).length === 0) return drawOrder(drawnBy.draws, pools)
  const { zone } = await db
    .selectFrom('organization')
    .select('zone')
    .where('id', '=', owner.organizationId)
    .executeTakeFirstOrThrow()
  const missing = poolsToOpen({ owner, at, zone, offer: drawnBy, inForce: whole, pools })
  for (const pool of missing) await openPool(db, pool)
  return drawOrder(drawnBy.draws, (await selectOpenPools(db, owner, { at, offer: drawnBy })).pools)
}

type OpenPools = {
  readonly pools: readonly Pool[]
  /** Of the version in force; `null`: there is none, or it is not asked for. */
  readonly terms: PlanTerms | null
}

/** The names inside the JSON are those of `Pool`: one round for the pools, and the terms where no offer says how they are drawn. */
async function selectOpenPools(
  db: Db,
  { organizationId, memberId }: PoolOwner,
  { at, offer }: PoolsSought,
): Promise<OpenPools> {
  const when = timestamp(at)
  const terms = sql`(
    SELECT terms FROM subscription JOIN plan_version ON plan_version.plan_id = subscription.plan_id
     WHERE organization_id = ${organizationId} AND during @> ${when}::timestamptz AND effective_from <= ${when}
     ORDER BY effective_from DESC LIMIT 1)`
  const { rows } = await sql<OpenPools>`
    SELECT ${offer === undefined ? terms : sql`NULL::jsonb`} AS terms,
      (SELECT coalesce(json_agg(json_build_object('id', id, 'organizationId', organization_id, 'bucket', bucket, 'memberId', member_id,
          'period', json_build_object('from', epoch_ms(period_from), 'until', epoch_ms(period_until)),
          'grantedMs', granted_ms, 'usedMs', used_ms, 'heldMs', held_ms, 'seq', seq)), '[]')
        FROM pool WHERE organization_id = ${organizationId} AND (member_id IS NULL OR member_id = ${memberId})
          AND period_from <= ${when} AND ${when} < period_until) AS pools`.execute(db)
  return rows[0]!
}

/** With its grant, or not at all; not at all, too, if it would need a seat and none is free. */
const openPool = (db: Db, { pool, grant }: NewPool): Promise<void> =>
  inTransaction(db, async (transaction) => {
    if (pool.bucket === 'member' && !(await takesSeat(transaction, pool, grant.at))) return
    await transaction
      .insertInto('pool')
      .values({
        id: pool.id,
        organization_id: pool.organizationId,
        bucket: pool.bucket,
        member_id: pool.memberId,
        period_from: timestamp(pool.period.from),
        period_until: timestamp(pool.period.until),
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    await applyGrant(transaction, grant)
  })

/**
 * Seats are counted under a lock that is kept until the pool is there, so that two who come at once can't both take the
 * last one. They are the subscription's at `at`; of a call that talks on after its end, the last one's.
 */
async function takesSeat(transaction: Db, pool: NewPool['pool'], at: Instant): Promise<boolean> {
  const { organizationId, memberId } = pool
  const subscription = await transaction
    .selectFrom('subscription')
    .select('seats')
    .where('organization_id', '=', organizationId)
    .where(sql<boolean>`lower(during) <= ${asTimestamp(at)}`)
    .orderBy(sql`lower(during)`, 'desc')
    .limit(1)
    .executeTakeFirst()
  const seats = subscription?.seats ?? null
  if (seats === null) return true
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${seatsKey(organizationId)}, 0))`.execute(transaction)
  const { taken } = await transaction
    .selectFrom('pool')
    .select(({ fn }) => fn.count<number>('member_id').distinct().as('taken'))
    .where('organization_id', '=', organizationId)
    .where('bucket', '=', 'member')
    .where('member_id', '<>', memberId)
    // Those of now, not of this period alone: an organization that moved to another zone has months of both.
    .where('period_from', '<=', asTimestamp(at))
    .where('period_until', '>', asTimestamp(at))
    .executeTakeFirstOrThrow()
  return hasFreeSeat(seats, taken)
}

export async function grantToPool(db: Db, grant: Grant): ReturnType<EntitlementStore['grant']> {
  const outcome = grant.ms === 0 ? 'repeated' : await applyGrant(db, grant)
  const row = await db
    .selectFrom('pool')
    .selectAll()
    .where('id', '=', grant.poolId)
    .where('organization_id', '=', grant.organizationId)
    .executeTakeFirst()
  if (outcome === 'pool-unknown' || row === undefined) return no({ code: 'pool-unknown' })
  return yes({ pool: poolFromRow(row), isRepeated: outcome === 'repeated' })
}

type GrantOutcome = 'done' | 'repeated' | 'pool-unknown'

async function applyGrant(db: Db, grant: Grant): Promise<GrantOutcome> {
  const { operationId, organizationId, poolId, ms, actor, note, at } = grant
  const { rows } = await sql<{ outcome: GrantOutcome }>`
    SELECT ledger_grant(${operationId}, ${organizationId}, ${poolId}, ${ms}, ${actor}, ${note}, ${timestamp(at)}) AS outcome`.execute(
    db,
  )
  return rows[0]!.outcome
}

export async function selectLedger(
  db: Db,
  { organizationId, poolId, page: { after, limit } }: LedgerPage,
): Promise<readonly LedgerEntry[]> {
  const rows = await db
    .selectFrom('ledger')
    .innerJoin('pool', 'pool.id', 'ledger.pool_id')
    .selectAll('ledger')
    .where('pool.organization_id', '=', organizationId)
    .where('ledger.pool_id', '=', poolId)
    .$if(after !== null, (query) => query.where('ledger.seq', '<', after!.key))
    .orderBy('ledger.seq', 'desc')
    .limit(limit)
    .execute()
  return rows.map(entryFromRow)
}

export const poolFromRow = (row: Selectable<Tables['pool']>): Pool => ({
  id: row.id,
  organizationId: row.organization_id,
  bucket: row.bucket,
  memberId: row.member_id,
  period: { from: row.period_from, until: row.period_until },
  grantedMs: durationMs(row.granted_ms),
  usedMs: durationMs(row.used_ms),
  heldMs: durationMs(row.held_ms),
  seq: row.seq,
})

const entryFromRow = (row: Selectable<Tables['ledger']>): LedgerEntry => ({
  poolId: row.pool_id,
  seq: row.seq,
  operationId: row.operation_id,
  kind: row.kind,
  legId: row.leg_id,
  grantedDeltaMs: row.granted_delta_ms,
  heldDeltaMs: row.held_delta_ms,
  usedDeltaMs: row.used_delta_ms,
  actor: row.actor,
  note: row.note,
  at: row.at,
})
