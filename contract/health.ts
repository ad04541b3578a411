import { z } from 'zod'

const part = z.object({
  state: z
    .enum(['starting', 'up', 'backoff', 'held', 'stopped', 'failed'])
    .describe(
      '*up*: runs. *backoff*: fell, and is started again after a pause. *held*: kept down by a file of its name in `run/hold`. *failed*: given up',
    ),
  restarts: z.int().describe('How often it was started again'),
  since: z.int().describe('When it came into this state, in ms since 1970'),
})
/** Public: says no more than which part runs. */
export const health = z.object({
  status: z
    .enum(['ok', 'degraded', 'restarting'])
    .describe('*ok*: every part runs. *restarting*: told by the edge while the server is away'),
  parts: z.record(z.string(), part).describe('Each part by its name'),
})
export type WireHealth = z.infer<typeof health>
