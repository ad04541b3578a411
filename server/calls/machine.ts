import type { DurationMs, Instant, LegId, TrunkId } from '#kernel'
import type { LegEnd, LiveCall } from './live-call.ts'
import type { MeterEffect, MeterInput, MeterTimer } from './meter.ts'

/** All that can happen to a call, in the words of its two sides. Whose channel it is was found out before. */
export type Input =
  | { readonly kind: 'caller-arrived'; readonly channelId: string; readonly bootId: string }
  | { readonly kind: 'caller-ended'; readonly end: LegEnd }
  | { readonly kind: 'callee-ringing' }
  | { readonly kind: 'callee-early-media' }
  | { readonly kind: 'callee-answered'; readonly at: Instant }
  | { readonly kind: 'callee-ended'; readonly end: LegEnd }
  /** 4 s after the dial nothing had come back, not even a SIP 100. */
  | { readonly kind: 'callee-silent'; readonly legId: LegId }
  /** The engine could not create or dial the leg. */
  | { readonly kind: 'callee-impossible'; readonly legId: LegId }
  /** RFC 3261, 9.1: the 200 of an earlier try, which crossed our CANCEL. */
  | { readonly kind: 'stray-answered'; readonly channelId: string; readonly at: Instant }
  /** A leg that matters no more: an earlier try, a tab that was taken over. */
  | { readonly kind: 'stray-ended'; readonly channelId: string; readonly end: LegEnd }
  /** `actor`: as the audit names him. */
  | { readonly kind: 'hangup-asked'; readonly by: 'caller' | 'administrator'; readonly actor?: string }
  | { readonly kind: 'hold-asked' }
  | { readonly kind: 'resume-asked' }
  | { readonly kind: 'digits-asked'; readonly digits: string }
  | Exclude<MeterInput, { readonly kind: 'answered' | 'due' }>
  | { readonly kind: 'due'; readonly timer: Timer }

export type Timer =
  /** No INVITE came. */
  | 'abandoned'
  /** Has anything come back since the dial? */
  | 'sign-of-life'
  | MeterTimer
  /** Legs that were told to end have not said that they did. */
  | 'grace'

/** What a decision asks of the world, in order. */
export type Effect =
  | { readonly kind: 'seat'; readonly channelId: string; readonly leaseMs: DurationMs }
  | {
      readonly kind: 'dial'
      readonly legId: LegId
      readonly trunkId: TrunkId
      readonly requestUri: string
      readonly callerId: string
      readonly callerChannelId: string
      readonly leaseMs: DurationMs
      readonly timeoutMs: DurationMs
    }
  /** Answers `callee-silent` if nothing came back. */
  | { readonly kind: 'probe'; readonly legId: LegId }
  | { readonly kind: 'lease'; readonly channelId: string; readonly leaseMs: DurationMs }
  | { readonly kind: 'indicate'; readonly channelId: string; readonly what: 'ringing' | 'early-media' | 'answer' }
  | { readonly kind: 'tie'; readonly callerChannelId: string; readonly calleeChannelId: string }
  | { readonly kind: 'untie'; readonly channelId: string }
  | { readonly kind: 'hangup'; readonly channelId: string; readonly q850Cause: number }
  | { readonly kind: 'hold'; readonly channelId: string }
  | { readonly kind: 'resume'; readonly channelId: string }
  | { readonly kind: 'announce'; readonly channelId: string }
  | { readonly kind: 'digits'; readonly channelId: string; readonly digits: string }
  | MeterEffect
  /** Sets the one timer of that name anew; `null` stops it. */
  | { readonly kind: 'wake'; readonly timer: Timer; readonly afterMs: number | null }
  | { readonly kind: 'warn'; readonly endsAt: Instant }
  /** What became of legs that say nothing: the engine and its log are asked, and the call is brought up to it. */
  | { readonly kind: 'reconcile' }
  /** Settle, write the record, tell. */
  | { readonly kind: 'close' }

export type Decision = { readonly live: LiveCall; readonly effects: readonly Effect[] }

export const unchanged = (live: LiveCall): Decision => ({ live, effects: [] })
