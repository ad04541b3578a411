import { z } from 'zod'
import { durationMs, id, name, pageQuery, textSought, timestamp, EXAMPLE_ID } from './basics.ts'

export const bucket = z.enum(['member', 'organization'])

export const pool = z.object({
  id: id.describe('Of the pool'),
  bucket: bucket.describe('Whose: one member’s or the whole organization’s'),
  memberId: id.nullable().describe('Its member; `null`: the organization’s'),
  memberName: z.string().nullable().describe('His name now; `null`: the organization’s'),
  periodFrom: timestamp.describe('Inclusive'),
  periodUntil: timestamp.describe('Exclusive'),
  grantedMs: durationMs.describe('What it was given in the period'),
  usedMs: durationMs.describe('What calls have cost'),
  heldMs: durationMs.describe('Reserved for calls that go on'),
})
export type WirePool = z.infer<typeof pool>

/** A calendar month, years 1970 to 9999, or all of them. */
const monthAsked = z.string().regex(/^((19[7-9]\d|[2-9]\d{3})-(0[1-9]|1[0-2])|all)$/)

export const poolFilter = pageQuery.extend({
  month: monthAsked
    .optional()
    .describe('`YYYY-MM` in the organization’s zone, or `all` months. Left out: the month that it is there now.'),
  memberId: id.optional().describe('Pools of this member. Who is no administrator sees his own only.'),
  text: textSought.optional().describe('Part of the name, login, extension or a tag of the pool’s member.'),
  bucket: bucket.optional().describe('Pools of members, or the organization’s.'),
})

/** Ten million minutes: a pool's sums stay far below 2^53, and what was granted can't be taken back. */
const LARGEST_GRANT_MS = 10_000_000 * 60_000

/** A retried grant with the same `Idempotency-Key` is applied once. */
export const newGrant = z
  .strictObject({
    ms: z.int().positive().max(LARGEST_GRANT_MS).describe('At most ten million minutes; can’t be taken back'),
    note: z.string().trim().min(1).max(200).describe('Why, for the ledger'),
  })
  .meta({ examples: [{ ms: 600_000, note: 'A present' }] })

export const ledgerEntry = z.object({
  poolId: id.describe('The pool that it moves'),
  seq: z.int().describe('Number within the pool, from 1 without gaps'),
  kind: z
    .enum(['grant', 'reserve', 'settle', 'release'])
    .describe(
      '*reserve*: held for a call. *settle*: held becomes used, the rest is given back. *release*: all of it is given back',
    ),
  legId: id.nullable().describe('The leg that it is for; `null` for a grant'),
  callId: id.nullable().describe('The call of the leg'),
  grantedDeltaMs: z.int().describe('What `grantedMs` of the pool rises by'),
  heldDeltaMs: z.int().describe('What `heldMs` rises by'),
  usedDeltaMs: z.int().describe('What `usedMs` rises by'),
  actor: z.string().describe('Who did it: `member:<id>`, `operator:<key id>` or `system`'),
  note: z.string().nullable().describe('Why; `null`: nothing was said'),
  at: timestamp.describe('When'),
})
export type WireLedgerEntry = z.infer<typeof ledgerEntry>

export const ledgerFilter = pageQuery.extend({ poolId: id.describe('Whose movements.') })

export const newPlan = z.strictObject({ name: name.describe('Unique in the installation') }).meta({
  examples: [{ name: 'Standard' }],
})
export const plan = newPlan.strip().extend({
  id: id.describe('Of the plan'),
})

const increments = z.strictObject({
  firstMs: z.int().positive().describe('The first one; 1,000 to 3,600,000'),
  nextMs: z.int().positive().describe('Each one after it; 1,000 to 3,600,000'),
})
const draws = z.array(bucket).min(1).max(2)
export const planTerms = z.strictObject({
  services: z.array(z.enum(['business-direct', 'network'])).describe('Kinds of call that it offers'),
  draws: draws.describe('Pools that the leg to a called telephone is paid from, in this order'),
  initiatorDraws: draws
    .optional()
    .describe('Pools that the leg to the caller’s own telephone is paid from, in this order; left out, as `draws`'),
  increments: increments.describe('Sizes in which time is charged'),
  monthlyGrant: z
    .strictObject({
      memberMs: durationMs.describe('To each member, as far as there are seats'),
      organizationMs: durationMs.describe('To the organization'),
    })
    .describe('Given at first use in each calendar month of the organization. 0: no such pool'),
  zones: z
    .array(z.enum(['domestic', 'international']))
    .min(1)
    .describe('Destinations that may be called, seen from the organization’s country'),
  serviceCodes: z
    .array(z.string().regex(/^\d{2,12}\*?$/))
    .default([])
    .describe('Codes such as `10086` that may be called though they are not numbers; prefixes end in `*`'),
  concurrency: z
    .strictObject({
      member: z.int().min(1).describe('Of one member; 1 to 100'),
      organization: z.int().min(1).describe('Of all together; 1 to 100,000'),
    })
    .describe('Calls that may go on at once'),
  longestCallMs: z
    .int()
    .positive()
    .default(4 * 3_600_000)
    .describe('The longest call; ends as if hung up. 1,000 to 86,400,000'),
  sliceMs: z.int().positive().default(60_000).describe('Reserved at a time, in whole increments'),
})
const EXAMPLE_TERMS = {
  services: ['business-direct', 'network'],
  draws: ['member', 'organization'],
  increments: { firstMs: 60_000, nextMs: 60_000 },
  monthlyGrant: { memberMs: 0, organizationMs: 60_000_000 },
  zones: ['domestic'],
  concurrency: { member: 2, organization: 20 },
}

/** Nothing begins in the past: earlier calls were judged by something else. A minute's lateness is taken for now. */
const beginning = timestamp
  .optional()
  .describe('Inclusive. Now, if left out; an instant of the last minute is taken for now, an earlier one refused')

export const newPlanVersion = z
  .strictObject({
    effectiveFrom: beginning,
    terms: planTerms.describe('What applies from then on, until the next version'),
  })
  .meta({ examples: [{ terms: EXAMPLE_TERMS }] })
const versionTerms = planTerms.strip().extend({
  initiatorDraws: draws.describe('Pools that the leg to the caller’s own telephone is paid from, in this order'),
})
export const planVersion = newPlanVersion.strip().extend({
  terms: versionTerms.describe('What applies from then on, until the next version'),
  effectiveFrom: timestamp.describe('Inclusive'),
  id: id.describe('Of the version'),
  planId: id.describe('The plan that it is of'),
})

const seats = z
  .int()
  .min(0)
  .max(1_000_000)
  .nullable()
  .describe('How many members have a pool of their own in a month, counted by first use. `null`: all')

export const newSubscription = z
  .strictObject({
    organizationId: id.describe('Who is on the plan'),
    planId: id.describe('The plan'),
    from: beginning,
    until: timestamp.nullable().default(null).describe('Exclusive; `null`: until it is ended'),
    seats: seats.default(null),
  })
  .meta({ examples: [{ organizationId: EXAMPLE_ID, planId: EXAMPLE_ID }] })
export const subscription = newSubscription.strip().extend({
  from: timestamp.describe('Inclusive'),
  id: id.describe('Of the subscription'),
})

/** Lowering takes no pool away that a member has in this month. */
export const subscriptionChange = z.strictObject({ seats }).meta({ examples: [{ seats: 20 }] })

export const minutesLeft = z.object({
  leftMs: durationMs.describe(
    'What he could still talk, in ms: all his pools together, and no more than his monthly limit',
  ),
})
