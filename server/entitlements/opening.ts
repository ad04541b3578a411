import {
  computedId,
  durationMs,
  monthOf,
  type DurationMs,
  type Instant,
  type OrganizationId,
  type ZoneId,
} from '#kernel'
import type { Bucket, Offer } from './plan.ts'
import type { Pool } from './pool.ts'
import type { Grant, PoolOwner } from './store.ts'

/** A month's pool at its first use, with its first grant. */
export type NewPool = {
  readonly pool: Pick<Pool, 'id' | 'organizationId' | 'bucket' | 'memberId' | 'period'>
  readonly grant: Grant
}

export type Opening = {
  readonly owner: PoolOwner
  readonly at: Instant
  /** The organization's: its calendar month around `at` is the pools' period. */
  readonly zone: ZoneId
  /** By which the pools are drawn: a leg's own, pinned at its start. */
  readonly offer: Offer
  /** Of the version in force at `at`, for legs of any use (`wholeOffer`); `null` when the organization is on no plan then. */
  readonly inForce: Offer | null
  /** Those of the period that are there. */
  readonly pools: readonly { readonly bucket: Bucket }[]
}

/** What the offer draws and nobody has used in this month yet; a grant of 0 is no pool. */
export const missingBuckets = (
  offer: Offer,
  pools: readonly { readonly bucket: Bucket }[],
  inForce: Offer | null = null,
): readonly Bucket[] =>
  offer.draws.filter(
    (bucket) => monthlyGrantMs(bucket, offer, inForce) > 0 && !pools.some((pool) => pool.bucket === bucket),
  )

/**
 * The pools to be made now. Ids are computed, so that of two servers that come at once one makes a pool and one finds it.
 * A month is granted by the version in force where that has such a pool: a call that talks into the month with the terms
 * of the last one must not set the month of everybody else. Where it has none, the call's own terms count.
 */
export function poolsToOpen({ owner, at, zone, offer, inForce, pools }: Opening): readonly NewPool[] {
  const period = monthOf(at, zone)
  return missingBuckets(offer, pools, inForce).map((bucket) => {
    const { organizationId } = owner
    const memberId = bucket === 'member' ? owner.memberId : null
    const id = computedId<'pool'>(memberId ?? organizationId, `pool:${bucket}:${period.from}`)
    const grant: Grant = {
      operationId: computedId<'operation'>(id, 'grant:monthly'),
      organizationId,
      poolId: id,
      ms: monthlyGrantMs(bucket, offer, inForce),
      actor: 'system',
      note: 'monthly',
      at,
    }
    return { pool: { id, organizationId, bucket, memberId, period }, grant }
  })
}

function monthlyGrantMs(bucket: Bucket, offer: Offer, inForce: Offer | null): DurationMs {
  const current = inForce?.draws.includes(bucket) === true ? grantOf(inForce, bucket) : durationMs(0)
  return current > 0 ? current : grantOf(offer, bucket)
}

const grantOf = ({ monthlyGrant }: Offer, bucket: Bucket): DurationMs =>
  bucket === 'member' ? monthlyGrant.memberMs : monthlyGrant.organizationMs

/** Whether one more member gets a pool in a month in which `taken` others have theirs. `seats` `null` = no limit. */
export const hasFreeSeat = (seats: number | null, taken: number): boolean => seats === null || taken < seats

/** The member pools of one organization: who counts them keeps others from taking a seat meanwhile. */
export const seatsKey = (organizationId: OrganizationId): string => `seats:${organizationId}`

/** Clocks differ, and a request takes its time: what begins this much before now begins now. */
const LATE_MS = 60_000

/**
 * When what is asked to begin at `asked` begins: nothing begins in the past, for calls were judged there by something
 * else. `undefined`: too long ago.
 */
export function beginningOf(asked: Instant | null, now: Instant): Instant | undefined {
  if (asked === null) return now
  if (asked >= now) return asked
  return now - asked <= LATE_MS ? now : undefined
}
