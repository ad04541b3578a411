import type { DurationMs } from '#kernel'
import type { Increments } from './rating.ts'
import type { Bucket } from './plan.ts'

/** The pools that a leg drinks from, first to last, as the plan orders their buckets. Others are left out. */
export const drawOrder = <P extends { readonly bucket: Bucket }>(
  draws: readonly Bucket[],
  pools: readonly P[],
): readonly P[] => draws.flatMap((bucket) => pools.filter((pool) => pool.bucket === bucket))

/** Whether a call could begin: some pool holds its whole first increment. What is less is shown as unusable. */
export const canBegin = (freeMs: readonly DurationMs[], increments: Increments): boolean =>
  freeMs.some((ms) => ms >= increments.firstMs)
