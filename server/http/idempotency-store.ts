import type { CallId, Instant } from '#kernel'

/** Kept for 24 h: the same key of the same caller never places a second call. */
export type IdempotencyStore = {
  /** `first` when nobody used the key before; else what was answered, or `other-body`. */
  claim(key: IdempotencyKey): Promise<IdempotencyClaim>
  complete(key: IdempotencyKey, answer: { readonly status: number; readonly body: unknown }): Promise<void>
}

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
