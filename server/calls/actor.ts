import type { CallDependencies } from './dependencies.ts'
import { closeCall } from './closing.ts'
import { decide } from './decide.ts'
import type { CallEvent } from './events.ts'
import { Journal } from './journal.ts'
import { snapshotOf, type LiveCall } from './live-call.ts'
import type { Decision, Effect, Input, Timer } from './machine.ts'
import type { Outbox } from './outbox.ts'
import { performOnEngine } from './perform.ts'
import { freeOf, nextBeginsAt, reserveSlice } from './reserve.ts'

/** What an actor needs beside its call. */
export type Stage = {
  readonly dependencies: CallDependencies
  readonly outbox: Outbox
  readonly ended: (actor: CallActor) => void
}

/** One call: inputs one after the other; decide, write down, do. It knows nothing of other calls. */
export class CallActor {
  readonly #stage: Stage
  readonly journal: Journal
  readonly #timers = new Map<Timer, () => void>()
  #live: LiveCall
  #queue: Promise<void> = Promise.resolve()

  constructor(live: LiveCall, stage: Stage) {
    this.#live = live
    this.#stage = stage
    this.journal = new Journal(stage.dependencies)
  }

  get live(): LiveCall {
    return this.#live
  }

  /** A new call: told, and let go if nobody dials. */
  open(): void {
    const { settings, stores } = this.#stage.dependencies
    const { call, meter } = this.#live
    this.journal.write('meter', () => stores.calls.saveMeter(call.id, meter))
    this.tellState()
    this.tell({ type: 'minutes-left', payload: { callId: call.id, leftMs: meter.leftMs } })
    this.wake('abandoned', settings.abandonedMs)
  }

  /** Resolves when its effects were asked of the engine. */
  post(input: Input): Promise<void> {
    return this.run((live) => decide(live, input, this.#stage.dependencies.clock.now()))
  }

  /** A decision that is not the machine's own, in its turn. A fault ends the turn, not the call. */
  run(decision: (live: LiveCall) => Decision): Promise<void> {
    const { log } = this.#stage.dependencies
    const failed = (error: unknown): void =>
      log.error({ callId: this.#live.call.id, err: error }, 'a turn of a call failed')
    this.#queue = this.#queue.then(() => this.#turn(decision)).catch(failed)
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
    const { organizationId, memberId } = this.#live.call
    this.#stage.outbox.tell({ ...event, organizationId, memberId, at: this.#stage.dependencies.clock.now() })
  }

  tellState(): void {
    this.tell({ type: 'call-changed', payload: snapshotOf(this.#live) })
  }

  /** The call goes on without us. */
  stop(): void {
    for (const stop of this.#timers.values()) stop()
    this.#timers.clear()
    this.journal.stop()
  }

  async #turn(decision: (live: LiveCall) => Decision): Promise<void> {
    const before = this.#live
    const { live, effects } = decision(before)
    this.#live = live
    this.#writeDown(before)
    for (const effect of effects) await this.#perform(effect)
  }

  /** Whatever differs is saved; how a decision came to it is nobody's business here. */
  #writeDown(before: LiveCall): void {
    const { live, journal } = { live: this.#live, journal: this.journal }
    const { calls } = this.#stage.dependencies.stores
    const legs = live.legs.filter((leg) => !before.legs.includes(leg))
    for (const leg of legs) journal.write('leg', () => calls.saveLeg(leg, leg.bootId))
    if (live.meter !== before.meter) journal.write('meter', () => calls.saveMeter(live.call.id, live.meter))
    if (live.call !== before.call && live.call.state.name !== 'ended')
      journal.write('state', () => calls.saveState(live.call))
    if (JSON.stringify(snapshotOf(live)) !== JSON.stringify(snapshotOf(before))) this.tellState()
  }

  async #perform(effect: Effect): Promise<void> {
    switch (effect.kind) {
      case 'wake':
        return this.wake(effect.timer, effect.afterMs)
      case 'reserve':
        return void this.#reserve()
      case 'warn':
        return this.tell({ type: 'minutes-warning', payload: { callId: this.#live.call.id, endsAt: effect.endsAt } })
      case 'close':
        return this.#close()
      default: {
        const answer = await performOnEngine(effect, this.#live, this.#stage.dependencies)
        // In its own turn, after the rest of these effects.
        if (answer !== null) void this.post(answer)
      }
    }
  }

  async #reserve(): Promise<void> {
    const { call, meter } = this.#live
    if (call.state.name !== 'connected') return
    const { dependencies } = this.#stage
    const beginsAt = nextBeginsAt(call.state.answeredAt, meter.heldMs)
    try {
      const wanted = { call, slice: meter.slice, heldMs: meter.heldMs, beginsAt, now: dependencies.clock.now() }
      const { tookMs, leftMs } = await reserveSlice(wanted, dependencies)
      this.tell({ type: 'minutes-left', payload: { callId: call.id, leftMs } })
      await this.post({ kind: 'reserved', tookMs, leftMs })
    } catch (error) {
      dependencies.log.warn(
        { callId: call.id, err: error },
        'no answer from the ledger: the call goes on to its paid time',
      )
      await this.post({ kind: 'reserve-failed' })
    }
  }

  #close(): void {
    const { dependencies, ended } = this.#stage
    const live = this.#live
    const { id, organizationId, memberId } = live.call
    void dependencies.engine.closeRoom(id).catch(() => undefined)
    this.journal.write('record', async () => {
      const record = await closeCall(live, dependencies)
      const pools = await dependencies.stores.entitlements.openPools(
        { organizationId, memberId },
        dependencies.clock.now(),
      )
      this.tell({ type: 'minutes-left', payload: { callId: id, leftMs: freeOf(pools) } })
      this.tell({
        type: 'call-ended',
        payload: { callId: id, recordId: record.id, reason: record.endReason, ratedMs: record.ratedMs },
      })
      ended(this)
    })
  }
}
