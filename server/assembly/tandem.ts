import { createCalls, type Calls } from '#calls'
import { isDemoPassword, seedDemo, withSimulatedTrunks } from '#demo'
import { createHttp, createHub, createMetrics, USUAL_LIMITS, type Http, type Hub, type Metrics, type RateLimits } from '#http'
import { createOperatorKeys, createSignIns, type OperatorKeys } from '#identity'
import { durationMs, instant, type Instant } from '#kernel'
import { AsteriskEngine, SipConfiguration } from '../adapters/asterisk/index.ts'
import { createPasswords, createSipAccess, tokens } from '../adapters/crypto/index.ts'
import type { Log } from '../adapters/log/index.ts'
import { openStores, type Stores } from '../adapters/postgres/index.ts'
import { createDemoAccess, writeDemoFile } from './demo-access.ts'
import { createEngineAccess } from './engine-access.ts'
import { meteredLedger } from './metered-ledger.ts'
import type { Runtime } from './runtime.ts'

const clock = { now: (): Instant => instant(Date.now()) }
const timers = {
  after(ms: number, run: () => void) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

export type Tandem = { readonly http: Http; start(): Promise<void>; stop(): Promise<void> }

type Plan = {
  readonly runtime: Runtime
  readonly log: Log
  /** The first operator key, taken while there is none. */
  readonly bootstrapKey: string | undefined
  readonly limits?: RateLimits
}

/** All parts of the server, joined; nothing runs before `start`. */
export async function assemble({ runtime, log, bootstrapKey, limits = USUAL_LIMITS }: Plan): Promise<Tandem> {
  const { config, carrier } = runtime
  const stores = await openRuntimeStores(runtime)
  const [passwords, metrics, hub] = [createPasswords(), createMetrics(), createHub()]
  const engine = new AsteriskEngine({ ariUrl: runtime.engine.ariUrl, user: runtime.engine.ariUser, password: runtime.engine.ariPassword, app: 'tandem' })
  // Before calls take over: a call can only be dialled over a trunk that the engine knows.
  const access = createEngineAccess({ engine, configuration: new SipConfiguration(engine.ari), carriers: stores.carriers, clock, log })
  const calls = createCalls({
    engine, clock, timers, log,
    stores: { ...stores, ledger: meteredLedger(stores.ledger, metrics) },
    settings: { ringTimeoutMs: durationMs(config.calls.ringTimeoutMs), abandonedMs: durationMs(config.calls.abandonedMs) },
  })
  wireEvents({ calls, engine, hub, metrics, stores, log })
  metrics.readFrom({ isEngineUp: access.isUp, liveCalls: () => countByState(calls) })
  const operatorKeys = createOperatorKeys(stores.identity, tokens)
  const demo = carrier === null ? null : createDemoAccess(carrier, stores.directory)
  const http = await createHttp({
    clock, log, stores, passwords, operatorKeys, calls, hub, metrics,
    signIns: createSignIns({ store: stores.identity, passwords, tokens, isPublicPassword: config.demo ? () => false : isDemoPassword }),
    sipAccess: createSipAccess({ sessionKey: runtime.server.sessionKey, ticketKey: runtime.edge.ticketKey }),
    engine: access,
    demo: demo?.access ?? null,
    settings: { publicUrl: runtime.publicUrl, isDemo: config.demo, webRoot: runtime.webRoot, partsFile: runtime.partsFile, limits },
  })

  return {
    http,
    async start() {
      if (carrier !== null && (await seedDemo({ stores, passwords, carrier, at: clock.now() }))) log.info('the demo was set up')
      if (carrier !== null) writeDemoFile(runtime.demoFile)
      await takeBootstrapKey(bootstrapKey, { operatorKeys, log })
      await calls.start()
      engine.start()
      demo?.start()
      await http.listen({ host: runtime.server.host, port: runtime.server.port })
    },
    async stop() {
      await http.close()
      await calls.stop()
      demo?.stop()
      engine.stop()
      await stores.close()
    },
  }
}

async function openRuntimeStores({ database, engine, carrier }: Runtime): Promise<Stores> {
  const stores = await openStores({ ownerUrl: database.ownerUrl, appUrl: database.appUrl ?? database.ownerUrl }, engine)
  return carrier === null ? stores : { ...stores, carriers: withSimulatedTrunks(stores.carriers, carrier) }
}

type Wires = {
  readonly calls: Calls
  readonly engine: AsteriskEngine
  readonly hub: Hub
  readonly metrics: Metrics
  readonly stores: Stores
  readonly log: Log
}

/** Who hears whom. */
function wireEvents({ calls, engine, hub, metrics, stores, log }: Wires): void {
  calls.subscribe((event) => {
    hub.publish(event)
    metrics.heard(event)
    if (event.type !== 'call-ended') return
    const { callId, reason, ratedMs } = event.payload
    const actor = event.memberId === null ? 'system' : `member:${event.memberId}`
    stores.audit
      .append({ at: event.at, organizationId: event.organizationId, actor, action: 'call.ended', subjectId: callId, detail: { reason, ratedMs } })
      .catch((error: unknown) => log.warn({ err: error, callId }, 'an audit entry was lost'))
  })
  engine.subscribe((event) => {
    if (event.kind === 'trunk-reachability') hub.trunk(event.trunkId, event.state)
  })
}

function countByState(calls: Calls): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { state } of calls.liveSnapshots()) counts.set(state, (counts.get(state) ?? 0) + 1)
  return counts
}

async function takeBootstrapKey(key: string | undefined, { operatorKeys, log }: { readonly operatorKeys: OperatorKeys; readonly log: Log }): Promise<void> {
  if (key === undefined || key === '') return
  const isTaken = await operatorKeys.bootstrap(key, clock.now())
  log.info(isTaken ? 'the bootstrap key is the first operator key' : 'there are operator keys already: the bootstrap key was not taken')
}
