import type { CallId, E164, Instant, LegId, PartyId, TrunkId } from '#kernel'

/**
 * The engine takes these in the order of the calls, and before any command that is called later; so a caller need not
 * await one of them before the next command.
 */
export const KEPT_IN_ORDER: ReadonlySet<keyof Engine> = new Set(['seat', 'setLease', 'untie', 'indicate', 'hangup'])

/**
 * The port to the media engine, in call words. Commands resolve when the engine has taken them, or when what they ask for
 * is so, or of no use any more; they reject when the channel is gone or the engine can't be reached. Times in ms.
 */
export type Engine = {
  /** Hears everything from now on; returns the unsubscribe. */
  subscribe(listener: (event: EngineEvent) => void): () => void
  /**
   * Puts the caller's channel into the call's room, which it opens if need be, under the call's name, its number and a
   * lease. Idempotent.
   */
  seat(callId: CallId, seat: Seat): Promise<void>
  /**
   * Creates an outgoing leg in the call's room, leased and tied to its caller, and then dials it. `legId` becomes its
   * channel id. What can't be dialled so is not left behind. A caller who has no seat yet gets it before the dial, and has
   * it also if the dial fails.
   */
  dial(leg: OutgoingLeg): Promise<void>
  /** Whether anything at all came back since the dial, a SIP 100 included, which is no event. */
  hasResponse(channelId: string): Promise<boolean>
  /**
   * Ties a callee to a (new) caller: when the caller ends, the engine ends the callee; when an answered callee ends,
   * the engine ends the caller; with or without us.
   */
  tie(callerChannelId: string, calleeChannelId: string): Promise<void>
  /** The channel may end without ending anybody else. */
  untie(channelId: string): Promise<void>
  /** The engine itself ends the channel `leaseMs` from now, with or without us. Moves the deadline it had. */
  setLease(channelId: string, leaseMs: number): Promise<void>
  /** A room of two does it by itself: what its callee meets is passed on to its caller. */
  indicate(channelId: string, what: 'ringing' | 'early-media' | 'answer'): Promise<void>
  hangup(channelId: string, q850Cause: number): Promise<void>
  /** This party hears music and nobody hears it, until `resume`. */
  hold(channelId: string): Promise<void>
  resume(channelId: string): Promise<void>
  /** Plays a prompt to one channel over the conversation. */
  announce(channelId: string, prompt: 'minutes-warning'): Promise<void>
  /**
   * Towards the party, as RFC 4733 events. `digits`: 0–9, *, #, A–D, and `,` for a pause of 2 s. Resolves when the engine
   * has them, before they are heard.
   */
  sendDigits(channelId: string, digits: string): Promise<void>
  /** Closes the room; a channel that still is in it stays without company until it ends. */
  closeRoom(callId: CallId): Promise<void>
  /** What lives now: for taking over after a restart. */
  survey(): Promise<readonly LiveChannel[]>
}

/**
 * `callerNumber` is what the callee is shown, never the name of the browser's SIP user; `null`: nothing is, inside the app.
 * `partyId`: whose channel it is; left out, the initiator's.
 */
export type Seat = {
  readonly channelId: string
  readonly callerNumber: E164 | null
  readonly leaseMs: number
  readonly partyId?: PartyId | undefined
}

export type OutgoingLeg = {
  readonly legId: LegId
  readonly callId: CallId
  readonly trunkId: TrunkId
  /** Already in the trunk's format, with where it is sent: a trunk that seems to be down is dialled all the same. */
  readonly requestUri: string
  /** What the callee is shown, already in the trunk's format. */
  readonly callerId: string
  readonly callerChannelId: string
  /** Set before the dial: a leg that rings for ever, or that a dead server left, ends by itself. */
  readonly leaseMs: number
  /** How long it may ring. */
  readonly timeoutMs: number
  /** The caller's, if he has none yet: one request for both costs the engine less than two. */
  readonly seat: Omit<Seat, 'channelId' | 'partyId'> | null
}

export type LiveChannel = {
  readonly channelId: string
  /** Our call's id; empty for a channel that nobody claimed. */
  readonly callId: string
  /** Whose it is, where it is not the initiator's and we have not dialled it. */
  readonly partyId?: string | undefined
  readonly state: 'down' | 'ringing' | 'up'
  /** The SIP user of a browser, or the id of a trunk. */
  readonly endpoint?: string
}

/**
 * What ended a leg. `party`: its far end hung up or refused; `command`: we asked, or its tie did, or the dial timed
 * out; `lease`: the engine's deadline; `no-media`: no RTP came for too long.
 */
export type EndedBy = 'party' | 'command' | 'lease' | 'no-media'

/** Whether the carrier took our REGISTER; `none`: that trunk does not register. */
export type Registration = 'none' | 'registered' | 'unregistered' | 'rejected'

export type EngineEvent =
  /** The connection to the engine is there (again): survey, push configuration, reconcile. `bootId` changes with each start of the engine. */
  | { readonly kind: 'engine-up'; readonly bootId: string }
  | { readonly kind: 'engine-down' }
  /** A browser dialled `dialled` with the SIP user `sipUser`. */
  | { readonly kind: 'app-leg-arrived'; readonly channelId: string; readonly sipUser: string; readonly dialled: string }
  | {
      readonly kind: 'trunk-call-arrived'
      readonly channelId: string
      readonly trunkId: TrunkId
      readonly dialled: string
    }
  | { readonly kind: 'leg-ringing'; readonly channelId: string }
  | { readonly kind: 'leg-early-media'; readonly channelId: string }
  | { readonly kind: 'leg-answered'; readonly channelId: string; readonly at: Instant }
  | {
      readonly kind: 'leg-ended'
      readonly channelId: string
      readonly at: Instant
      readonly by: EndedBy
      readonly q850Cause: number
      readonly sipStatus: number | null
    }
  | {
      readonly kind: 'trunk-reachability'
      readonly trunkId: TrunkId
      readonly state: 'up' | 'down' | 'unknown'
      readonly registration: Registration
    }
