import { z } from 'zod'
import { id, numberSought, pageQuery, periodQuery, textSought, timestamp } from './basics.ts'
import { alternative, ERRORS, type ErrorCode } from './errors.ts'

/** What was decided about one wish to call; refusals have a code of the error register. */
export const decision = z.object({
  id,
  callId: id,
  at: timestamp,
  memberId: id,
  memberName: z.string(),
  dialled: z.string(),
  admitted: z.boolean(),
  code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]).nullable(),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
  alternatives: z.array(alternative),
})
export type WireDecision = z.infer<typeof decision>

export const decisionFilter = pageQuery.extend({
  memberId: id.optional().describe('Who wished to call.'),
  admitted: z.stringbool().optional().describe('`true`: the call was let through; `false`: it was refused.'),
  code: z
    .enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]])
    .optional()
    .describe('Why it was refused.'),
  number: numberSought.optional(),
  text: textSought.optional().describe('Part of the name of who wished to call, or of the number.'),
  ...periodQuery.shape,
})
