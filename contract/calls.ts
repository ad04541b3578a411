import { z } from 'zod'
import { e164, id, pageQuery, timestamp } from './basics.ts'

export const endReason = z.enum([
  'hangup-caller',
  'hangup-callee',
  'cancelled',
  'busy',
  'no-answer',
  'rejected',
  'unallocated',
  'network-failure',
  'no-route',
  'minutes-exhausted',
  'monthly-limit',
  'longest-call',
  'abandoned',
  'browser-gone',
  'signed-out',
  'engine-failure',
  'internal-fault',
])
export type WireEndReason = z.infer<typeof endReason>

/** `to`: what was typed, or `memberId` for a colleague (whose number may be hidden). */
export const newCall = z.object({
  kind: z.literal('business').default('business'),
  mode: z.literal('direct').default('direct'),
  to: z.union([z.object({ number: z.string().trim().min(1).max(60) }), z.object({ memberId: id })]),
})

export const callState = z.enum(['placed', 'calling', 'ringing', 'early-media', 'connected', 'ended'])

export const call = z.object({
  id,
  memberId: id,
  kind: z.literal('business'),
  mode: z.literal('direct'),
  /** As the caller may see it. */
  to: z.object({ number: z.string().nullable(), name: z.string().nullable(), memberId: id.nullable() }),
  callerNumber: e164,
  state: callState,
  isOnHold: z.boolean(),
  placedAt: timestamp,
  answeredAt: timestamp.nullable(),
  endedAt: timestamp.nullable(),
  endReason: endReason.nullable(),
  /** Paid from the answer until here; moves while the call goes on. `null` before the answer. */
  paidUntil: timestamp.nullable(),
  /** The pools had nothing more: the call ends at `paidUntil`. */
  isLastMinute: z.boolean(),
})
export type WireCall = z.infer<typeof call>

/** How the softphone reaches the call: INVITE `sip:<dial>@tandem` with this user over `/sip?ticket=…` within 20 s. */
export const dialIn = z.object({
  dial: z.string(),
  sipUser: z.string(),
  sipPassword: z.string(),
  /** Opens the WebSocket; valid 60 s. */
  ticket: z.string(),
  inviteBefore: timestamp,
})
export type WireDialIn = z.infer<typeof dialIn>

export const placedCall = z.object({ call, dialIn })
export const digits = z.object({ digits: z.string().regex(/^[0-9*#A-D]{1,32}$/) })

export const callFilter = pageQuery.extend({
  live: z.stringbool().default(false).describe('`true`: those that go on.'),
  memberId: id.optional().describe('Who called. A member who is no administrator sees his own only.'),
})
