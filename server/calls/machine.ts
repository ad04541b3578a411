import type { DurationMs, Instant, PartyId } from '#kernel'
import type { MeterEffect, MeterInput, MeterTimer } from './meter.ts'
import type { PartyEffect, PartyInput, PartyRole } from './party.ts'
import type { Room } from './room.ts'

/** All that can happen to a room. */
export type Input =
  | PartyInput
  /** `actor`: as the audit names him. */
  | { readonly kind: 'hangup-asked'; readonly by: PartyRole | 'administrator'; readonly actor?: string }
  /** `by`: who puts the other one on hold, presses keys for him. */
  | { readonly kind: 'hold-asked'; readonly by: PartyRole }
  | { readonly kind: 'resume-asked' }
  | { readonly kind: 'digits-asked'; readonly by: PartyRole; readonly digits: string }
  /** What became of `call-screens`. */
  | { readonly kind: 'screens-told'; readonly reach: ScreenReach }
  /** A screen of the callee's says that it rings; that it shall not. */
  | { readonly kind: 'screen-rings' }
  | { readonly kind: 'declined' }
  | Exclude<MeterInput, { readonly kind: 'answered' | 'due' }>
  | { readonly kind: 'due'; readonly timer: Timer }

/** Whether a member's screens ring: some are `open`, some may have to be woken, there are `none`; or he has calls enough. */
export type ScreenReach = 'open' | 'asleep' | 'none' | 'busy'

export type Timer =
  /** No INVITE came. */
  | 'abandoned'
  /** Has anything come back since the dial, or since the screens were told? */
  | 'sign-of-life'
  /** Nobody has answered on any screen. */
  | 'ring'
  | MeterTimer
  /** Legs that were told to end have not said that they did. */
  | 'grace'

/** What a decision asks of the world, in order. */
export type Effect =
  | PartyEffect
  | MeterEffect
  /** `partyId`: whose channel it is, where it is not the initiator's. */
  | {
      readonly kind: 'seat'
      readonly channelId: string
      readonly leaseMs: DurationMs
      readonly partyId?: PartyId | undefined
    }
  /** The callee's screens shall ring: answered by `screens-told`. */
  | { readonly kind: 'call-screens' }
  | { readonly kind: 'lease'; readonly channelId: string; readonly leaseMs: DurationMs }
  | { readonly kind: 'indicate'; readonly channelId: string; readonly what: 'ringing' | 'early-media' | 'answer' }
  | { readonly kind: 'tie'; readonly callerChannelId: string; readonly calleeChannelId: string }
  | { readonly kind: 'hold'; readonly channelId: string }
  | { readonly kind: 'resume'; readonly channelId: string }
  | { readonly kind: 'announce'; readonly channelId: string }
  | { readonly kind: 'digits'; readonly channelId: string; readonly digits: string }
  /** Sets the one timer of that name anew; `null` stops it. */
  | { readonly kind: 'wake'; readonly timer: Timer; readonly afterMs: number | null }
  | { readonly kind: 'warn'; readonly endsAt: Instant }
  /** What became of legs that say nothing: the engine and its log are asked, and the call is brought up to it. */
  | { readonly kind: 'reconcile' }
  /** Settle, write the record, tell. */
  | { readonly kind: 'close' }

export type Decision = { readonly room: Room; readonly effects: readonly Effect[] }

export const unchanged = (room: Room): Decision => ({ room, effects: [] })

/** Both, one after the other. */
export function followedBy(first: Decision, next: (room: Room) => Decision): Decision {
  const { room, effects } = next(first.room)
  return { room, effects: [...first.effects, ...effects] }
}
