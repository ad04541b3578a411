import { createCalls, type Calls } from '#calls'
import { isDemoPassword, seedDemo } from '#demo'
import {
  createHttp,
  createHub,
  createMetrics,
  USUAL_LIMITS,
  type Http,
  type Parts,
  type RateLimits,
  type Metrics,
} from '#http'
import { createOperatorKeys, createSignIns, createSignOuts, type OperatorKeys, type Tokens } from '#identity'
import { durationMs, type Instant } from '#kernel'
import { AsteriskEngine, openEngineLog, SipConfiguration } from '../adapters/asterisk/index.ts'
import { createKnownDevices, createPasswords, createSipAccess, createTokens } from '../adapters/crypto/index.ts'
import { createSipSockets } from '../adapters/edge/index.ts'
import { createPushServices } from '../adapters/push/index.ts'
import type { Log } from '../adapters/log/index.ts'
import { openStores, type Stores } from '../adapters/postgres/index.ts'
import { clock, createBackground, timers } from './clock.ts'
import { createDemoAccess, writeDemoFile } from './demo-access.ts'
import { createEngineAccess } from './engine-access.ts'
import { followEngineLog } from './engine-log.ts'
import { wireEvents } from './events.ts'
import { meteredLedger } from './metered-ledger.ts'
import type { Runtime } from './runtime.ts'
import { keepMonths } from './retention.ts'
import { RingPushes } from './ring-pushes.ts'
import { createScreens } from './screens.ts'
import { createSessionReach, endExpiredSessions, endLeftOvers } from './session-reach.ts'

/** `start` answers with the API, which listens. */
export type Tandem = { start(): Promise<Http>; stop(): Promise<void> }

type Plan = {
  readonly runtime: Runtime
  readonly log: Log
  /** The first operator key, taken while there is none. */
  readonly bootstrapKey: string | undefined
  readonly limits?: RateLimits
}

/** All parts of the server, joined; nothing runs before `start`. */
export async function assemble(plan: Plan): Promise<Tandem> {
  const { runtime, log, bootstrapKey } = plan
  const { carrier, database, demoFile, server } = runtime
  const metrics = createMetrics()
  const stores = await openStores(database, { onLedgerBatch: metrics.ledgerBatch })
  const [passwords, tokens] = [createPasswords(), createTokens(server.sessionKey)]
  const operatorKeys = createOperatorKeys(stores.identity, tokens)
  const background = createBackground()
  const telephony = joinTelephony(runtime, { stores, metrics, log, background })
  const sessions = joinSessions(runtime, { ...telephony, stores, log, background })
  const demo = carrier === null ? null : createDemoAccess(carrier, stores.directory)
  const joined = { ...telephony, ...sessions, stores, passwords, tokens, operatorKeys, demo: demo?.access ?? null }
  const { calls, engine } = telephony
  let stopKeeping = (): void => undefined
  let http: Http | undefined

  return {
    async start() {
      if (carrier !== null) {
        const seed = { passwords, carrier, at: clock.now() }
        if (await stores.atomically((setUp) => seedDemo({ stores: setUp, ...seed }))) log.info('the demo was set up')
        writeDemoFile(demoFile)
      }
      await takeBootstrapKey(bootstrapKey, { operatorKeys, log })
      // Calls listen before the engine speaks.
      await calls.start()
      engine.start()
      demo?.start()
      const expired = async (at: Instant): Promise<void> => {
        await Promise.all([sessions.signOuts.expired(at), stores.idempotency.forget(at)])
      }
      endExpiredSessions({ expired, clock, timers: background, log })
      stopKeeping = keepMonths({ retention: stores.retention, clock, timers: background, log })
      // First those who talk, then those who ask.
      await calls.adopted()
      http = await joinHttp(plan, joined)
      await http.listen({ host: server.host, port: server.port })
      return http
    },
    async stop() {
      background.stopAll()
      stopKeeping()
      await http?.close()
      await calls.stop()
      demo?.stop()
      engine.stop()
      telephony.pushServices.close()
      await stores.close()
    },
  }
}

type Background = ReturnType<typeof createBackground>
type Ground = {
  readonly stores: Stores
  readonly metrics: Metrics
  readonly log: Log
  /** What is tried again until it is done, or we let go. */
  readonly background: Background
}

/** The engine, calls, and who hears of them. */
function joinTelephony(runtime: Runtime, { stores, metrics, log, background }: Ground) {
  const { config, engine: address } = runtime
  const { hub, screens, pushServices } = joinScreens(runtime, stores)
  const { ariUrl, ariUser: user, ariPassword: password } = address
  const engine = new AsteriskEngine({ ariUrl, user, password, app: 'tandem' })
  const configuration = new SipConfiguration(engine.ari, { ...config.calls, sipHost: address.sipHost })
  // Before calls: it hears first that the engine is up, and a call can only be dialled over a trunk that is known there.
  const access = createEngineAccess({
    engine,
    configuration,
    carriers: stores.carriers,
    clock,
    timers: background,
    log,
  })
  const engineLog = openEngineLog({
    store: stores.engineLogStore,
    clock,
    paths: address,
    damaged(bootId, damage) {
      metrics.callFaulted('log-damaged')
      log.error({ bootId, ...damage }, 'a part of the engine’s log is damaged and was left out')
    },
  })
  const { ringTimeoutMs, browserGoneMs, abandonedMs } = config.calls
  const calls = createCalls({
    engine,
    screens,
    clock,
    timers,
    log,
    stores: { ...stores, ledger: meteredLedger(stores.ledger, metrics), engineLog },
    countFault: metrics.callFaulted,
    settings: {
      ringTimeoutMs: durationMs(ringTimeoutMs),
      browserGoneMs: durationMs(browserGoneMs),
      abandonedMs: durationMs(abandonedMs),
    },
  })
  const ringPushes = new RingPushes({
    ...stores,
    services: pushServices,
    clock,
    ringTimeoutMs: durationMs(ringTimeoutMs),
    pushed: metrics.pushed,
    log,
  })
  followEngineLog({ engineLog, timers: background, log })
  wireEvents({ calls, engine, hub, metrics, ringPushes })
  metrics.readFrom({ isEngineUp: access.isUp, liveCalls: () => countByState(calls) })
  return { engine, access, calls, hub, screens, pushServices, metrics }
}

/** Browsers that listen, and those that have to be woken first. */
function joinScreens({ config, publicUrl, server }: Runtime, { reach }: Stores) {
  const hub = createHub()
  const pushServices = createPushServices({
    privateKey: server.pushKey,
    contact: config.push.contact ?? (publicUrl.startsWith('https:') ? publicUrl : NOBODY),
    services: config.push.services,
  })
  return { hub, pushServices, screens: createScreens({ hub, reach, services: pushServices }) }
}

/** Where nobody reaches this installation from elsewhere (RFC 2606). */
const NOBODY = 'mailto:nobody@tandem.invalid'

type Telephony = Omit<ReturnType<typeof joinTelephony>, 'metrics'> & Omit<Ground, 'metrics'>

/** Sessions, and all that ends with them. */
function joinSessions(
  { server, edge }: Runtime,
  { stores, hub, calls, access, engine, background, log }: Telephony,
): Pick<Parts, 'signOuts' | 'sipAccess'> {
  const sipAccess = createSipAccess({ sessionKey: server.sessionKey, ticketKey: edge.ticketKey })
  const sockets = createSipSockets({ controlSocket: edge.controlSocket, timers: background, log })
  const reach = createSessionReach({ hub, calls, engine: access, sockets, sipAccess })
  endLeftOvers({ engine, access, store: stores.identity, reach, sipAccess, clock, timers: background, log })
  return { sipAccess, signOuts: createSignOuts(stores.identity, reach) }
}

type Joined = Omit<ReturnType<typeof joinTelephony>, 'engine'> &
  Pick<Parts, 'signOuts' | 'sipAccess' | 'passwords' | 'operatorKeys' | 'demo'> & {
    readonly stores: Stores
    readonly tokens: Tokens
  }

function joinHttp({ runtime, log, limits = USUAL_LIMITS }: Plan, { access, ...joined }: Joined): Promise<Http> {
  const { config, publicUrl, webRoot, partsFile, server } = runtime
  const isPublicPassword = config.demo ? () => false : isDemoPassword
  return createHttp({
    ...joined,
    isPublicPassword,
    clock,
    log,
    engine: access,
    signIns: createSignIns({
      store: joined.stores.identity,
      passwords: joined.passwords,
      tokens: joined.tokens,
      isPublicPassword,
    }),
    knownDevices: createKnownDevices(server.sessionKey),
    settings: { publicUrl, isDemo: config.demo, webRoot, partsFile, limits },
  })
}

function countByState(calls: Calls): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { state } of calls.liveSnapshots()) counts.set(state, (counts.get(state) ?? 0) + 1)
  return counts
}

async function takeBootstrapKey(
  key: string | undefined,
  { operatorKeys, log }: { readonly operatorKeys: OperatorKeys; readonly log: Log },
): Promise<void> {
  if (key === undefined || key === '') return
  const isTaken = await operatorKeys.bootstrap(key, clock.now())
  log.info(
    isTaken
      ? 'the bootstrap key is the first operator key'
      : 'there are operator keys already: the bootstrap key was not taken',
  )
}
