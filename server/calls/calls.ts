import type { Alternative, Reachability, Refusal } from '#admission'
import type { CallId, DecisionId, Instant, MemberId, OrganizationId, Outcome } from '#kernel'
import type { CallSnapshot, EventScope, LastTold, NumberedEvent } from './events.ts'
import type { CallScope, RequestKey } from './store.ts'

/** What the rest of the house may ask of calls. */
export type Calls = {
  /** Takes over what lives, then hears the engine. Resolves when calls may be placed. */
  start(): Promise<void>
  /** Resolves when the calls that live are under our hand: at once if none does, after 3 s in any case, for the engine may be away. */
  adopted(): Promise<void>
  /** Lets go: calls go on in the engine, and the next `start` takes them over. */
  stop(): Promise<void>
  /** The same call id again gives the same call and changes nothing. */
  place(request: PlaceRequest): Promise<Outcome<Placed, Refused>>
  /**
   * A screen of the callee's rings: the caller hears so, and the screen learns what to dial in order to answer. The first to
   * dial has the call. Each screen asks once, and anew after it lost its connection.
   */
  ring(command: OwnCommand & { readonly sipUser: string }): Promise<Outcome<Ringing, CommandRefusal>>
  /** The callee does not want this call, on any of his screens. */
  decline(command: OwnCommand): Promise<Outcome<CallSnapshot, CommandRefusal>>
  /** Another browser of the member takes the speech over; the one before it is let go when the new one dials. */
  attach(command: CallCommand & { readonly sipUser: string }): Promise<Outcome<DialIn, CommandRefusal>>
  hangup(command: HangupCommand): Promise<Outcome<CallSnapshot, CommandRefusal>>
  hold(command: OwnCommand): Promise<Outcome<CallSnapshot, CommandRefusal>>
  resume(command: CallCommand): Promise<Outcome<CallSnapshot, CommandRefusal>>
  /** 1–32 of 0–9, *, #, A–D; from the answer on, since the engine takes none before it. */
  sendDigits(command: OwnCommand & { readonly digits: string }): Promise<Outcome<CallSnapshot, CommandRefusal>>
  /**
   * The sessions of these SIP users are over, and with `memberId` every call of that member is: whatever was invited,
   * is being placed or goes on ends with `signed-out`. Resolves when nothing of it dials any more.
   */
  signedOut(who: SignedOut): Promise<void>
  find(organizationId: OrganizationId, callId: CallId): Promise<CallSnapshot | undefined>
  /** Newest first. */
  list(scope: CallScope): Promise<readonly CallSnapshot[]>
  /** Calls that go on now, of all organizations. */
  liveSnapshots(): readonly CallSnapshot[]
  /** Trunks as last heard from the engine. */
  reachability(): Reachability
  /** Hears every event once it has its number, in their order; returns the unsubscribe. */
  subscribe(listener: (event: NumberedEvent) => void): () => void
  /** For whoever was away; what ended meanwhile is asked of the event store. */
  lastTold(scope: EventScope): LastTold
}

export type SignedOut = { readonly sipUsers: readonly string[]; readonly memberId: MemberId | null }

export type PlaceRequest = PlaceBusiness | PlaceNetwork

/** To a phone. */
export type PlaceBusiness = PlaceBy & {
  readonly kind?: 'business'
  /** As typed or tapped. */
  readonly dialled: string
  /** The colleague who is called as such; `dialled` is his phone then. */
  readonly calleeId?: MemberId
}

/** Inside the app. */
export type PlaceNetwork = PlaceBy & { readonly kind: 'network'; readonly calleeId: MemberId }

type PlaceBy = {
  readonly callId: CallId
  readonly organizationId: OrganizationId
  readonly memberId: MemberId
  /** Whose INVITE will be taken, and nobody else's. */
  readonly sipUser: string
  /** The id was made for this very request, so no call can have it. Else its call is looked for first. */
  readonly isNew?: boolean
  /** Left out: it will not come again. */
  readonly once?: Once
}

/** A request that may come again. `isUsed`: it came before, under another call id; known by the time that the facts are. */
export type Once = { readonly key: RequestKey; readonly isUsed: Promise<boolean> | boolean }

/** Where the browser must dial, once. */
export type DialIn = { readonly dial: string; readonly inviteBefore: Instant }
/**
 * `isJoined`: who is called had just called himself; it is his call, and whoever placed this one answers it by dialling in.
 */
export type Placed = { readonly call: CallSnapshot; readonly dialIn: DialIn; readonly isJoined?: true }
/** `ringsUntil`: exclusive. */
export type Ringing = { readonly call: CallSnapshot; readonly dialIn: DialIn; readonly ringsUntil: Instant }
export type Refused =
  | {
      readonly code: 'refused'
      readonly refusal: Refusal
      readonly alternatives: readonly Alternative[]
      readonly decisionId: DecisionId
    }
  /** Its key stands for another call id, which is to be asked for. Nothing was done. */
  | { readonly code: 'asked-before' }
  | { readonly code: 'caller-unknown' }
  /** The id's call is over: a crash or an outage came between its parts. Another tap is another call. */
  | { readonly code: 'call-over' }

/** `memberId`: whose call it must be; `null` = any of the organization (an administrator). */
export type CallCommand = {
  readonly organizationId: OrganizationId
  readonly memberId: MemberId | null
  readonly callId: CallId
}

/** Of somebody who is in the call by the app. */
export type OwnCommand = CallCommand & { readonly memberId: MemberId }

/** `askedBy`: who presses the button, as the audit names an actor; left out: the member named, or the system. */
export type HangupCommand = CallCommand & { readonly askedBy?: string }

/**
 * `wrong-state`: not while it is so, such as hold before the answer. `not-ringing`: answered on another screen, or not to be
 * answered by who asks.
 */
export type CommandRefusal = { readonly code: 'call-unknown' | 'call-ended' | 'wrong-state' | 'not-ringing' }
