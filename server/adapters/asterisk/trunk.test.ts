import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { EngineEvent } from '#calls'
import type { Trunk } from '#carriers'
import { newId } from '#kernel'
import { startEngine, type TestAsterisk } from '../../testing/carriers/asterisk-instances.ts'
import { NameServer, sipServer } from '../../testing/carriers/name-server.ts'
import { RawCarrier, type RawCarrierPlan } from '../../testing/carriers/raw-carrier.ts'
import { branch, formatSip, headerOf, methodOf, parseSip, statusOf } from '../../testing/carriers/sip-message.ts'
import { aTrunk } from '../postgres/testing-nouns.ts'
import { SipConfiguration } from './configuration.ts'
import { AsteriskEngine } from './engine.ts'

let asterisk: TestAsterisk
let names: NameServer
let engine: AsteriskEngine
let configuration: SipConfiguration
const events: EngineEvent[] = []
const carriers: RawCarrier[] = []

beforeAll(async () => {
  names = await NameServer.start()
  asterisk = await startEngine(names)
  engine = new AsteriskEngine(asterisk.address)
  engine.subscribe((event) => events.push(event))
  engine.start()
  await vi.waitFor(() => expect(events).toContainEqual(expect.objectContaining({ kind: 'engine-up' })))
  configuration = new SipConfiguration(engine.ari, { browserGoneMs: 15_000, sipHost: '127.0.0.1' })
}, 30_000)

afterEach(async () => {
  await Promise.all(carriers.splice(0).map((carrier) => carrier.close()))
})

afterAll(async () => {
  engine.stop()
  await asterisk.stop()
  names.close()
})

async function carrierOf(plan: RawCarrierPlan, change: Partial<Trunk> = {}) {
  const carrier = await RawCarrier.start(plan)
  carriers.push(carrier)
  const auth = { kind: 'digest', username: 'acct', password: 'secret' } as const
  return { carrier, trunk: aTrunk(newId(), { host: carrier.host, port: carrier.port, auth, ...change }) }
}

const stateBecomes = (trunk: Trunk, state: object) =>
  vi.waitFor(
    () => {
      const heard = events.filter((event) => event.kind === 'trunk-reachability' && event.trunkId === trunk.id)
      expect(heard.at(-1)).toMatchObject(state)
    },
    { timeout: 10_000, interval: 20 },
  )

/** Everything is fine but for REGISTER. */
const registrar =
  (status: () => string): NonNullable<RawCarrierPlan['onRequest']> =>
  (request, reply) =>
    methodOf(request) === 'REGISTER'
      ? reply(status(), { headers: [['contact', `${headerOf(request, 'contact')};expires=300`]] })
      : reply('200 OK')

test('an engine that nobody was made known to has no endpoints', async () => {
  expect(await configuration.endpointNames()).toEqual([])
})

test('a trunk whose REGISTER is refused is down, though it answers OPTIONS', async () => {
  const { carrier, trunk } = await carrierOf({ onRequest: registrar(() => '403 Forbidden') })
  expect(await configuration.pushTrunk(trunk)).toEqual([])
  await vi.waitFor(() => expect(carrier.received('OPTIONS')).not.toEqual([]), { timeout: 5_000 })
  await stateBecomes(trunk, { state: 'down', registration: 'rejected' })
})

test('a trunk that is registered is up; suspended, it registers no more', async () => {
  const { trunk } = await carrierOf({ onRequest: registrar(() => '200 OK') })
  await configuration.pushTrunk(trunk)
  await stateBecomes(trunk, { state: 'up', registration: 'registered' })
  await configuration.pushTrunk({ ...trunk, standing: 'suspended' })
  await stateBecomes(trunk, { state: 'up', registration: 'none' })
})

test('another connection to the same engine hears how each trunk stands', async () => {
  const { trunk } = await carrierOf({ onRequest: registrar(() => '403 Forbidden') })
  const { trunk: unasked } = await carrierOf({}, { qualifyIntervalS: 0, registers: false })
  await configuration.pushTrunk(trunk)
  await configuration.pushTrunk(unasked)
  await stateBecomes(trunk, { registration: 'rejected' })
  const heard = events.length
  // By a name of its own: under the same one it would take the first one's place.
  const second = new AsteriskEngine({ ...asterisk.address, app: 'second' })
  second.subscribe((event) => events.push(event))
  second.start()
  await vi.waitFor(() =>
    expect(events.slice(heard)).toContainEqual(expect.objectContaining({ trunkId: trunk.id, state: 'down' })),
  )
  second.stop()
  await stateBecomes(unasked, { state: 'unknown' })
})

test('a carrier that asks by SHA-256 alone is answered so', async () => {
  const challenge = 'Digest realm="carrier", nonce="n1", algorithm=SHA-256, qop="auth"'
  const { carrier, trunk } = await carrierOf({
    onRequest: (request, reply) =>
      methodOf(request) !== 'REGISTER' || headerOf(request, 'authorization').includes('algorithm=SHA-256')
        ? reply('200 OK', { headers: [['contact', `${headerOf(request, 'contact')};expires=300`]] })
        : reply('401 Unauthorized', { headers: [['www-authenticate', challenge]] }),
  })
  await configuration.pushTrunk(trunk)
  await stateBecomes(trunk, { state: 'up', registration: 'registered' })
  // 64 hexadecimal digits are a SHA-256.
  expect(headerOf(carrier.received('REGISTER').at(-1)!, 'authorization')).toMatch(/response="[0-9a-f]{64}"/)
})

test('objects of a trunk whose host DNS does not know are told as missing; the others are there', async () => {
  const { trunk } = await carrierOf({}, { host: 'no-such-host.invalid' })
  const missing = await configuration.pushTrunk(trunk)
  expect(missing).toContain('identify')
  expect(missing).not.toContain('endpoint')
  const { trunk: good } = await carrierOf({ onRequest: registrar(() => '200 OK') }, { id: trunk.id })
  expect(await configuration.pushTrunk(good, missing)).toEqual([])
  await configuration.pushTrunk(good)
  await stateBecomes(good, { state: 'up', registration: 'registered' })
}, 60_000)

test('a trunk that is pushed anew is what it is now, and nothing of what it was', async () => {
  const { carrier, trunk } = await carrierOf({ onRequest: registrar(() => '200 OK') }, { fromDomain: 'old.example' })
  await configuration.pushTrunk(trunk)
  await stateBecomes(trunk, { registration: 'registered' })
  const { carrier: later, trunk: moved } = await carrierOf({}, { id: trunk.id, auth: { kind: 'ip' }, fromDomain: null })
  expect(await configuration.pushTrunk(moved)).toEqual([])
  await vi.waitFor(() => expect(later.received('OPTIONS')).not.toEqual([]), { timeout: 15_000 })
  await stateBecomes(moved, { state: 'up', registration: 'none' })
  expect(later.received('REGISTER')).toEqual([])
  expect(headerOf(later.received('OPTIONS')[0]!, 'from')).not.toContain('old.example')
  expect(carrier.received('REGISTER').length).toBeGreaterThan(0)
}, 30_000)

test('an address without a port is asked at the usual one, and its Request-URI has none', async () => {
  const { carrier, trunk } = await carrierOf({ port: 5060 }, { port: null, registers: false })
  expect(await configuration.pushTrunk(trunk)).toEqual([])
  await vi.waitFor(() => expect(carrier.received('OPTIONS')).not.toEqual([]), { timeout: 5_000 })
  expect(carrier.received('OPTIONS')[0]?.firstLine).toBe(`OPTIONS sip:${carrier.host} SIP/2.0`)
})

test('a host without a port is found by SRV: the preferred server, at its own port, is asked, and known by its address', async () => {
  const host = 'sip.carrier.test'
  const { carrier, trunk } = await carrierOf({ onRequest: registrar(() => '200 OK') }, { host, port: null })
  const { carrier: spare } = await carrierOf({})
  names.know(
    ...sipServer(host, { name: 'spare.carrier.test', host: spare.host, port: spare.port, priority: 20 }),
    ...sipServer(host, { name: 'main.carrier.test', host: carrier.host, port: carrier.port, priority: 10 }),
  )
  expect(await configuration.pushTrunk(trunk)).toEqual([])
  await stateBecomes(trunk, { state: 'up', registration: 'registered' })
  expect(carrier.received('OPTIONS')[0]?.firstLine).toBe(`OPTIONS sip:${host} SIP/2.0`)
  expect(carrier.received('REGISTER')[0]?.firstLine).toBe(`REGISTER sip:${host} SIP/2.0`)
  expect(spare.requests).toEqual([])
  expect(names.asked).toContain(`SRV _sip._udp.${host}`)
  // Refused, but not asked who it is as a stranger would be.
  for (const server of [carrier, spare]) expect(await statusFor('MESSAGE', server.host)).not.toBe(401)
}, 30_000)

test.each(['INVITE', 'REGISTER', 'MESSAGE', 'REFER', 'NOTIFY', 'INFO', 'SUBSCRIBE', 'OPTIONS', 'PUBLISH'])(
  'a stranger’s %s outside a call is asked who it is, and nothing more',
  async (method) => {
    expect(await statusFor(method, '127.0.0.77')).toBe(401)
  },
)

/** What the engine first says to a request outside a call, from that address. */
async function statusFor(method: string, host: string): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, host)
  await once(socket, 'listening')
  const { port } = socket.address()
  const uri = `sip:anybody@${asterisk.sipHost}:${asterisk.sipPort}`
  const request = {
    firstLine: `${method} ${uri} SIP/2.0`,
    headers: [
      ['via', `SIP/2.0/UDP ${host}:${port};branch=${branch()};rport`],
      ['max-forwards', '70'],
      ['from', `<sip:stranger@${host}>;tag=1`],
      ['to', `<${uri}>`],
      ['call-id', branch()],
      ['cseq', `1 ${method}`],
      ['contact', `<sip:stranger@${host}:${port}>`],
      ['event', 'presence'],
      ['refer-to', '<sip:1@192.0.2.1>'],
    ] as const,
    body: '',
  }
  socket.send(formatSip(request), asterisk.sipPort, asterisk.sipHost)
  const [data] = (await once(socket, 'message')) as [Buffer]
  socket.close()
  return statusOf(parseSip(data.toString()))
}

test('a connection whose place another one took is opened again, and works', async () => {
  const heard = events.length
  const usurper = new AsteriskEngine(asterisk.address)
  usurper.subscribe((event) => event.kind === 'engine-up' && usurper.stop())
  usurper.start()
  await vi.waitFor(() => expect(events.slice(heard).map(({ kind }) => kind)).toContain('engine-up'), { timeout: 5_000 })
  expect(await engine.survey()).toEqual([])
})
