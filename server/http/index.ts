import type { Parts } from './parts.ts'
import type { Http } from './server.ts'

export { createHub, type Hub } from './hub.ts'
export type { IdempotencyClaim, IdempotencyKey, IdempotencyStore } from './idempotency-store.ts'
export { createMetrics, type Metrics } from './metrics.ts'
export { UNDOCUMENTED, USUAL_LIMITS } from './parts.ts'
export type {
  DemoAccess,
  DemoAccount,
  DemoNumber,
  EngineAccess,
  Parts,
  RateLimits,
  Settings,
  Stores,
  TrunkProvisioning,
} from './parts.ts'
export type { Http }

/** Half of what a start reads is the API: it is read when it is made, for there may be calls to be taken over first. */
export const createHttp = async (parts: Parts): Promise<Http> => (await import('./server.ts')).createHttp(parts)
