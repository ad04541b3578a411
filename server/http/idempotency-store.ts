import type { CallId, Instant } from '#kernel'

/** Kept for 24 h: the same key of the same caller never places a second call. */
export type IdempotencyStore = {
  /** `first` when nobody used the key before; else what was answered, or `other-body`. */
  claim(key: IdempotencyKey): Promise<IdempotencyClaim>
  complete(key: IdempotencyKey, answer: KeptAnswer): Promise<void>
  /** What `claim` would answer, without claiming: for who writes the key together with what is done under it. */
  look(key: IdempotencyKey): Promise<IdempotencyClaim>
  /** Claims and completes at once, unless the key stands for another call id. */
  keep(key: IdempotencyKey, answer: KeptAnswer): Promise<void>
  /** What is over 24 h old. */
  forget(at: Instant): Promise<void>
}

export type KeptAnswer = { readonly status: number; readonly body: unknown }

export type IdempotencyKey = {
  readonly caller: string
  readonly key: string
  readonly bodyHash: string
  readonly at: Instant
  /** The call id that this key stands for: computed once, kept over a crash between claim and answer. */
  readonly callId: CallId
}

export type IdempotencyClaim =
  | { readonly kind: 'first' }
  | { readonly kind: 'in-progress'; readonly callId: CallId }
  | { readonly kind: 'answered'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'other-body' }
