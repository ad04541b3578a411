import { z } from 'zod'
import { durationMs, id, name, pageQuery, timestamp } from './basics.ts'

export const bucket = z.enum(['member', 'organization'])

export const pool = z.object({
  id,
  bucket,
  memberId: id.nullable(),
  memberName: z.string().nullable(),
  periodFrom: timestamp,
  /** Exclusive. */
  periodUntil: timestamp,
  grantedMs: durationMs,
  usedMs: durationMs,
  heldMs: durationMs,
})
export type WirePool = z.infer<typeof pool>

/** Ten million minutes: a pool's sums stay far below 2^53, and what was granted can't be taken back. */
const LARGEST_GRANT_MS = 10_000_000 * 60_000

/** A retried grant with the same `Idempotency-Key` is applied once. */
export const newGrant = z.object({
  ms: z.int().positive().max(LARGEST_GRANT_MS),
  note: z.string().trim().min(1).max(200),
})

export const ledgerEntry = z.object({
  poolId: id,
  seq: z.int(),
  kind: z.enum(['grant', 'reserve', 'settle', 'release']),
  legId: id.nullable(),
  callId: id.nullable(),
  grantedDeltaMs: z.int(),
  heldDeltaMs: z.int(),
  usedDeltaMs: z.int(),
  actor: z.string(),
  note: z.string().nullable(),
  at: timestamp,
})
export type WireLedgerEntry = z.infer<typeof ledgerEntry>

export const ledgerFilter = pageQuery.extend({ poolId: id.describe('Whose movements.') })

export const newPlan = z.object({ name })
export const plan = newPlan.extend({ id })

const increments = z.object({ firstMs: z.int().positive(), nextMs: z.int().positive() })
export const planTerms = z.object({
  services: z.array(z.enum(['business-direct'])),
  draws: z.array(bucket).min(1).max(2),
  increments,
  monthlyGrant: z.object({ memberMs: durationMs, organizationMs: durationMs }),
  zones: z.array(z.enum(['domestic', 'international'])).min(1),
  serviceCodes: z.array(z.string().regex(/^\d{2,12}\*?$/)).default([]),
  concurrency: z.object({ member: z.int().min(1), organization: z.int().min(1) }),
  longestCallMs: z
    .int()
    .positive()
    .default(4 * 3_600_000),
  sliceMs: z.int().positive().default(60_000),
})
/** Nothing begins in the past: earlier calls were judged by something else. A minute's lateness is taken for now. */
const beginning = timestamp
  .optional()
  .describe('Inclusive. Now, if left out; an instant of the last minute is taken for now, an earlier one refused')

export const newPlanVersion = z.object({ effectiveFrom: beginning, terms: planTerms })
export const planVersion = newPlanVersion.extend({ effectiveFrom: timestamp, id, planId: id })

const seats = z
  .int()
  .min(0)
  .max(1_000_000)
  .nullable()
  .describe('How many members have a pool of their own in a month, counted by first use. `null`: all')

export const newSubscription = z.object({
  organizationId: id,
  planId: id,
  from: beginning,
  /** Exclusive. */
  until: timestamp.nullable().default(null),
  seats: seats.default(null),
})
export const subscription = newSubscription.extend({ from: timestamp, id })

/** Lowering takes no pool away that a member has in this month. */
export const subscriptionChange = z.object({ seats })
