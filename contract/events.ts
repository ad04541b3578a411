import { z } from 'zod'
import { call } from './calls.ts'
import { durationMs, id } from './basics.ts'

/** What the server tells over `/api/events`; `seq` rises, gaps are normal. Ask again with `?after=<seq>` to resume. */
export const event = z.discriminatedUnion('type', [
  z.object({ seq: z.int(), type: z.literal('call'), call }),
  /** Minutes that the member could still talk now, all his pools together. */
  z.object({ seq: z.int(), type: z.literal('minutes'), leftMs: durationMs }),
  z.object({ seq: z.int(), type: z.literal('record'), callId: id, recordId: id }),
  /** Whether calls get out at all, for administrators: at the start and at each change. */
  z.object({ seq: z.int(), type: z.literal('network'), isReachable: z.boolean() }),
])
export type WireEvent = z.infer<typeof event>

/** First message of a connection. `isReset`: what was missed is no longer kept, load everything anew. */
export const hello = z.object({ type: z.literal('hello'), seq: z.int(), isReset: z.boolean() })
export type WireHello = z.infer<typeof hello>
