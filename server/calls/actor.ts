import type { DurationMs } from '#kernel'
import type { EndReason } from '#records'
import type { CallDependencies } from './dependencies.ts'
import type { Gate } from './at-once.ts'
import { closeCall } from './closing.ts'
import { decide } from './decide.ts'
import { cutOff, hangUpAll } from './ending.ts'
import type { CallEvent, CallSnapshot } from './events.ts'
import { Journal } from './journal.ts'
import { unchanged, type Decision, type Effect, type Input, type ScreenReach, type Timer } from './machine.ts'
import type { SliceAsked } from './meter.ts'
import type { Outbox } from './outbox.ts'
import { isKeptInOrder, performOnEngine } from './perform.ts'
import { reserveSlice } from './reserve.ts'
import { legsOf, membersOf, meterIn, meterOf, partyOf, snapshotOf, storedParty, type Room } from './room.ts'

/** What an actor needs beside its call. */
export type Stage = {
  readonly dependencies: CallDependencies
  readonly outbox: Outbox
  /** Hundreds of calls may end at once, at a start or with a carrier: their closings wait for each other. */
  readonly closings: Gate
  /** From now on what happens on this channel is this call's. */
  readonly listen: (channelId: string, actor: CallActor) => void
  readonly ended: (actor: CallActor) => void
  /** Whether the screens of who is called can ring; how many calls he has besides counts, too. */
  readonly reachOf: (room: Room) => Promise<ScreenReach>
  /** Brings the call up to what the engine and its log say. Rejects while one of them does not answer. */
  readonly reconcile: (actor: CallActor) => Promise<void>
}

/** One call: inputs one after the other; decide, write down, do. It knows nothing of other calls. */
export class CallActor {
  readonly #stage: Stage
  readonly journal: Journal
  readonly #timers = new Map<Timer, () => void>()
  #room: Room
  /** As it is in the store. */
  #saved: Room
  #queue: Promise<void> = Promise.resolve()
  #hasFaulted = false
  #isClosing = false

  constructor(room: Room, stage: Stage) {
    this.#room = room
    this.#saved = room
    this.#stage = stage
    this.journal = new Journal(stage.dependencies)
  }

  get room(): Room {
    return this.#room
  }

  /** A new call: told, and let go if nobody dials. */
  open(): void {
    const { settings } = this.#stage.dependencies
    this.tellAll()
    this.wake('abandoned', settings.abandonedMs)
  }

  /** A call that could not be placed: first it is written (which may have happened), then it ends like any other. */
  abandon(place: () => Promise<void>): void {
    this.journal.write('call', place)
    void this.run((room) => hangUpAll(room, { reason: 'abandoned' }, this.#stage.dependencies.clock.now()))
  }

  /** From outside, whatever the call is doing; after what is being done now. Changes nothing once it ends. */
  end(reason: EndReason): Promise<void> {
    return this.run((room) =>
      room.ending === null && room.call.state.name !== 'ended'
        ? hangUpAll(room, { reason }, this.#stage.dependencies.clock.now())
        : unchanged(room),
    )
  }

  /** Resolves when its effects were asked of the engine. */
  post(input: Input): Promise<void> {
    return this.run((room) => decide(room, input, this.#stage.dependencies.clock.now()))
  }

  /** A decision that is not the machine's own, in its turn. */
  run(decision: (room: Room) => Decision): Promise<void> {
    this.#queue = this.#queue.then(() => this.#turn(decision)).catch((fault: unknown) => this.#afterFault(fault))
    return this.#queue
  }

  /** Resolves when what was asked of it until now was asked of the engine. */
  settled(): Promise<void> {
    return this.#queue
  }

  /** Sets the one timer of that name anew. */
  wake(timer: Timer, afterMs: number | null): void {
    this.#timers.get(timer)?.()
    this.#timers.delete(timer)
    if (afterMs === null) return
    this.#timers.set(
      timer,
      this.#stage.dependencies.timers.after(afterMs, () => void this.post({ kind: 'due', timer })),
    )
  }

  tell(event: CallEvent): void {
    const { organizationId } = this.#room.call
    for (const { memberId } of membersOf(this.#room)) this.#stage.outbox.tell({ ...event, organizationId, memberId })
  }

  /** Whatever is told of a call that goes on, for whoever was away when it was told before. */
  tellAll(): void {
    this.tellState()
    const meter = meterIn(this.#room)
    if (meter !== null)
      this.tell({ type: 'minutes-left', payload: { callId: this.#room.call.id, leftMs: meter.leftMs } })
  }

  tellState(): void {
    this.tell({ type: 'call-changed', payload: snapshotOf(this.#room) })
  }

  /** The call goes on without us. */
  stop(): void {
    for (const stop of this.#timers.values()) stop()
    this.#timers.clear()
    this.journal.stop()
  }

  /**
   * The fault is ours: this call is ended like any other, so that nothing stays held, and the others go on. If hanging
   * up meets a fault too, nothing is waited for.
   */
  async #afterFault(fault: unknown): Promise<void> {
    const { clock } = this.#stage.dependencies
    this.#tellFault(fault)
    const reason = this.#room.ending?.reason ?? 'internal-fault'
    const hangUp = (room: Room): Decision => hangUpAll(room, { reason }, clock.now())
    const isSecond = this.#hasFaulted
    this.#hasFaulted = true
    if (isSecond || !(await this.#isDone(hangUp))) await this.#isDone((room) => cutOff(room, clock.now()))
    if (this.#room.call.state.name === 'ended' && !this.#isClosing) this.#close()
  }

  /** Whether the turn met no fault. A call that has ended needs none. */
  async #isDone(decision: (room: Room) => Decision): Promise<boolean> {
    try {
      if (this.#room.call.state.name !== 'ended') await this.#turn(decision)
      return true
    } catch (fault) {
      this.#tellFault(fault)
      return false
    }
  }

  #tellFault(fault: unknown): void {
    const { log, countFault } = this.#stage.dependencies
    countFault('turn')
    log.error({ callId: this.#room.call.id, err: fault }, 'a turn of a call met a fault: the call is ended')
  }

  async #turn(decision: (room: Room) => Decision): Promise<void> {
    const before = this.#room
    const { room, effects } = decision(before)
    this.#room = room
    if (room !== before) this.#listen(before)
    this.#writeDown(before)
    const asked: Promise<void>[] = []
    for (const effect of effects) {
      const taken = this.#perform(effect)
      if (isKeptInOrder(effect)) asked.push(taken)
      else await taken
    }
    await Promise.all(asked)
  }

  /** To channels that are new: a party's legs are only ever added to. */
  #listen(before: Room): void {
    for (const { id, legs } of this.#room.parties)
      for (const { channelId } of legs.slice(partyOf(before, id)?.legs.length)) this.#stage.listen(channelId, this)
  }

  /** Whatever differs is saved; how a decision came to it is nobody's business here. */
  #writeDown(before: Room): void {
    const room = this.#room
    if (room === before) return
    this.journal.write('progress', () => this.#save())
    if (!isSame(snapshotOf(room), snapshotOf(before))) this.tellState()
  }

  /**
   * What is so by now: an entry that another one overtook finds nothing left to write. How it is hung up its record says, and if we
   * die before, the engine's log.
   */
  async #save(): Promise<void> {
    const [room, saved] = [this.#room, this.#saved]
    if (room.ending !== null || room.call.state.name === 'ended') return
    const knownLegs = new Set(legsOf(saved))
    const legs = legsOf(room).filter((leg) => !knownLegs.has(leg))
    const knownMeters = new Set(saved.parties.map(({ meter }) => meter))
    const parties = room.parties.filter(({ meter }) => !knownMeters.has(meter)).map(storedParty)
    if (legs.length === 0 && parties.length === 0 && room.call === saved.call) return
    await this.#stage.dependencies.stores.calls.saveProgress({ call: room.call, parties, legs })
    this.#saved = room
  }

  async #perform(effect: Effect): Promise<void> {
    switch (effect.kind) {
      case 'wake':
        return this.wake(effect.timer, effect.afterMs)
      case 'reserve':
        return void this.#reserve(effect)
      case 'warn':
        return this.tell({ type: 'minutes-warning', payload: { callId: this.#room.call.id, endsAt: effect.endsAt } })
      case 'call-screens':
        return void this.#callScreens()
      case 'reconcile':
        return void this.#reconcile()
      case 'close':
        return this.#close()
      default: {
        const answer = await performOnEngine(effect, this.#room, this.#stage.dependencies)
        // In its own turn, after the rest of these effects.
        if (answer !== null) void this.post(answer)
      }
    }
  }

  /** They hear of the call as of any change of it; that some of them can, is asked here. */
  async #callScreens(): Promise<void> {
    try {
      await this.post({ kind: 'screens-told', reach: await this.#stage.reachOf(this.#room) })
    } catch (error) {
      const { log } = this.#stage.dependencies
      log.warn(
        { callId: this.#room.call.id, err: error },
        'nobody says whether a screen can ring: waited for as if one could',
      )
      await this.post({ kind: 'screens-told', reach: 'asleep' })
    }
  }

  async #reserve({ operationId, heldMs, beginsAt }: SliceAsked): Promise<void> {
    const { call } = this.#room
    const { dependencies } = this.#stage
    try {
      const wanted = {
        owner: call,
        meter: meterOf(this.#room),
        operationId,
        heldMs,
        beginsAt,
        now: dependencies.clock.now(),
      }
      const { tookMs, leftMs, isLimited } = await reserveSlice(wanted, dependencies)
      this.tell({ type: 'minutes-left', payload: { callId: call.id, leftMs } })
      await this.post({ kind: 'reserved', operationId, tookMs, leftMs, isLimited })
    } catch (error) {
      dependencies.log.warn(
        { callId: call.id, err: error },
        'no answer from the ledger: the call goes on to its paid time',
      )
      await this.post({ kind: 'reserve-failed', operationId })
    }
  }

  async #reconcile(): Promise<void> {
    try {
      await this.#stage.reconcile(this)
    } catch (error) {
      const { log } = this.#stage.dependencies
      log.warn({ callId: this.#room.call.id, err: error }, 'nobody says yet what became of its legs: asked again')
    }
  }

  /** Nobody is charged for it; but our reckoning of what is held was wrong. */
  #alarm(uncoveredMs: DurationMs): void {
    const { id } = this.#room.call
    this.#stage.dependencies.log.error({ callId: id, uncoveredMs }, 'a call talked longer than the ledger held')
    this.tell({ type: 'minutes-uncovered', payload: { callId: id, uncoveredMs } })
  }

  #close(): void {
    this.#isClosing = true
    const { dependencies, closings, ended } = this.#stage
    const room = this.#room
    const { id, placedAt } = room.call
    void dependencies.engine.closeRoom(id).catch(() => undefined)
    this.journal.mustWrite('record', async () => {
      const { record, leftMs, uncoveredMs } = await closings.pass(() => closeCall(room, dependencies))
      const { id: recordId, endReason: reason, ratedMs } = record
      this.tell({ type: 'call-ended', payload: { callId: id, placedAt, recordId, reason, ratedMs, leftMs } })
      if (uncoveredMs > 0) this.#alarm(uncoveredMs)
      ended(this)
    })
  }
}

const isSame = (one: CallSnapshot, other: CallSnapshot): boolean =>
  (Object.keys(one) as (keyof CallSnapshot)[]).every((name) => one[name] === other[name])
