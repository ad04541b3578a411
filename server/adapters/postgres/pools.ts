import {
  drawOrder,
  type Bucket,
  type EntitlementStore,
  type Grant,
  type LedgerEntry,
  type LedgerPage,
  type PlanTerms,
  type Pool,
  type PoolOwner,
} from '#entitlements'
import { computedId, durationMs, type Instant, monthOf, no, type Period, yes } from '#kernel'
import { type Selectable, sql } from 'kysely'
import { type Db, inTransaction } from './connection.ts'
import { selectPlanVersionAt } from './plan-versions.ts'
import type { Tables } from './tables.ts'
import { asTimestamp, timestamp } from './values.ts'

/** Makes the month's pools at their first use, each with its grant, or not at all. */
export async function openPools(db: Db, owner: PoolOwner, at: Instant): Promise<readonly Pool[]> {
  const version = await selectPlanVersionAt(db, owner.organizationId, at)
  if (version === undefined) return []
  let pools = await selectOpenPools(db, owner, at)
  const missing = bucketsWithoutPool(version.terms, pools)
  if (missing.length > 0) {
    const { zone } = await db
      .selectFrom('organization')
      .select('zone')
      .where('id', '=', owner.organizationId)
      .executeTakeFirstOrThrow()
    for (const bucket of missing) {
      await openPool(db, {
        ...owner,
        bucket,
        period: monthOf(at, zone),
        monthlyMs: monthlyGrantMs(version.terms, bucket),
        at,
      })
    }
    pools = await selectOpenPools(db, owner, at)
  }
  return drawOrder(version.terms.draws, pools)
}

async function selectOpenPools(db: Db, { organizationId, memberId }: PoolOwner, at: Instant): Promise<readonly Pool[]> {
  const rows = await db
    .selectFrom('pool')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('period_from', '<=', asTimestamp(at))
    .where('period_until', '>', asTimestamp(at))
    .where(({ or, eb }) => or([eb('member_id', 'is', null), eb('member_id', '=', memberId)]))
    .execute()
  return rows.map(poolFromRow)
}

/** What the terms grant in a month and nobody has used in this one yet. */
export const bucketsWithoutPool = (
  terms: PlanTerms,
  pools: readonly { readonly bucket: Bucket }[],
): readonly Bucket[] =>
  terms.draws.filter((bucket) => monthlyGrantMs(terms, bucket) > 0 && !pools.some((pool) => pool.bucket === bucket))

const monthlyGrantMs = (terms: PlanTerms, bucket: Bucket): number =>
  bucket === 'member' ? terms.monthlyGrant.memberMs : terms.monthlyGrant.organizationMs

type NewPool = PoolOwner & {
  readonly bucket: Bucket
  readonly period: Period
  readonly monthlyMs: number
  readonly at: Instant
}

/** Its id and its grant's id are computed, so that of two servers that come at once one makes it and one finds it. */
async function openPool(db: Db, pool: NewPool): Promise<void> {
  const { organizationId, bucket, period } = pool
  const memberId = bucket === 'member' ? pool.memberId : null
  const id = computedId<'pool'>(memberId ?? organizationId, `pool:${bucket}:${period.from}`)
  await inTransaction(db, async (transaction) => {
    await transaction
      .insertInto('pool')
      .values({
        id,
        organization_id: organizationId,
        bucket,
        member_id: memberId,
        period_from: timestamp(period.from),
        period_until: timestamp(period.until),
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    await applyGrant(transaction, {
      operationId: computedId<'operation'>(id, 'grant:monthly'),
      organizationId,
      poolId: id,
      ms: durationMs(pool.monthlyMs),
      actor: 'system',
      note: 'monthly',
      at: pool.at,
    })
  })
}

export async function grantToPool(db: Db, grant: Grant): ReturnType<EntitlementStore['grant']> {
  const outcome = grant.ms === 0 ? 'done' : await applyGrant(db, grant)
  const row = await db
    .selectFrom('pool')
    .selectAll()
    .where('id', '=', grant.poolId)
    .where('organization_id', '=', grant.organizationId)
    .executeTakeFirst()
  return outcome === 'done' && row !== undefined ? yes(poolFromRow(row)) : no({ code: 'pool-unknown' })
}

async function applyGrant(db: Db, grant: Grant): Promise<'done' | 'pool-unknown'> {
  const { operationId, organizationId, poolId, ms, actor, note, at } = grant
  const { rows } = await sql<{ outcome: 'done' | 'pool-unknown' }>`
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
