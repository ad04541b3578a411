import type { AdmissionStore } from '#admission'
import type { CarrierStore } from '#carriers'
import type { DirectoryStore } from '#directory'
import type { EntitlementStore, Ledger } from '#entitlements'
import type { DurationMs, Instant, MemberId } from '#kernel'
import type { Engine } from './engine.ts'
import type { EventStore } from './events.ts'
import type { EngineLog } from './engine-log.ts'
import type { CallStore } from './store.ts'

/** What calls stand on. */
export type CallDependencies = {
  readonly engine: Engine
  readonly screens: Screens
  readonly stores: {
    readonly calls: CallStore
    readonly admission: AdmissionStore
    readonly entitlements: EntitlementStore
    readonly directory: Pick<DirectoryStore, 'limitsOf'>
    readonly ledger: Ledger
    readonly carriers: CarrierStore
    readonly events: EventStore
    readonly engineLog: EngineLog
  }
  readonly clock: { now(): Instant }
  readonly timers: Timers
  readonly log: CallLog
  /** Hears of each fault, for the metrics. */
  readonly countFault: (fault: CallFault) => void
  readonly settings: CallSettings
}

/**
 * What should not happen, by where it did. `turn`: a decision about a call; `journal`: what was to be written of one;
 * `boot-unknown`: nothing is left of a life of the engine; `log-damaged`: a part of its log makes no line; `unreadable`: what
 * is stored of a live call makes none.
 */
export type CallFault = 'turn' | 'journal' | 'boot-unknown' | 'log-damaged' | 'unreadable'

export type Timers = {
  /** Runs once, `ms` from now; the answer stops it. */
  after(ms: number, run: () => void): () => void
}

/** The port to the screens of members, which ring when they are told of a call. */
export type Screens = {
  /** `open`: some of his hear us now; `asleep`: a push may have to wake some; `none`: there is none that could ring. */
  reach(memberId: MemberId): Promise<'open' | 'asleep' | 'none'>
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
  /** After so long without a packet from a browser the engine ends its leg. */
  readonly browserGoneMs: DurationMs
  /** From the yes to the INVITE. */
  readonly abandonedMs: DurationMs
}
