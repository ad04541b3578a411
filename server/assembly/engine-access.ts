import type { Engine, Timers } from '#calls'
import type { CarrierStore, Trunk } from '#carriers'
import type { EngineAccess } from '#http'
import type { SipUser } from '#identity'
import type { Instant } from '#kernel'
import type { SipConfiguration } from '../adapters/asterisk/index.ts'
import type { Log } from '../adapters/log/index.ts'

type Parts = {
  readonly engine: Pick<Engine, 'subscribe'>
  readonly configuration: SipConfiguration
  readonly carriers: CarrierStore
  readonly clock: { now(): Instant }
  readonly timers: Timers
  readonly log: Log
}

/** A browser that placed no call for so long is dropped; its next call lets it in again. Longer than any call. */
const IDLE_MS = 25 * 3_600_000
const PUSH_AGAIN_AFTER_MS = 1_000

/** The engine forgets its configuration with each start: we keep who is in, and bring all in again. */
export function createEngineAccess({ engine, configuration, carriers, clock, timers, log }: Parts): EngineAccess {
  const browsers = new Map<string, SipUser & { readonly usedAt: Instant }>()
  let isUp = false

  const pushTrunk = async (trunk: Trunk) => {
    try {
      await configuration.pushTrunk(trunk)
    } catch (error) {
      log.warn({ err: error, trunkId: trunk.id }, 'the engine did not take a trunk')
    }
  }
  const pushAll = async () => {
    for (const trunk of await carriers.trunks()) await pushTrunk(trunk)
    for (const { sipUser, sipPassword } of browsers.values())
      await configuration.pushBrowserUser({ sipUser, password: sipPassword })
  }
  const removeBrowser = async (sipUser: string) => {
    browsers.delete(sipUser)
    await configuration
      .removeBrowserUser(sipUser)
      .catch((error: unknown) => log.warn({ err: error }, 'the engine did not drop a browser user'))
  }
  let bootId: string | undefined
  /** The database may be away just when the engine comes back: without its trunks no call would ever pass again. */
  const pushUntilTaken = async (boot: string): Promise<void> => {
    try {
      await pushAll()
    } catch (error) {
      if (!isUp || boot !== bootId) return
      log.warn({ err: error }, 'the engine did not take its configuration, tried again')
      timers.after(PUSH_AGAIN_AFTER_MS, () => void pushUntilTaken(boot))
    }
  }
  engine.subscribe((event) => {
    if (event.kind === 'engine-down') isUp = false
    if (event.kind !== 'engine-up') return
    isUp = true
    log.info({ bootId: event.bootId, isSameAsBefore: event.bootId === bootId }, 'engine up')
    bootId = event.bootId
    void pushUntilTaken(event.bootId)
  })

  return {
    isUp: () => isUp,
    addTrunk: pushTrunk,
    async addBrowser(user) {
      const at = clock.now()
      if (!browsers.has(user.sipUser))
        await configuration.pushBrowserUser({ sipUser: user.sipUser, password: user.sipPassword })
      browsers.set(user.sipUser, { ...user, usedAt: at })
      for (const { sipUser, usedAt } of browsers.values()) if (usedAt < at - IDLE_MS) void removeBrowser(sipUser)
    },
    removeBrowser,
  }
}
