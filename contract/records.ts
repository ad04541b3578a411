import { z } from 'zod'
import { durationMs, e164, id, numberSought, pageQuery, periodQuery, textSought, timestamp } from './basics.ts'
import { endReason } from './calls.ts'
import { bucket } from './money.ts'

export const record = z.object({
  id,
  supersedes: id.nullable(),
  callId: id,
  memberId: id,
  memberName: z.string(),
  kind: z.literal('business'),
  mode: z.literal('direct'),
  path: z.enum(['telephone', 'ip-telephony', 'internet']),
  callerNumber: e164.nullable(),
  /** As typed; masked where the reader may not see the number. */
  dialled: z.string(),
  /** The colleague or saved contact behind the number, as the reader knows him. */
  calleeName: z.string().nullable(),
  placedAt: timestamp,
  answeredAt: timestamp.nullable(),
  endedAt: timestamp,
  endReason,
  ratedMs: durationMs,
  overrunMs: durationMs,
  planVersionId: id,
  legs: z.array(
    z.object({
      legId: id,
      kind: z.enum(['app', 'phone-out']),
      trunkId: id.nullable(),
      trunkName: z.string().nullable(),
      carrierName: z.string().nullable(),
      startedAt: timestamp,
      answeredAt: timestamp.nullable(),
      endedAt: timestamp,
      sipStatus: z.int().nullable(),
      q850Cause: z.int().nullable(),
    }),
  ),
  draws: z.array(z.object({ legId: id, poolId: id, bucket, usedMs: durationMs, ledgerSeqs: z.array(z.int()) })),
})
export type WireRecord = z.infer<typeof record>

export const recordFilter = pageQuery.extend({
  callId: id.optional(),
  memberId: id.optional().describe('Who called. A member who is no administrator sees his own only.'),
  endReason: endReason.optional(),
  answered: z.stringbool().optional().describe('`true`: was answered; `false`: was not.'),
  number: numberSought.optional(),
  text: textSought
    .optional()
    .describe(
      'Part of the name of who called, or of the colleague or saved contact who was called; or part of the number.',
    ),
  ...periodQuery.shape,
})
