import type { Instant } from '#kernel'

/** What the engine's own event log says of one channel; the truth where the server was away. */
export type ChannelHistory = {
  readonly channelId: string
  /** The life of the engine that it was in. */
  readonly bootId: string
  readonly answeredAt: Instant | null
  readonly endedAt: Instant | null
  readonly q850Cause: number | null
  /** The final answer that refused our INVITE, 300–699; `null`: there was none, or the log has none. */
  readonly sipStatus: number | null
  /** `party`: the far end of this channel hung up (CEL `hangupsource` is the channel itself); `null` while it lives. */
  readonly endedBy: 'party' | 'engine' | null
}

/**
 * When one life of the engine ended: at its recorded exit, else at its last sign of life (a heartbeat, a line of its
 * log). `unknown`: every trace of it is lost.
 */
export type BootEnd =
  | { readonly kind: 'lives' }
  | { readonly kind: 'ended'; readonly at: Instant }
  | { readonly kind: 'unknown' }

export type EngineLog = {
  /** Imports what was written since, then tells. Channels that the log does not know are absent. */
  historyOf(channelIds: readonly string[]): Promise<ReadonlyMap<string, ChannelHistory>>
  endOfBoot(bootId: string): Promise<BootEnd>
  /** Passes over what no call that lives can need, so that whoever asks has little to read. Done now and then. */
  keepUp(): Promise<void>
}

/** One line of the engine's channel event log (CEL). */
export type EngineLogLine = {
  /** Where it begins in the log of its boot, counted from the first byte ever written. */
  readonly byteOffset: number
  readonly type: string
  readonly at: Instant
  readonly channelId: string
  readonly linkedId: string
  /** Account code: our call's id; empty for a channel that nobody claimed. */
  readonly callId: string
  readonly channelName: string
  readonly peer: string
  /** Details of the event: cause, source. */
  readonly extra: Readonly<Record<string, unknown>>
}

/** Everything before `importedBytes` is in the store, as far as any call may need it; the first `rotatedBytes` of it are in the file no more. */
export type EngineLogPosition = { readonly importedBytes: number; readonly rotatedBytes: number }

/** What was imported of the log. */
export type EngineLogStore = {
  /** By boot id; a log that was never looked at is absent. */
  positions(): Promise<ReadonlyMap<string, EngineLogPosition>>
  /** Lines and position together. A line that is there is not written twice, and no position goes back. */
  append(bootId: string, lines: readonly EngineLogLine[], position: EngineLogPosition): Promise<void>
  /** In the order of time. */
  linesOf(channelIds: readonly string[]): Promise<readonly (EngineLogLine & { readonly bootId: string })[]>
  /** `null`: no line of that boot was imported. */
  lastLineAt(bootId: string): Promise<Instant | null>
  /** When the oldest call that lives was placed, on whichever server; `null`: none lives. */
  oldestCallAt(): Promise<Instant | null>
}
