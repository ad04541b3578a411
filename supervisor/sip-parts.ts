import { join } from 'node:path'
import { isAsteriskReady, prepareAsterisk, renewMediaAddresses } from './asterisk.ts'
import type { AsteriskInstance } from './asterisk.ts'
import { findAsterisk } from './asterisk-program.ts'
import type { AsteriskProgram } from './asterisk-program.ts'
import { Boots } from './boots.ts'
import { externalAddresses, watchAddresses } from './ice.ts'
import { checkout } from './layout.ts'
import type { Layout } from './layout.ts'
import type { PartSpec } from './part.ts'
import type { Runtime } from './runtime.ts'
import { StartRefused } from './start-refused.ts'

const patience = { readyWithinMs: 20_000, stopSignal: 'SIGTERM', stopWithinMs: 5_000 } as const

export function enginePart(layout: Layout, runtime: Runtime): PartSpec {
  const program = requireAsterisk()
  const boots = new Boots(layout.boots)
  let bootId = boots.nextId()
  const instance = (): AsteriskInstance => ({
    ...sharedParts(runtime.engine),
    folder: layout.engine,
    templates: join(checkout, 'deploy/asterisk/engine'),
    systemName: bootId,
    values: {},
  })
  const addresses = mediaAddresses(program, instance)
  return {
    name: 'engine',
    ...patience,
    async prepare() {
      bootId = boots.nextId()
      return addresses.prepare()
    },
    isReady: () => isAsteriskReady(instance()),
    onStart() {
      boots.begin(bootId)
      addresses.watch()
    },
    onExit(exit) {
      addresses.leave()
      boots.end(exit)
    },
  }
}

/** The simulated phone network of the demo. */
export function carrierPart(layout: Layout, runtime: Runtime): PartSpec | null {
  const { carrier, engine } = runtime
  if (carrier === null) return null
  const program = requireAsterisk()
  const instance: AsteriskInstance = {
    ...sharedParts(carrier),
    folder: layout.carrier,
    templates: join(checkout, 'server/demo/carrier'),
    systemName: 'carrier',
    values: {
      TRUNK_USER: carrier.digest.username,
      TRUNK_PASSWORD: carrier.digest.password,
      ENGINE_HOST: engine.sipHost,
      ENGINE_PORT: engine.sipPort,
    },
  }
  const addresses = mediaAddresses(program, () => instance)
  return {
    name: 'carrier',
    ...patience,
    prepare: async () => addresses.prepare(),
    isReady: () => isAsteriskReady(instance),
    onStart: addresses.watch,
    onExit: addresses.leave,
  }
}

/** Keeps what browsers are told true while it runs: a laptop changes its network, and the engine stays. */
function mediaAddresses(program: AsteriskProgram, instance: () => AsteriskInstance) {
  let told: readonly string[] = []
  let stop: (() => void) | undefined
  return {
    prepare() {
      told = externalAddresses()
      return prepareAsterisk(program, instance())
    },
    watch() {
      stop = watchAddresses(told, () => renewMediaAddresses(program, instance()))
    },
    leave: () => stop?.(),
  }
}

function sharedParts(plan: Runtime['engine'] | NonNullable<Runtime['carrier']>) {
  const { ariPassword, sipHost, sipPort, rtpPorts } = plan
  return { httpPort: Number(new URL(plan.ariUrl).port), ariPassword, sipHost, sipPort, rtpPorts }
}

function requireAsterisk(): AsteriskProgram {
  const program = findAsterisk()
  if (program !== null) return program
  throw new StartRefused(
    'No Asterisk 20 or newer with all modules was found. `npm start` installs one; by hand: bash scripts/install-asterisk.sh',
  )
}
