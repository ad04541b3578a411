import pg from 'pg'
import { expect, vi } from 'vitest'
import {
  createCalls,
  type CallFault,
  type Calls,
  type CallSettings,
  type CallSnapshot,
  type DialIn,
  type NumberedEvent,
  type Screens,
} from '#calls'
import type { Trunk } from '#carriers'
import { ratedMs as owedFor, type PlanTerms } from '#entitlements'
import {
  durationMs,
  instant,
  later,
  newId,
  parseZone,
  type CallId,
  type E164,
  type Instant,
  type MemberId,
  type OrganizationId,
} from '#kernel'
import type { CallRecord } from '#records'
import { AsteriskEngine, openEngineLog, SipConfiguration } from '../../adapters/asterisk/index.ts'
import { migrate, openStores, type Stores } from '../../adapters/postgres/index.ts'
import { ledgerFaults, noFaults } from '../../adapters/postgres/ledger-check.ts'
import { startTestPostgres, type TestPostgres } from '../../adapters/postgres/testing.ts'
import { poolsOf as allPoolsOf } from '../../adapters/postgres/testing-nouns.ts'
import { startEngine, startNetwork, type TestAsterisk } from './asterisk-instances.ts'
import { startPlainPhone } from './plain-phone.ts'
import type { PhoneCall, SipPhone } from './sip-phone.ts'

/** Calls over a real Asterisk, a simulated network and a real Postgres; a plain telephone stands for the browser. */
export type CallLab = {
  readonly asterisk: TestAsterisk
  readonly network: TestAsterisk
  readonly postgres: TestPostgres
  readonly stores: Stores
  readonly phone: SipPhone
  /** Those of members that can ring: open, unless a test says otherwise. */
  readonly screens: { reach: Screens['reach'] }
  readonly events: readonly NumberedEvent[]
  /** Messages of the log, of all servers. */
  readonly warnings: readonly string[]
  /** What was counted as a fault, of all servers. */
  readonly faults: readonly CallFault[]
  /** Of the server that runs now. */
  calls(): Calls
  engine(): AsteriskEngine
  /** The server is gone; calls go on in the engine. */
  leave(): Promise<void>
  /** Another server comes. */
  takeOver(): Promise<void>
  addTrunk(change?: Partial<Trunk>): Promise<Trunk>
  /** As an operator does it, while calls are in progress. */
  changeTrunk(trunk: Trunk): Promise<void>
  /** Something that no port can do: a trunk that is suspended, a table that takes nothing. */
  asOwner(statement: string): Promise<void>
  stop(): Promise<void>
}

/** Who calls, and from whose pool. */
export type Caller = { readonly organizationId: OrganizationId; readonly memberId: MemberId }

const SIP_USER = 'lab-phone'
const clock = { now: () => instant(Date.now()) }
const timers = {
  after(ms: number, run: () => void) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}
const logTo = (warnings: string[]) => ({
  info: () => undefined,
  warn(details: object, message: string) {
    warnings.push(message)
    if (process.env['TANDEM_TEST_LOG'] !== undefined) console.warn(message, details)
  },
  error: (details: object, message: string) => console.error(message, details),
})

const SETTINGS: CallSettings = {
  ringTimeoutMs: durationMs(20_000),
  browserGoneMs: durationMs(2_000),
  abandonedMs: durationMs(20_000),
}

export async function startCallLab(wishes: Partial<CallSettings> = {}): Promise<CallLab> {
  const [asterisk, postgres] = await Promise.all([startEngine(), startTestPostgres()])
  const network = await startNetwork(asterisk)
  await migrate(postgres.ownerUrl)
  const stores = await openStores(postgres, { ledgerDeadlineMs: 3_000 })
  const events: NumberedEvent[] = []
  const [faults, warnings]: [CallFault[], string[]] = [[], []]
  const settings = { ...SETTINGS, ...wishes }
  const screens: CallLab['screens'] = { reach: async () => 'open' }
  const openServer = () => openServerOn({ asterisk, stores, screens, settings, events, faults, warnings })
  let server = await openServer()
  const rtpTimeoutS = settings.browserGoneMs / 1000
  const phone = await startPlainPhone(asterisk, { ari: server.engine.ari, sipUser: SIP_USER, rtpTimeoutS })
  const carrierId = newId<'carrier'>()
  await stores.carriers.createCarrier({ id: carrierId, name: 'The simulated network' })
  const leave = async () => {
    server.engine.stop()
    await server.calls.stop()
  }
  return {
    asterisk,
    network,
    postgres,
    stores,
    phone,
    screens,
    events,
    faults,
    warnings,
    leave,
    calls: () => server.calls,
    engine: () => server.engine,
    async takeOver() {
      server = await openServer()
    },
    async addTrunk(change = {}) {
      const trunk = trunkTo(network, { carrierId, ...change })
      await stores.carriers.createTrunk(trunk)
      await pushTrunk(server.engine, trunk)
      return trunk
    },
    async changeTrunk(trunk) {
      await stores.carriers.changeTrunk(trunk)
      await pushTrunk(server.engine, trunk)
    },
    async asOwner(statement) {
      const client = new pg.Client({ connectionString: postgres.ownerUrl })
      await client.connect()
      await client.query(statement)
      await client.end()
    },
    async stop() {
      await leave()
      phone.close()
      await stores.close()
      await Promise.all([asterisk.stop(), network.stop(), stopSound(postgres)])
    },
  }
}

/** Whatever the tests of a lab did to its parts: at their end no minute is lost, doubled or held by nobody. */
async function stopSound(postgres: TestPostgres): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.ownerUrl })
  try {
    await client.connect()
    expect(await ledgerFaults(client)).toEqual(noFaults)
  } finally {
    await client.end()
    await postgres.stop()
  }
}

const pushTrunk = ({ ari }: AsteriskEngine, trunk: Trunk) =>
  new SipConfiguration(ari, { browserGoneMs: 15_000, sipHost: '127.0.0.1' }).pushTrunk(trunk)

type Ground = Pick<CallLab, 'asterisk' | 'stores' | 'screens'> & {
  readonly settings: CallSettings
  readonly events: NumberedEvent[]
  readonly faults: CallFault[]
  readonly warnings: string[]
}

async function openServerOn({ asterisk, stores, screens, settings, events, faults, warnings }: Ground) {
  const countFault = (fault: CallFault): void => void faults.push(fault)
  const damaged = () => countFault('log-damaged')
  const engineLog = openEngineLog({ store: stores.engineLogStore, paths: asterisk, clock, damaged })
  const engine = new AsteriskEngine(asterisk.address)
  const calls = createCalls({
    engine,
    screens: { reach: (memberId) => screens.reach(memberId) },
    stores: { ...stores, engineLog },
    clock,
    timers,
    log: logTo(warnings),
    countFault,
    settings,
  })
  calls.subscribe((event) => events.push(event))
  engine.start()
  await calls.start()
  await vi.waitFor(() => engine.survey(), { timeout: 5_000 })
  return { engine, calls }
}

function trunkTo(network: TestAsterisk, change: Partial<Trunk> & Pick<Trunk, 'carrierId'>): Trunk {
  const id = newId<'trunk'>()
  return {
    id,
    name: `trunk ${id}`,
    host: network.sipHost,
    port: network.sipPort,
    transport: 'udp',
    auth: { kind: 'ip' },
    registers: false,
    numberFormat: 'e164',
    callerIdFormat: 'e164',
    fromUser: null,
    fromDomain: null,
    outboundProxy: null,
    qualifyIntervalS: 10,
    zones: [],
    priority: 10,
    failsOverOnTimeout: false,
    standing: 'active',
    ...change,
  }
}

export type CallerWishes = { readonly grantMs?: number; readonly terms?: Partial<PlanTerms> }

/** An organization of one member, who may call. By the second, in slices of 4 s, unless told otherwise. */
export async function addCaller(
  { stores }: CallLab,
  { grantMs = 600_000, terms = {} }: CallerWishes = {},
): Promise<Caller> {
  const [organizationId, memberId] = [newId<'organization'>(), newId<'member'>()]
  const yesterday = later(clock.now(), -86_400_000)
  await stores.directory.createOrganization({
    id: organizationId,
    name: 'Heron Logistics',
    code: organizationId.replaceAll('-', ''),
    zone: parseZone('Asia/Shanghai')!,
    country: 'CN',
    jurisdiction: 'none',
    verification: 'verified',
    standing: 'active',
  })
  await addMember(stores, { organizationId, memberId })
  await stores.carriers.createNumberRight({
    number: callerNumberOf(organizationId),
    organizationId,
    proof: 'contract 1',
    validFrom: yesterday,
    validUntil: null,
    isDefault: true,
  })
  await addPlan(stores, { organizationId, since: yesterday, grantMs, terms })
  return { organizationId, memberId }
}

/** Of the same organization. */
export async function addColleague({ stores }: CallLab, { organizationId }: Caller): Promise<Caller> {
  const colleague = { organizationId, memberId: newId<'member'>() }
  await addMember(stores, colleague)
  return colleague
}

async function addMember({ directory }: Stores, { organizationId, memberId }: Caller): Promise<void> {
  await directory.createMember({
    id: memberId,
    organizationId,
    name: 'Driver',
    login: `driver-${memberId}`,
    role: 'member',
    standing: 'active',
    phone: null,
    extension: null,
    departmentIds: [],
    tags: [],
    isShielded: false,
    isNumberHidden: false,
    limits: { mayCall: null, monthlyMs: null },
    workingHours: null,
    language: null,
  })
}

type PlanWishes = Required<CallerWishes> & { readonly organizationId: OrganizationId; readonly since: Instant }

async function addPlan({ entitlements }: Stores, { organizationId, since, grantMs, terms }: PlanWishes): Promise<void> {
  const planId = newId<'plan'>()
  await entitlements.createPlan({ id: planId, name: `plan ${planId}` })
  const second = durationMs(1_000)
  const planTerms: PlanTerms = {
    services: ['business-direct', 'network'],
    // Nobody is called at his own telephone yet, so whatever draws the member's has drawn by the wrong list.
    draws: { initiator: ['member'], participant: ['organization'] },
    increments: { firstMs: second, nextMs: second },
    monthlyGrant: { memberMs: durationMs(0), organizationMs: durationMs(grantMs) },
    zones: ['domestic'],
    serviceCodes: [],
    concurrency: { member: 30, organization: 30 },
    longestCallMs: durationMs(3_600_000),
    sliceMs: durationMs(4_000),
    ...terms,
  }
  await entitlements.createPlanVersion({ id: newId(), planId, effectiveFrom: since, terms: planTerms })
  const subscription = { id: newId<'subscription'>(), organizationId, planId, from: since }
  await entitlements.createSubscription({ ...subscription, until: null, seats: null })
}

/** A number of its own for each organization, since a right of use is exclusive. */
const callerNumberOf = (organizationId: OrganizationId): E164 =>
  `+86755${String(Number.parseInt(organizationId.slice(-8), 16) % 100_000_000).padStart(8, '0')}` as E164

export type Talk = {
  readonly callId: CallId
  readonly call: PhoneCall
  readonly caller: Caller
  readonly dialIn: DialIn
}

/** Asks for the call and dials in, as the softphone does. */
export async function dial(lab: CallLab, caller: Caller, dialled: string): Promise<Talk> {
  const callId = newId<'call'>()
  const placed = await lab.calls().place({ ...caller, callId, dialled, sipUser: SIP_USER })
  if (!placed.ok) throw new Error(`refused: ${JSON.stringify(placed.refusal)}`)
  const { dialIn } = placed.value
  return { callId, caller, dialIn, call: await lab.phone.call(dialIn.dial) }
}

/** An instant that no test could meet by waiting: the engine has done what was asked, and the server has not heard so. */
export function onceDone(lab: CallLab, operation: Asked, run: () => Promise<void>): void {
  const { ari } = lab.engine()
  const request = ari.request.bind(ari)
  ari.request = async (...asked: Parameters<typeof request>) => {
    const answer = await request(...asked)
    if (asked[0] !== operation) return answer
    ari.request = request
    await run()
    return answer
  }
}

type Asked = Parameters<AsteriskEngine['ari']['request']>[0]

export async function connect(lab: CallLab, caller: Caller, dialled: string): Promise<Talk> {
  const talk = await dial(lab, caller, dialled)
  await vi.waitFor(() => expect(talk.call.answeredAt).not.toBeNull(), { timeout: 10_000 })
  return talk
}

export const commandOf = ({ caller, callId }: Talk) => ({ ...caller, callId })

export const hears = ({ call }: Pick<Talk, 'call'>, hz: number) =>
  vi.waitFor(() => expect(call.media.loudness(hz)).toBeGreaterThan(0.05), { timeout: 10_000 })

export const hearsNot = ({ call }: Pick<Talk, 'call'>, hz: number) =>
  vi.waitFor(() => expect(call.media.loudness(hz)).toBeLessThan(0.01), { timeout: 10_000 })

export const stateIs = (lab: CallLab, { caller, callId }: Talk, state: CallSnapshot['state']) =>
  vi.waitFor(async () => expect(await lab.calls().find(caller.organizationId, callId)).toMatchObject({ state }), {
    timeout: 10_000,
    interval: 20,
  })

export const recordOf = (lab: CallLab, { caller, callId }: Talk, timeout = 10_000): Promise<CallRecord> =>
  vi.waitFor(
    async () => {
      const record = await lab.stores.records.ofCall(caller.organizationId, callId)
      expect(record).toBeDefined()
      await expectTalkAccounted(lab, record!)
      return record!
    },
    { timeout, interval: 20 },
  )

/** No second of talk is left out of a record: what was not drawn from a pool is told as overrun. */
async function expectTalkAccounted({ stores }: CallLab, record: CallRecord): Promise<void> {
  const { answeredAt, endedAt, ratedMs, overrunMs, draws } = record
  expect(draws.reduce((sum, { usedMs }) => sum + usedMs, 0)).toBe(ratedMs)
  if (answeredAt === null) return expect(ratedMs).toBe(0)
  if (record.kind === 'network') return expect([ratedMs, overrunMs]).toEqual([0, 0])
  const talkMs = endedAt - answeredAt
  expect(overrunMs).toBe(Math.max(0, talkMs - ratedMs))
  const version = await stores.entitlements.planVersionAt(record.organizationId, record.placedAt)
  // Whole increments, all that have begun; with an overrun as many as were held.
  const owedMs = owedFor(durationMs(talkMs), version!.terms.increments)
  if (overrunMs === 0) expect(ratedMs).toBe(owedMs)
  else expect(ratedMs).toBeLessThanOrEqual(owedMs)
}

/** What is used of the pools; nothing may be held once all calls are over. */
export const poolsOf = ({ stores }: CallLab, { organizationId }: Caller) => allPoolsOf(stores, organizationId)
