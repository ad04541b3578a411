import { nextSlice, type Pool } from '#entitlements'
import { durationMs, type DurationMs, type Instant, type OperationId, type PoolId } from '#kernel'
import type { CallDependencies } from './dependencies.ts'
import type { Call, Metering } from './call.ts'
import { payingLegId } from './live-call.ts'

/** What a reservation gave. */
export type SliceTaken = {
  readonly tookMs: DurationMs
  readonly leftMs: DurationMs
  /** The call's money was settled before: it is over, whatever the pools have. */
  readonly isClosed: boolean
}

export type SliceWanted = {
  readonly call: Pick<Call, 'id' | 'organizationId' | 'memberId'> & { readonly metering: Metering }
  /** Names what is asked, so that asking again is the same operation: see `reserveOperationId`. */
  readonly operationId: OperationId
  readonly heldMs: DurationMs
  /** When the time to be reserved begins: an increment belongs to the period in which it begins. */
  readonly beginsAt: Instant
  readonly now: Instant
}

/** Where a slice comes from: one period's pools in drawing order, with what they had free when they were looked at. */
export type Source = {
  readonly pools: readonly { readonly id: PoolId; readonly freeMs: DurationMs }[]
  readonly periodEndsAt: Instant
}

type Stores = Pick<CallDependencies, 'stores'>

/** Asks the caller's pools for the next slice. */
export async function reserveSlice(wanted: SliceWanted, dependencies: Stores): Promise<SliceTaken> {
  const pools = await dependencies.stores.entitlements.openPools(wanted.call, {
    at: wanted.beginsAt,
    offer: wanted.call.metering,
  })
  const periodEndsAt = pools[0]?.period.until ?? wanted.beginsAt
  return reserveFrom(
    { pools: pools.map((pool) => ({ id: pool.id, freeMs: freeOf([pool]) })), periodEndsAt },
    wanted,
    dependencies,
  )
}

/** Asks pools that are known already. What they have free by now, the ledger knows. */
export async function reserveFrom(
  { pools, periodEndsAt }: Source,
  { call, operationId, heldMs, beginsAt, now }: SliceWanted,
  { stores }: Stores,
): Promise<SliceTaken> {
  const freeMs = durationMs(pools.reduce((sum, pool) => sum + pool.freeMs, 0))
  if (pools.length === 0) return { tookMs: durationMs(0), leftMs: freeMs, isClosed: false }
  const next = nextSlice({ terms: call.metering, heldMs, beginsAt, periodEndsAt, freeMs })
  if (next.wantMs === 0) return { tookMs: next.wantMs, leftMs: freeMs, isClosed: false }
  const legId = payingLegId(call.id)
  const { taken, leftMs, isClosed } = await stores.ledger.reserve({
    operationId,
    legId,
    poolIds: pools.map(({ id }) => id),
    ...next,
    at: now,
  })
  const tookMs = durationMs(isClosed ? 0 : taken.reduce((sum, { ms }) => sum + ms, 0))
  return { tookMs, leftMs, isClosed }
}

export const freeOf = (pools: readonly Pool[]): DurationMs =>
  durationMs(pools.reduce((sum, pool) => sum + pool.grantedMs - pool.usedMs - pool.heldMs, 0))
