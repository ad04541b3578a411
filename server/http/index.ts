export { createHub, type Hub } from './hub.ts'
export type { IdempotencyClaim, IdempotencyKey, IdempotencyStore } from './idempotency-store.ts'
export { createMetrics, type Metrics } from './metrics.ts'
export { USUAL_LIMITS } from './parts.ts'
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
export { UNDOCUMENTED } from './route-errors.ts'
export { createHttp, type Http } from './server.ts'
