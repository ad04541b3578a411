import { z } from 'zod'
import { durationMs, e164, id, numberSought, pageQuery, periodQuery, textSought, timestamp } from './basics.ts'
import { callKind, endReason } from './calls.ts'
import { bucket } from './money.ts'

export const record = z.object({
  id: id.describe('Of the record'),
  supersedes: id.nullable().describe('The record that this one corrects; `null`: none'),
  callId: id.describe('The call that it is about'),
  memberId: id.describe('Who called'),
  memberName: z.string().describe('His name now'),
  kind: callKind,
  mode: z.literal('direct').describe('How it was carried'),
  path: z.enum(['telephone', 'ip-telephony', 'internet']).describe('Over which networks: what licences are about'),
  callerNumber: e164.nullable().describe('What the callee saw (E.164); `null`: nothing was shown'),
  dialled: z
    .string()
    .describe(
      'Where it led: E.164 or a service code; `…` where the reader may not see the number; empty: it was erased, or ' +
        'called inside the app',
    ),
  calleeName: z
    .string()
    .nullable()
    .describe('The colleague or saved contact behind the number, as the reader knows him'),
  calleeId: id.nullable().describe('The colleague behind the number, as far as the reader may know him'),
  placedAt: timestamp.describe('When it was asked for'),
  answeredAt: timestamp.nullable().describe('When the callee answered; `null`: never'),
  endedAt: timestamp.describe('When it ended'),
  endReason: endReason.describe('Why it ended'),
  ratedMs: durationMs.describe('What it cost, in whole increments'),
  overrunMs: durationMs.describe('Speech past the paid time, borne by the operator'),
  planVersionId: id.describe('The terms that it was rated by'),
  legs: z
    .array(
      z.object({
        legId: id.describe('Of the leg'),
        kind: z.enum(['app', 'phone-out']).describe('*phone-out*: on the telephone network, dialled by us'),
        trunkId: id.nullable().describe('Over which trunk; `null` for a leg to the app'),
        trunkName: z.string().nullable().describe('Name of the trunk now'),
        carrierName: z.string().nullable().describe('Name of its carrier now'),
        startedAt: timestamp.describe('When the leg began'),
        answeredAt: timestamp.nullable().describe('When it was answered; `null`: never'),
        endedAt: timestamp.describe('When it ended'),
        sipStatus: z.int().nullable().describe('Final SIP status (RFC 3261, 21); `null`: none came'),
        q850Cause: z.int().nullable().describe('Cause of the end (ITU-T Q.850); `null`: none was told'),
      }),
    )
    .describe('Each leg, trunks that were tried too'),
  draws: z
    .array(
      z.object({
        legId: id.describe('The leg that it paid for'),
        poolId: id.describe('The pool that was drawn'),
        bucket: bucket.describe('Whose pool it is'),
        usedMs: durationMs.describe('What it gave'),
        ledgerSeqs: z.array(z.int()).describe('The entries of its ledger'),
      }),
    )
    .describe('Which pools paid; together `ratedMs` less what no pool covered'),
})
export type WireRecord = z.infer<typeof record>

export const recordFilter = pageQuery.extend({
  callId: id.optional().describe('The record of this call'),
  memberId: id.optional().describe('Who called. A member who is no administrator sees his own only.'),
  endReason: endReason.optional().describe('Calls that ended so'),
  answered: z.stringbool().optional().describe('`true`: was answered; `false`: was not.'),
  number: numberSought.optional(),
  text: textSought
    .optional()
    .describe(
      'Part of the name of who called, or of the colleague or saved contact who was called; or part of the number.',
    ),
  ...periodQuery.shape,
})
