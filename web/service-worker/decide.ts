/*
 * What a push shows. It is only a knock: the call is asked of the server, and its state now is what counts. No clock, no
 * effect. Nothing here is imported from elsewhere, since the worker travels as one small file.
 */

/** As the server encrypts it. */
export type Push = {
  readonly type: 'ring' | 'over'
  readonly callId: string
  /** Who calls, as colleagues see it. */
  readonly from: string
  /** RFC 3339, exclusive. */
  readonly ringsUntil: string
}

/** The part of the wire's call that is looked at. */
export type Told = {
  readonly state: string
  readonly answeredAt: string | null
  readonly endReason: string | null
  readonly from: { readonly name: string }
}

/** What the server said of the call: itself, that this browser may not know it (any more), or nothing at all. */
export type Asked = Told | 'hidden' | 'unreachable'

export type Shown =
  | { readonly what: 'ring' | 'elsewhere' | 'declined' | 'missed'; readonly callId: string; readonly from: string }
  /** Whatever this call shows is taken away. */
  | { readonly what: 'nothing'; readonly callId: string }

/** By whose clock: this device's, which may be wrong; so a ring that is nearly over rings no more. */
type Moment = {
  /** ms since the epoch. */
  readonly now: number
  /** A page of ours is in view and rings by itself. */
  readonly isInView: boolean
}

const NEARLY_OVER_MS = 1000

export function decide(push: Push, call: Asked, { now, isInView }: Moment): Shown {
  const { callId } = push
  const isDue = now < Date.parse(push.ringsUntil) - NEARLY_OVER_MS
  // Signed out, or somebody else is signed in here: it is nobody's business.
  if (call === 'hidden') return { what: 'nothing', callId }
  if (call === 'unreachable') {
    // Nobody could be asked: the push says what was so when it left, and how long that holds.
    const what = push.type === 'ring' && isDue ? 'ring' : 'missed'
    return { what, callId, from: push.from }
  }
  const from = call.from.name || push.from
  if (call.state === 'calling' || call.state === 'ringing' || call.state === 'placed') {
    if (isInView) return { what: 'nothing', callId }
    return { what: isDue ? 'ring' : 'missed', callId, from }
  }
  if (call.state === 'connected' || call.answeredAt !== null) return { what: 'elsewhere', callId, from }
  return { what: call.endReason === 'rejected' ? 'declined' : 'missed', callId, from }
}

/** A push of another version of Tandem, or of nobody we know: `null`. */
export function pushFrom(data: unknown): Push | null {
  if (typeof data !== 'object' || data === null) return null
  const { type, callId, from, ringsUntil } = data as Record<string, unknown>
  if (type !== 'ring' && type !== 'over') return null
  if (typeof callId !== 'string' || !/^[0-9a-f-]{36}$/.test(callId)) return null
  if (typeof from !== 'string' || typeof ringsUntil !== 'string' || Number.isNaN(Date.parse(ringsUntil))) return null
  return { type, callId, from, ringsUntil }
}
