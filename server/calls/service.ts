import { assert, newId, no, yes, type MemberId, type Outcome } from '#kernel'
import type { CallActor } from './actor.ts'
import { Gathered } from './at-once.ts'
import type { CallCommand, Calls, CommandRefusal, DialIn, HangupCommand, OwnCommand, Ringing } from './calls.ts'
import type { CallDependencies } from './dependencies.ts'
import type { EngineEvent } from './engine.ts'
import { isOf, type CallSnapshot } from './events.ts'
import { calleeOf, callerOf, isMemberIn, membersOf, ownPartyOf, snapshotOf, type Room } from './room.ts'
import type { Input } from './machine.ts'
import { Outbox } from './outbox.ts'
import type { Party } from './party.ts'
import { InWork, placeCall } from './place.ts'
import { reconcileAll, reconcileCalls, takeStoredCalls } from './recovery.ts'
import { untilDone } from './retry.ts'
import { Switchboard, type ChannelEvent } from './switchboard.ts'
import { Reachabilities } from './trunks.ts'

const LONGEST_WAIT_MS = 3_000

/** Everything about calls, over the given parts. Hears the engine from `start` on. */
export function createCalls(dependencies: CallDependencies): Calls {
  return new CallService(dependencies)
}

class CallService implements Calls {
  readonly #dependencies: CallDependencies
  readonly #outbox: Outbox
  readonly #switchboard: Switchboard
  readonly #trunks = new Reachabilities()
  readonly #inWork = new InWork()
  /** One survey for all that ask at once. */
  readonly #reconciliations = new Gathered<CallActor>((actors) => reconcileCalls(actors, this.#recovery))
  readonly #attempts = new InWork()
  #loaded: Promise<void> = Promise.resolve()
  #unsubscribe: (() => void) | null = null
  #isStopped = false
  readonly #first = Promise.withResolvers<void>()
  /** Of the latest connection; before one is made, of the first. */
  #takenOver = this.#first.promise
  /** Not `null` while calls are taken over. */
  #backlog: ChannelEvent[] | null = null
  /** Counts connections to the engine: the reconciliation of an earlier one is given up. */
  #connections = 0

  constructor(dependencies: CallDependencies) {
    this.#dependencies = dependencies
    this.#outbox = new Outbox(dependencies.stores.events, dependencies)
    this.#switchboard = new Switchboard(dependencies, {
      outbox: this.#outbox,
      reconcile: (actor) => this.#reconciliations.add(actor),
    })
  }

  get #recovery() {
    return { dependencies: this.#dependencies, switchboard: this.#switchboard }
  }

  async start(): Promise<void> {
    this.#unsubscribe = this.#dependencies.engine.subscribe((event) => this.#hear(event))
    this.#loaded = takeStoredCalls(this.#recovery)
    await this.#loaded
  }

  async adopted(): Promise<void> {
    await this.#loaded
    if (this.#switchboard.actors.length > 0) await this.#upToDate()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#unsubscribe?.()
    for (const actor of this.#switchboard.actors) actor.stop()
    await Promise.all(this.#switchboard.actors.map((actor) => actor.journal.settled()))
    await this.#outbox.stop()
  }

  async place(request: Parameters<Calls['place']>[0]): ReturnType<Calls['place']> {
    await this.#loaded
    return placeCall(request, {
      dependencies: this.#dependencies,
      switchboard: this.#switchboard,
      trunks: this.#trunks,
      inWork: this.#inWork,
      attempts: this.#attempts,
    })
  }

  async attach(command: CallCommand & { readonly sipUser: string }): Promise<Outcome<DialIn, CommandRefusal>> {
    const found = await this.#actorOf(command)
    if (!found.ok) return found
    const { room } = found.value
    if (room.ending !== null) return no({ code: 'call-ended' })
    const party = command.memberId === null ? callerOf(room) : partyIn(room, command.memberId)
    // He is called, and has not answered: that is what `ring` is for.
    if (party.role === 'participant' && party.state !== 'in') return no({ code: 'not-ringing' })
    const invitation = { callId: room.call.id, sipUser: command.sipUser, partyId: party.id }
    return yes(this.#switchboard.invite(newId<'call'>(), invitation))
  }

  async ring(command: OwnCommand & { readonly sipUser: string }): Promise<Outcome<Ringing, CommandRefusal>> {
    const found = await this.#ringing(command)
    if (!found.ok) return found
    await found.value.post({ kind: 'screen-rings' })
    const { room } = found.value
    const { ringsUntil, call } = room
    if (!isRinging(room) || ringsUntil === null)
      return no({ code: room.ending === null ? 'not-ringing' : 'call-ended' })
    const { sipUser } = command
    const invitation = {
      callId: call.id,
      sipUser,
      partyId: calleeOf(room).id,
      until: ringsUntil,
      isOneOfMany: true,
    } as const
    return yes({ call: snapshotOf(room), dialIn: this.#switchboard.invite(newId<'call'>(), invitation), ringsUntil })
  }

  async decline(command: OwnCommand): Promise<Outcome<CallSnapshot, CommandRefusal>> {
    const found = await this.#ringing(command)
    if (!found.ok) return found
    await found.value.post({ kind: 'declined' })
    return yes(snapshotOf(found.value.room))
  }

  async hangup(command: HangupCommand): Promise<Outcome<CallSnapshot, CommandRefusal>> {
    return this.#ask(command, (room) => {
      const { askedBy = command.memberId === null ? 'system' : `member:${command.memberId}` } = command
      const own = membersOf(room).find(({ memberId }) => askedBy === `member:${memberId}`)
      return { kind: 'hangup-asked', by: own?.role ?? 'administrator', actor: askedBy }
    })
  }

  hold(command: OwnCommand): Promise<Outcome<CallSnapshot, CommandRefusal>> {
    return this.#askWhileTalking(command, (room) => ({ kind: 'hold-asked', by: partyIn(room, command.memberId).role }))
  }

  resume(command: CallCommand): Promise<Outcome<CallSnapshot, CommandRefusal>> {
    return this.#askWhileTalking(command, () => ({ kind: 'resume-asked' }))
  }

  sendDigits(command: OwnCommand & { readonly digits: string }): Promise<Outcome<CallSnapshot, CommandRefusal>> {
    const { digits, memberId } = command
    return this.#askWhileTalking(command, (room) => ({
      kind: 'digits-asked',
      by: partyIn(room, memberId).role,
      digits,
    }))
  }

  /** Noted at once, before anything is waited for: what is being placed meets the note. */
  async signedOut({ sipUsers, memberId }: Parameters<Calls['signedOut']>[0]): Promise<void> {
    const spoken = this.#switchboard.signOut(new Set(sipUsers))
    const isHis = ({ room }: CallActor): boolean => {
      const own = memberId === null ? undefined : ownPartyOf(room, memberId)
      return own !== undefined && (own.role === 'initiator' || own.state === 'in')
    }
    const calls = new Set([...spoken, ...this.#switchboard.actors.filter(isHis)])
    await Promise.all([...calls].map((actor) => actor.end('signed-out')))
  }

  async find(...[organizationId, callId]: Parameters<Calls['find']>): Promise<CallSnapshot | undefined> {
    const room = this.#switchboard.find(callId)?.room
    if (room !== undefined) return room.call.organizationId === organizationId ? snapshotOf(room) : undefined
    return this.#dependencies.stores.calls.find(organizationId, callId)
  }

  async list(scope: Parameters<Calls['list']>[0]): Promise<readonly CallSnapshot[]> {
    const calls = await this.#dependencies.stores.calls.list(scope)
    return calls.map((call) => {
      const room = this.#switchboard.find(call.callId)?.room
      return room === undefined ? call : snapshotOf(room)
    })
  }

  liveSnapshots(): readonly CallSnapshot[] {
    return this.#switchboard.actors.map((actor) => snapshotOf(actor.room)).filter(({ state }) => state !== 'ended')
  }

  reachability(): ReturnType<Calls['reachability']> {
    return this.#trunks.all()
  }

  subscribe(listener: Parameters<Calls['subscribe']>[0]): () => void {
    return this.#outbox.subscribe(listener)
  }

  lastTold(scope: Parameters<Calls['lastTold']>[0]): ReturnType<Calls['lastTold']> {
    return this.#outbox.lastTold(scope)
  }

  async #ask(command: CallCommand, inputOf: (room: Room) => Input): Promise<Outcome<CallSnapshot, CommandRefusal>> {
    const found = await this.#actorOf(command)
    if (!found.ok) return found
    await found.value.post(inputOf(found.value.room))
    return yes(snapshotOf(found.value.room))
  }

  async #askWhileTalking(
    command: CallCommand,
    inputOf: (room: Room) => Input,
  ): Promise<Outcome<CallSnapshot, CommandRefusal>> {
    const found = await this.#actorOf(command)
    if (!found.ok) return found
    const { call, ending } = found.value.room
    const isTalking = call.state.name === 'connected' && ending === null
    return isTalking ? this.#ask(command, inputOf) : no({ code: 'wrong-state' })
  }

  /** A call inside the app that whoever asks may answer now. */
  async #ringing(command: OwnCommand): Promise<Outcome<CallActor, CommandRefusal>> {
    const found = await this.#actorOf(command)
    if (!found.ok) return found
    const { room } = found.value
    if (room.ending !== null) return no({ code: 'call-ended' })
    return isRinging(room) && partyIn(room, command.memberId).role === 'participant'
      ? found
      : no({ code: 'not-ringing' })
  }

  async #actorOf({ organizationId, memberId, callId }: CallCommand): Promise<Outcome<CallActor, CommandRefusal>> {
    await this.#upToDate()
    const actor = this.#switchboard.find(callId)
    if (actor !== undefined && actor.room.call.state.name !== 'ended') {
      const { room } = actor
      const isTheirs = room.call.organizationId === organizationId && (memberId === null || isMemberIn(room, memberId))
      return isTheirs ? yes(actor) : no({ code: 'call-unknown' })
    }
    const stored = await this.#dependencies.stores.calls.find(organizationId, callId)
    const isTheirs = stored !== undefined && (memberId === null || isOf(stored, memberId))
    return no({ code: isTheirs ? 'call-ended' : 'call-unknown' })
  }

  #hear(event: EngineEvent): void {
    this.#trunks.hear(event)
    if (event.kind === 'engine-up') {
      this.#switchboard.engineIs(event.bootId)
      this.#backlog = []
      this.#takenOver = this.#takeOver(++this.#connections)
    } else if ('channelId' in event) {
      if (this.#backlog === null) this.#switchboard.hear(event)
      else this.#backlog.push(event)
    }
  }

  /** What happens meanwhile is heard afterwards: a call must first know what it missed. */
  async #takeOver(connection: number): Promise<void> {
    const { timers, log } = this.#dependencies
    const isStopped = (): boolean => this.#isStopped || connection !== this.#connections
    try {
      await this.#loaded
      await untilDone('reconciliation', () => reconcileAll(this.#recovery), { timers, log, isStopped })
    } catch (error) {
      if (!isStopped()) log.error({ err: error }, 'calls could not be taken over')
    }
    if (isStopped()) return
    const backlog = this.#backlog ?? []
    this.#backlog = null
    for (const event of backlog) this.#switchboard.hear(event)
    this.#first.resolve()
  }

  /** A command must not meet a call that does not know yet what it missed; but nobody waits for an engine for ever. */
  async #upToDate(): Promise<void> {
    await this.#loaded
    if (this.#connections > 0 && this.#backlog === null) return
    let stop = (): void => undefined
    const patience = new Promise<void>((resolve) => (stop = this.#dependencies.timers.after(LONGEST_WAIT_MS, resolve)))
    await Promise.race([this.#takenOver, patience])
    stop()
  }
}

const isRinging = ({ call, ending }: Room): boolean =>
  ending === null && (call.state.name === 'calling' || call.state.name === 'ringing')

/** Of a room of two, in which he is by the app. */
function partyIn(room: Room, memberId: MemberId): Party {
  const own = ownPartyOf(room, memberId)
  assert(own !== undefined, `member ${memberId} is not in call ${room.call.id}`)
  return own
}
