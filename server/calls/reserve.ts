import { nextSlice, type Pool } from '#entitlements'
import { computedId, durationMs, later, type DurationMs, type Instant } from '#kernel'
import type { CallDependencies } from './dependencies.ts'
import type { Call, Metering } from './call.ts'
import { payingLegId } from './live-call.ts'

/** What a reservation gave. `pools` are those that were asked. */
export type SliceTaken = { readonly tookMs: DurationMs; readonly leftMs: DurationMs; readonly pools: readonly Pool[] }

export type SliceWanted = {
  readonly call: Pick<Call, 'id' | 'organizationId' | 'memberId'> & { readonly metering: Metering }
  /** Counts the asking, so that asking again after a crash is the same operation. */
  readonly slice: number
  readonly heldMs: DurationMs
  /** When the time to be reserved begins: an increment belongs to the period in which it begins. */
  readonly beginsAt: Instant
  readonly now: Instant
}

/** Asks the caller's pools for the next slice. */
export async function reserveSlice(
  wanted: SliceWanted,
  { stores }: Pick<CallDependencies, 'stores'>,
): Promise<SliceTaken> {
  const { call, heldMs, beginsAt } = wanted
  const pools = await stores.entitlements.openPools(call, beginsAt)
  const period = pools[0]?.period
  const freeMs = freeOf(pools)
  if (period === undefined) return { tookMs: durationMs(0), leftMs: freeMs, pools }
  const slice = nextSlice({ terms: call.metering, heldMs, beginsAt, periodEndsAt: period.until, freeMs })
  if (slice.wantMs === 0) return { tookMs: slice.wantMs, leftMs: freeMs, pools }
  const legId = payingLegId(call.id)
  const { taken, leftMs } = await stores.ledger.reserve({
    operationId: computedId(legId, `reserve:${wanted.slice}`),
    legId,
    poolIds: pools.map((pool) => pool.id),
    ...slice,
    at: wanted.now,
  })
  return { tookMs: durationMs(taken.reduce((sum, { ms }) => sum + ms, 0)), leftMs, pools }
}

export const freeOf = (pools: readonly Pool[]): DurationMs =>
  durationMs(pools.reduce((sum, pool) => sum + pool.grantedMs - pool.usedMs - pool.heldMs, 0))

/** When the next slice of a connected call begins. */
export const nextBeginsAt = (answeredAt: Instant, heldMs: DurationMs): Instant => later(answeredAt, heldMs)
