import type { DurationMs, Instant, MemberId, OrganizationId, Period, PoolId } from '#kernel'
import type { Bucket } from './plan.ts'

/** Minutes of one owner for one period. `usedMs + heldMs ≤ grantedMs`, always; the database checks it too. */
export type Pool = {
  readonly id: PoolId
  readonly organizationId: OrganizationId
  readonly bucket: Bucket
  /** `null` for the organization's own pool. */
  readonly memberId: MemberId | null
  readonly period: Period
  readonly grantedMs: DurationMs
  readonly usedMs: DurationMs
  readonly heldMs: DurationMs
  /** Number of the latest ledger entry; entries are gapless from 1. */
  readonly seq: number
}

/** One movement of a pool; never edited. */
export type LedgerEntry = {
  readonly poolId: PoolId
  readonly seq: number
  readonly operationId: string
  readonly kind: 'grant' | 'reserve' | 'settle' | 'release'
  readonly legId: string | null
  readonly grantedDeltaMs: number
  readonly heldDeltaMs: number
  readonly usedDeltaMs: number
  /** Who caused it: `system`, or a member's or key's id. */
  readonly actor: string
  readonly note: string | null
  readonly at: Instant
}
