import { z } from 'zod'
import { id, numberSought, pageQuery, periodQuery, textSought, timestamp } from './basics.ts'
import { callKind } from './calls.ts'
import { alternative, ERRORS, type ErrorCode } from './errors.ts'

/** What was decided about one wish to call; refusals have a code of the error register. */
export const decision = z.object({
  id: id.describe('Of the decision'),
  callId: id.describe('The call that was asked for, whether it came to be or not'),
  at: timestamp.describe('When it was decided'),
  memberId: id.describe('Who wanted to call'),
  memberName: z.string().describe('His name now'),
  kind: callKind,
  dialled: z.string().describe('As typed or tapped; empty: the number was erased, or called inside the app'),
  calleeName: z.string().nullable().describe('*network*: the colleague’s name now. `null`: to a phone'),
  admitted: z.boolean().describe('Whether the call was allowed'),
  code: z
    .enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]])
    .nullable()
    .describe('Why not; `null` when it was allowed'),
  params: z
    .record(z.string(), z.union([z.string(), z.number()]))
    .describe('Facts for the translated sentence of `code`'),
  alternatives: z.array(alternative).describe('What is lawful instead'),
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
