import { z } from 'zod'

const part = z.object({
  state: z.enum(['starting', 'up', 'backoff', 'held', 'stopped', 'failed']),
  restarts: z.int(),
  since: z.int(),
})
/** Public: says no more than which part runs. */
export const health = z.object({
  /** `restarting`: told by the edge while the server is away. */
  status: z.enum(['ok', 'degraded', 'restarting']),
  parts: z.record(z.string(), part),
})
export type WireHealth = z.infer<typeof health>
