import type { EngineEvent, Registration, Timers } from '#calls'
import type { CarrierStore, Trunk } from '#carriers'
import type { TrunkProvisioning } from '#http'
import type { TrunkId } from '#kernel'
import type { SipConfiguration, SipObject } from '../adapters/asterisk/index.ts'
import type { Log } from '../adapters/log/index.ts'

type Parts = {
  readonly configuration: Pick<SipConfiguration, 'pushTrunk'>
  readonly carriers: Pick<CarrierStore, 'trunks'>
  readonly timers: Timers
  readonly log: Log
}

/** One trunk on its way into the engine. */
type Push = {
  readonly trunk: Trunk
  /** What the engine did not take at the latest try; `null`: none yet. */
  missing: readonly SipObject[] | null
  stopWaiting: () => void
}

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000
/** Without them no call can be dialled over the trunk. */
const CARRYING: ReadonlySet<SipObject> = new Set(['aor', 'endpoint'])

/**
 * Brings trunks into the engine, each by itself, and each of its objects by itself, until it is whole there. The engine
 * forgets with each start. A push that a newer one of the same trunk overtakes is given up.
 */
export class TrunkPushes {
  readonly #parts: Parts
  readonly #pushes = new Map<TrunkId, Push>()
  /** One try at a time for each trunk: an older one must not write over a newer. */
  readonly #tries = new Map<TrunkId, Promise<void>>()
  readonly #registrations = new Map<TrunkId, Registration>()
  #life = 0
  #isUp = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  hear(event: EngineEvent): void {
    if (event.kind === 'trunk-reachability') this.#registrations.set(event.trunkId, event.registration)
    if (event.kind !== 'engine-up' && event.kind !== 'engine-down') return
    this.#isUp = event.kind === 'engine-up'
    this.#life++
    this.#registrations.clear()
    for (const push of this.#pushes.values()) push.stopWaiting()
    this.#pushes.clear()
    if (this.#isUp) void this.#pushAll(this.#life, FIRST_PAUSE_MS)
  }

  /** Resolves after the first try. While the engine is away there is none: all are pushed when it comes. */
  async push(trunk: Trunk): Promise<void> {
    this.#pushes.get(trunk.id)?.stopWaiting()
    if (!this.#isUp) return
    const push: Push = { trunk, missing: null, stopWaiting: () => undefined }
    this.#pushes.set(trunk.id, push)
    await this.#try(push, undefined, FIRST_PAUSE_MS)
  }

  stateOf(trunkId: TrunkId): TrunkProvisioning {
    const missing = this.#pushes.get(trunkId)?.missing
    const registration = this.#registrations.get(trunkId) ?? 'none'
    if (missing == null || missing.some((object) => CARRYING.has(object)))
      return { configuration: 'missing', registration }
    return { configuration: missing.length === 0 ? 'whole' : 'partial', registration }
  }

  /** The database may be away just when the engine comes: without its trunks no call would ever pass again. */
  async #pushAll(life: number, pauseMs: number): Promise<void> {
    const { carriers, timers, log } = this.#parts
    try {
      const trunks = await carriers.trunks()
      if (life !== this.#life) return
      // One that has been pushed since the engine came may have been changed since it was read here.
      const unpushed = trunks.filter(({ id }) => !this.#pushes.has(id))
      await Promise.all(unpushed.map((trunk) => this.push(trunk)))
    } catch (error) {
      if (life !== this.#life) return
      log.warn({ err: error }, 'the trunks could not be read, tried again')
      timers.after(pauseMs, () => void (life === this.#life && this.#pushAll(life, longer(pauseMs))))
    }
  }

  #try(push: Push, only: readonly SipObject[] | undefined, pauseMs: number): Promise<void> {
    const { id } = push.trunk
    const turn = (this.#tries.get(id) ?? Promise.resolve()).then(() => this.#tryNow(push, only, pauseMs))
    this.#tries.set(id, turn)
    return turn
  }

  async #tryNow(push: Push, only: readonly SipObject[] | undefined, pauseMs: number): Promise<void> {
    const { configuration, timers, log } = this.#parts
    const { trunk } = push
    const isCurrent = (): boolean => this.#pushes.get(trunk.id) === push
    if (!isCurrent()) return
    const missing = await configuration.pushTrunk(trunk, only)
    push.missing = missing
    if (missing.length === 0 || !isCurrent()) return
    log.warn({ trunkId: trunk.id, missing }, 'the engine did not take all of a trunk, tried again')
    push.stopWaiting = timers.after(pauseMs, () => void this.#try(push, missing, longer(pauseMs)))
  }
}

const longer = (pauseMs: number): number => Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
