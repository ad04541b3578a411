import { BoundedSet, later, type CallId, type Instant, type MemberId, type OrganizationId, type PartyId } from '#kernel'
import { CallActor, type Stage } from './actor.ts'
import { Gate } from './at-once.ts'
import { CAUSE } from './causes.ts'
import type { DialIn } from './calls.ts'
import type { CallDependencies } from './dependencies.ts'
import type { EngineEvent } from './engine.ts'
import type { Input, ScreenReach } from './machine.ts'
import { calleeOf, isMemberIn, legsOf, type Room } from './room.ts'

/** Who may dial what, as whose channel, once, until when (exclusive). */
type Invitation = {
  readonly callId: CallId
  readonly partyId: PartyId
  readonly sipUser: string
  readonly until: Instant
  /** One of many of the same party, who is not there yet: the first that is used has the call. */
  readonly isOneOfMany?: true
}

/** `memberId` null: of the whole organization. */
type Whose = { readonly organizationId: OrganizationId; readonly memberId: MemberId | null }
/** So many calls a person can have at once, those that ring included: one who talks may have another wait. */
const CALLS_AT_ONCE = 2
/** The connections to the database are for those who talk, too. */
const CLOSINGS_AT_ONCE = 8
/** No request lives long enough to come back for an older one. */
const SIGNED_OUT_KEPT = 100_000

export type ChannelEvent = EngineEvent & { readonly channelId: string }

/** Which calls live, whose channel is which call's, and whom an INVITE is expected from. */
export class Switchboard {
  readonly #dependencies: CallDependencies
  readonly #stage: Stage
  readonly #actors = new Map<CallId, CallActor>()
  readonly #actorOfChannel = new Map<string, CallActor>()
  readonly #invitations = new Map<string, Invitation>()
  /** By whose browser a party of a call speaks; unknown after a restart until the engine has told. */
  readonly #speakers = new Map<PartyId, string>()
  readonly #signedOut = new BoundedSet<string>(SIGNED_OUT_KEPT)
  #bootId = ''

  constructor(dependencies: CallDependencies, { outbox, reconcile }: Pick<Stage, 'outbox' | 'reconcile'>) {
    this.#dependencies = dependencies
    this.#stage = {
      dependencies,
      closings: new Gate(CLOSINGS_AT_ONCE),
      outbox,
      reconcile,
      reachOf: (room) => this.#reachOf(room),
      listen: (channelId, actor) => void this.#actorOfChannel.set(channelId, actor),
      ended: (actor) => this.#remove(actor),
    }
  }

  get actors(): readonly CallActor[] {
    return [...this.#actors.values()]
  }

  get bootId(): string {
    return this.#bootId
  }

  engineIs(bootId: string): void {
    this.#bootId = bootId
  }

  find(callId: CallId): CallActor | undefined {
    return this.#actors.get(callId)
  }

  callOfChannel(channelId: string): CallId | undefined {
    return this.#actorOfChannel.get(channelId)?.room.call.id
  }

  add(room: Room): CallActor {
    const actor = new CallActor(room, this.#stage)
    this.#actors.set(room.call.id, actor)
    for (const { channelId } of legsOf(room)) this.#actorOfChannel.set(channelId, actor)
    return actor
  }

  #remove({ room }: CallActor): void {
    this.#actors.delete(room.call.id)
    for (const { id } of room.parties) this.#speakers.delete(id)
    for (const { channelId } of legsOf(room)) this.#actorOfChannel.delete(channelId)
  }

  /** `closing`: over or being hung up, which the store does not know yet. They take nobody's place. */
  countOf({ organizationId, memberId }: Whose): { readonly live: number; readonly closing: number } {
    const counts = { live: 0, closing: 0 }
    for (const { room } of this.#actors.values())
      if (room.call.organizationId === organizationId && (memberId === null || room.call.memberId === memberId))
        counts[room.ending !== null || room.call.state.name === 'ended' ? 'closing' : 'live']++
    return counts
  }

  /** One of them calls the other inside the app, and is not answered yet. */
  callBetween(callerId: MemberId, calleeId: MemberId): CallActor | undefined {
    return this.actors.find(({ room: { call, ending } }) => {
      const isTheirs = call.terms.kind === 'network' && call.memberId === callerId && call.terms.calleeId === calleeId
      return isTheirs && ending === null && isUnanswered(call.state.name)
    })
  }

  async #reachOf(room: Room): Promise<ScreenReach> {
    const { memberId } = calleeOf(room).who
    if (memberId === null) return 'none'
    const others = this.actors.filter((actor) => actor.room.call.id !== room.call.id && isOfHis(actor.room, memberId))
    return others.length >= CALLS_AT_ONCE ? 'busy' : this.#dependencies.screens.reach(memberId)
  }

  /** `dial` is a call's id, or another one for the same call; good for one INVITE. `until`: as for any call, if left out. */
  invite(dial: string, wish: Omit<Invitation, 'until'> & { readonly until?: Instant }): DialIn {
    const { clock, settings } = this.#dependencies
    const now = clock.now()
    for (const [other, { until }] of this.#invitations) if (until < now) this.#invitations.delete(other)
    const until = wish.until ?? later(now, settings.abandonedMs)
    const invitation = { ...wish, until }
    if (!this.#signedOut.has(invitation.sipUser)) this.#invitations.set(dial, invitation)
    return { dial, inviteBefore: until }
  }

  /** Whose browser speaks in the call from now on. If its session ended while this was on its way, so does the call. */
  spokenBy(callId: CallId, { partyId, sipUser }: Pick<Invitation, 'partyId' | 'sipUser'>): void {
    if (!this.#actors.has(callId)) return
    this.#speakers.set(partyId, sipUser)
    if (this.#signedOut.has(sipUser)) void this.find(callId)?.end('signed-out')
  }

  /** Nobody comes in by these SIP users any more. Answers with the calls that they speak in. */
  signOut(sipUsers: ReadonlySet<string>): readonly CallActor[] {
    for (const sipUser of sipUsers) this.#signedOut.add(sipUser)
    for (const [dial, { sipUser }] of this.#invitations) if (sipUsers.has(sipUser)) this.#invitations.delete(dial)
    return this.actors.filter(({ room }) => room.parties.some(({ id }) => sipUsers.has(this.#speakers.get(id) ?? '')))
  }

  /** Somebody may still dial in. */
  isInvited(callId: CallId): boolean {
    return [...this.#invitations.values()].some((invitation) => invitation.callId === callId)
  }

  hear(event: ChannelEvent): void {
    if (event.kind === 'app-leg-arrived') return this.#appLegArrived(event)
    if (event.kind === 'trunk-call-arrived')
      return this.#refuse(event.channelId, 'a carrier called, and nobody is to be called yet')
    const actor = this.#actorOfChannel.get(event.channelId)
    const input = inputOf(event)
    if (input !== null) void actor?.post(input)
    // Nothing comes of it any more. A leg that is new to its call by now is listened to once more, and let go with it.
    if (event.kind === 'leg-ended') this.#actorOfChannel.delete(event.channelId)
  }

  #appLegArrived({ channelId, sipUser, dialled }: EngineEvent & { readonly kind: 'app-leg-arrived' }): void {
    const invitation = this.#invitations.get(dialled)
    if (invitation === undefined || invitation.sipUser !== sipUser)
      return this.#refuse(channelId, 'an INVITE that nobody was invited to')
    this.#invitations.delete(dialled)
    const actor = this.find(invitation.callId)
    if (actor === undefined || invitation.until < this.#dependencies.clock.now())
      return this.#refuse(channelId, 'an INVITE came too late')
    const { partyId } = invitation
    if (invitation.isOneOfMany === true) this.#withdraw(invitation)
    this.#speakers.set(partyId, sipUser)
    // He may hang up before his call has its turn.
    this.#actorOfChannel.set(channelId, actor)
    void actor.post({ kind: 'leg-arrived', partyId, channelId, bootId: this.#bootId })
  }

  /** It was used: the others of that party's are good no more. */
  #withdraw({ partyId }: Invitation): void {
    for (const [dial, other] of this.#invitations)
      if (other.isOneOfMany === true && other.partyId === partyId) this.#invitations.delete(dial)
  }

  #refuse(channelId: string, why: string): void {
    const { engine, log } = this.#dependencies
    log.warn({ channelId }, why)
    void engine.hangup(channelId, CAUSE.rejected).catch(() => undefined)
  }
}

const isUnanswered = (state: Room['call']['state']['name']): boolean =>
  state === 'placed' || state === 'calling' || state === 'ringing'

/** He speaks in it, or it rings on his screens. */
const isOfHis = (room: Room, memberId: MemberId): boolean =>
  room.ending === null && room.call.state.name !== 'ended' && isMemberIn(room, memberId)

/** `null` = nothing that a call cares for. */
function inputOf(event: ChannelEvent): Input | null {
  const { channelId } = event
  switch (event.kind) {
    case 'leg-ringing':
    case 'leg-early-media':
      return { kind: event.kind, channelId }
    case 'leg-answered':
      return { kind: event.kind, channelId, at: event.at }
    case 'leg-ended': {
      const { at, by, q850Cause, sipStatus } = event
      return { kind: event.kind, channelId, end: { at, by, q850Cause, sipStatus } }
    }
    default:
      return null
  }
}
