import type { Engine, Timers } from '#calls'
import type { CarrierStore } from '#carriers'
import type { EngineAccess } from '#http'
import type { Instant } from '#kernel'
import type { SipConfiguration } from '../adapters/asterisk/index.ts'
import type { Log } from '../adapters/log/index.ts'
import { createBrowserUsers } from './browser-users.ts'
import { TrunkPushes } from './trunk-pushes.ts'

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
export function createEngineAccess({ engine, configuration, carriers, clock, timers, log }: Parts) {
  const browsers = createBrowserUsers({ configuration, clock, timers, log })
  let isUp = false

  const trunks = new TrunkPushes({ configuration, carriers, timers, log })
  let bootId: string | undefined
  const pushUntilTaken = async (boot: string): Promise<void> => {
    try {
      await browsers.pushAll()
    } catch (error) {
      if (!isUp || boot !== bootId) return
      log.warn({ err: error }, 'the engine did not take its browser users, tried again')
      timers.after(PUSH_AGAIN_AFTER_MS, () => void pushUntilTaken(boot))
    }
  }
  engine.subscribe((event) => {
    trunks.hear(event)
    if (event.kind === 'engine-down') isUp = false
    if (event.kind !== 'engine-up') return
    isUp = true
    log.info({ bootId: event.bootId, isSameAsBefore: event.bootId === bootId }, 'engine up')
    bootId = event.bootId
    void pushUntilTaken(event.bootId)
  })

  const access: EngineAccess = {
    isUp: () => isUp,
    pushTrunk: (trunk) => trunks.push(trunk),
    trunkProvisioning: (trunkId) => trunks.stateOf(trunkId),
    addBrowser: browsers.add,
    removeBrowser: browsers.revoke,
  }
  return { ...access, endpointNames: () => configuration.endpointNames() }
}
