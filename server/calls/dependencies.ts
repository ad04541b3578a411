import type { AdmissionStore } from '#admission'
import type { CarrierStore } from '#carriers'
import type { EntitlementStore, Ledger } from '#entitlements'
import type { DurationMs, Instant } from '#kernel'
import type { Engine } from './engine.ts'
import type { EventStore } from './events.ts'
import type { CallStore, EngineLog } from './store.ts'

/** What calls stand on. */
export type CallDependencies = {
  readonly engine: Engine
  readonly stores: {
    readonly calls: CallStore
    readonly admission: AdmissionStore
    readonly entitlements: EntitlementStore
    readonly ledger: Ledger
    readonly carriers: CarrierStore
    readonly events: EventStore
    readonly engineLog: EngineLog
  }
  readonly clock: { now(): Instant }
  readonly timers: Timers
  readonly log: CallLog
  readonly settings: CallSettings
}

export type Timers = {
  /** Runs once, `ms` from now; the answer stops it. */
  after(ms: number, run: () => void): () => void
}

/** Details hold ids and codes, never a telephone number. */
export type CallLog = {
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

export type CallSettings = {
  /** From the INVITE to the answer, all routes together. */
  readonly ringTimeoutMs: DurationMs
  /** From the yes to the INVITE. */
  readonly abandonedMs: DurationMs
}
