import type { Engine, Timers } from '#calls'
import type { CarrierStore, Trunk } from '#carriers'
import type { EngineAccess } from '#http'
import type { Instant } from '#kernel'
import type { SipConfiguration } from '../adapters/asterisk/index.ts'
import type { Log } from '../adapters/log/index.ts'
import { createBrowserUsers } from './browser-users.ts'

type Parts = {
  readonly engine: Pick<Engine, 'subscribe'>
  readonly configuration: SipConfiguration
  readonly carriers: CarrierStore
  readonly clock: { now(): Instant }
  readonly timers: Timers
  readonly log: Log
}

const PUSH_AGAIN_AFTER_MS = 1_000

/** The engine forgets its configuration with each start: we keep who is in, and bring all in again. */
export function createEngineAccess({ engine, configuration, carriers, clock, timers, log }: Parts): EngineAccess {
  const browsers = createBrowserUsers({ configuration, clock, timers, log })
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
    await browsers.pushAll()
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
    addBrowser: browsers.add,
    removeBrowser: browsers.revoke,
  }
}
