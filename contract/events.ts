import { z } from 'zod'
import { call } from './calls.ts'
import { durationMs, id } from './basics.ts'

/**
 * What the server tells over `/api/events`; `seq` rises, gaps are normal. Ask again with `?after=<seq>` to resume: what ended since is
 * told, and of what goes on the last word, not each one between.
 */
const seq = z.int().describe('Rises; gaps are normal. Ask again with `?after=<seq>` to resume')

export const event = z.discriminatedUnion('type', [
  z.object({ seq, type: z.literal('call').describe('A call changed'), call: call.describe('As it is now, whole') }),
  z.object({
    seq,
    type: z.literal('minutes').describe('The member’s minutes changed'),
    leftMs: durationMs.describe('What he could still talk now, all his pools together'),
  }),
  z.object({
    seq,
    type: z.literal('record').describe('A record was written'),
    callId: id.describe('The call that ended'),
    recordId: id.describe('Its record'),
  }),
  z.object({
    seq,
    type: z.literal('network').describe('For administrators: at the start and at each change'),
    isReachable: z.boolean().describe('Whether calls get out at all'),
  }),
])
export type WireEvent = z.infer<typeof event>

/** First message of a connection. `isReset`: what was missed is no longer kept, load everything anew. */
export const hello = z.object({
  type: z.literal('hello').describe('The first message'),
  seq,
  isReset: z.boolean().describe('What was missed is no longer kept: load everything anew'),
})
export type WireHello = z.infer<typeof hello>

/** Sent by a page as a text frame, to learn whether the connection lives; answered at most twice a second. */
export const PING = 'ping'
export const pong = z.object({ type: z.literal('pong') })
export type WirePong = z.infer<typeof pong>
