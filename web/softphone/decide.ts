import type { WireCall } from '@tandem/contract'
import type { LiveState, Speech } from '#session'

/** What the phone decides without asking anybody. No clock, no effect. */

/** Somebody wants to call while this call goes on: `mayHold` = it can wait, else it can only end. */
export type InTheWay = { readonly call: WireCall; readonly mayHold: boolean }

/** A call is never ended by asking for another: the shown one, else the newest that talks, is asked about first. */
export function inTheWay(calls: readonly WireCall[], shownId: string | undefined): InTheWay | null {
  const going = calls.filter(({ state }) => state !== 'ended')
  // One that is on hold already is in nobody's way; how many there may be is the plan's to say.
  const call = going.find(({ id, isOnHold }) => id === shownId && !isOnHold) ?? going.find(({ isOnHold }) => !isOnHold)
  return call ? { call, mayHold: call.state === 'connected' } : null
}

/** Our 200 comes with the answer. One that is missing after this was sent over a socket that is dead without a word. */
const STUCK_MS = 3000
const AGAIN_MS = 1500
/** The browser says after 5 s that nothing comes through; another network says so for good only after the engine's 15 s. */
const INTERRUPTED_MS = 2000

type Carried = {
  readonly speech: Pick<Speech, 'state' | 'isAnswered' | 'isLost'>
  /** As the server told it last. */
  readonly call: Pick<WireCall, 'state'> | undefined
  readonly live: LiveState
  /** How often it was tried since the speech was last whole. */
  readonly tries: number
}

/** In how many ms the speech is to be taken up anew by another INVITE; `null`: it is whole, or there is nobody to ask. */
export function attachAfterMs({ speech, call, live, tries }: Carried): number | null {
  if (live !== 'open' || !call || call.state === 'ended') return null
  if (speech.isLost) return tries === 0 ? 0 : AGAIN_MS
  if (speech.state === 'interrupted') return INTERRUPTED_MS
  return call.state === 'connected' && !speech.isAnswered ? STUCK_MS : null
}

/** What a hang-up looks like to whoever pressed it. */
export type Ending = 'none' | 'ending' | 'over'

/** `over`: the server takes its time, or is away; for whoever hung up the call is over all the same. */
export function endingOf(
  hangUp: { readonly at: number } | undefined,
  { live, now }: { readonly live: LiveState; readonly now: number },
): Ending {
  if (!hangUp) return 'none'
  return live !== 'open' || now - hangUp.at > OVER_MS ? 'over' : 'ending'
}

/** The server's word comes within a moment; more than this looks like a button that does nothing. */
export const OVER_MS = 1500

/** What became of a call that rang on this screen; `null`: what there is to say is on the screen already. */
export type Became = 'elsewhere' | 'declinedElsewhere' | 'missed' | null

export function becameOf(
  call: Pick<WireCall, 'state' | 'answeredAt' | 'endReason'>,
  { isHere, isDeclinedHere }: { readonly isHere: boolean; readonly isDeclinedHere: boolean },
): Became {
  if (call.state === 'connected') return isHere ? null : 'elsewhere'
  if (call.state !== 'ended' || isDeclinedHere) return null
  if (call.answeredAt) return isHere ? null : 'elsewhere'
  return call.endReason === 'rejected' ? 'declinedElsewhere' : 'missed'
}
