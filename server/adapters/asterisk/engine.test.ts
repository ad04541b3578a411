import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { newId, type CallId, type E164, type LegId, type TrunkId } from '#kernel'
import type { EngineEvent } from '#calls'
import type { Trunk } from '#carriers'
import {
  networkTrunk,
  startEngine,
  startNetwork,
  type TestAsterisk,
} from '../../testing/carriers/asterisk-instances.ts'
import { startPlainPhone } from '../../testing/carriers/plain-phone.ts'
import { SipPhone, type PhoneCall } from '../../testing/carriers/sip-phone.ts'
import { AsteriskEngine } from './engine.ts'
import { SipConfiguration } from './configuration.ts'

let asterisk: TestAsterisk
let network: TestAsterisk
let engine: AsteriskEngine
let phone: SipPhone
const events: EngineEvent[] = []

const digestTrunk = newId<'trunk'>()
const addressTrunk = newId<'trunk'>()
const callerNumber = '+8675500000001' as E164

const trunk = (id: TrunkId, change: Partial<Trunk>): Trunk => ({
  id,
  carrierId: newId(),
  name: id,
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
  priority: 1,
  failsOverOnTimeout: false,
  standing: 'active',
  ...change,
})

beforeAll(async () => {
  asterisk = await startEngine()
  network = await startNetwork(asterisk)
  engine = new AsteriskEngine(asterisk.address)
  engine.subscribe((event) => events.push(event))
  engine.start()
  await heard((event) => event.kind === 'engine-up')
  const configuration = new SipConfiguration(engine.ari, { browserGoneMs: 15_000, sipHost: '127.0.0.1' })
  await configuration.pushTrunk(
    trunk(digestTrunk, { auth: { kind: 'digest', ...networkTrunk }, fromUser: networkTrunk.username, registers: true }),
  )
  await configuration.pushTrunk(trunk(addressTrunk, {}))
  phone = await startPlainPhone(asterisk, { ari: engine.ari, sipUser: 'phone-1' })
}, 30_000)

afterAll(async () => {
  phone.close()
  engine.stop()
  await Promise.all([asterisk.stop(), network.stop()])
})

const heard = <E extends EngineEvent>(wanted: (event: EngineEvent) => boolean): Promise<E> =>
  vi.waitFor(
    () => {
      const found = events.find(wanted)
      if (found === undefined) throw new Error('not heard yet')
      return found as E
    },
    { timeout: 10_000, interval: 5 },
  )

const ofLeg = (kind: EngineEvent['kind'], channelId: string) => (event: EngineEvent) =>
  event.kind === kind && 'channelId' in event && event.channelId === channelId

type Joined = { readonly call: PhoneCall; readonly callId: CallId; readonly appChannel: string; readonly legId: LegId }

/** Phone → engine → network, by the adapter alone. */
async function dial(
  number: string,
  { trunkId = addressTrunk, leaseMs = 20_000 }: { readonly trunkId?: TrunkId; readonly leaseMs?: number } = {},
): Promise<Joined> {
  const callId = newId<'call'>()
  const legId = newId<'leg'>()
  const call = await phone.call(callId)
  const arrived = await heard<EngineEvent & { readonly kind: 'app-leg-arrived' }>(
    (event) => event.kind === 'app-leg-arrived' && event.dialled === callId,
  )
  expect(arrived.sipUser).toBe('phone-1')
  await engine.dial({
    legId,
    callId,
    trunkId,
    requestUri: `sip:${number}@${network.sipHost}:${network.sipPort}`,
    callerId: callerNumber,
    callerChannelId: arrived.channelId,
    leaseMs,
    timeoutMs: 10_000,
    seat: { callerNumber, leaseMs },
  })
  return { call, callId, appChannel: arrived.channelId, legId }
}

async function connect(number: string, options: Parameters<typeof dial>[1] = {}): Promise<Joined> {
  const joined = await dial(number, options)
  await heard(ofLeg('leg-answered', joined.legId))
  await vi.waitFor(() => expect(joined.call.answeredAt).not.toBeNull())
  return joined
}

const hears = (call: PhoneCall, hz: number) =>
  vi.waitFor(() => expect(call.media.loudness(hz)).toBeGreaterThan(0.05), { timeout: 5_000 })

test.each([
  ['digest', digestTrunk],
  ['address', addressTrunk],
])('speech passes in both directions over a trunk by %s', async (_, trunkId) => {
  const { call } = await connect('+8613000000001', { trunkId })
  call.media.play(440)
  await hears(call, 440)
  call.hangup()
})

test('a caller whose first dial the engine refuses has his seat for the next', async () => {
  const [callId, legId] = [newId<'call'>(), newId<'leg'>()]
  const call = await phone.call(callId)
  const { channelId: callerChannelId } = await heard<EngineEvent & { readonly kind: 'app-leg-arrived' }>(
    (event) => event.kind === 'app-leg-arrived' && event.dialled === callId,
  )
  const requestUri = `sip:+8613000000001@${network.sipHost}:${network.sipPort}`
  const leg = { callId, requestUri, callerId: callerNumber, callerChannelId, leaseMs: 20_000, timeoutMs: 10_000 }
  const seat = { callerNumber, leaseMs: 20_000 }
  await expect(engine.dial({ ...leg, legId: newId(), trunkId: newId(), seat })).rejects.toThrow()
  await engine.dial({ ...leg, legId, trunkId: addressTrunk, seat: null })
  await heard(ofLeg('leg-answered', legId))
  call.media.play(440)
  await hears(call, 440)
  call.hangup()
  await heard(ofLeg('leg-ended', legId))
})

test('a party that hangs up ends the other, and is told apart', async () => {
  const { call, legId, appChannel } = await connect('+8613000000002')
  await hears(call, 1000)
  call.hangup()
  expect(await heard(ofLeg('leg-ended', appChannel))).toMatchObject({ by: 'party', q850Cause: 16 })
  expect(await heard(ofLeg('leg-ended', legId))).toMatchObject({ by: 'command' })
})

test('the lease ends the leg, its tie the other one', async () => {
  const { call, legId, appChannel } = await connect('+8613000000002', { leaseMs: 60_000 })
  const setAt = Date.now()
  await engine.setLease(legId, 1_200)
  const ended = await heard<EngineEvent & { readonly kind: 'leg-ended' }>(ofLeg('leg-ended', legId))
  expect(ended.by).toBe('lease')
  expect(ended.at - setAt).toBeGreaterThan(1_150)
  expect(ended.at - setAt).toBeLessThan(1_350)
  expect(await heard(ofLeg('leg-ended', appChannel))).toMatchObject({ by: 'command' })
  await vi.waitFor(() => expect(call.endedBy).toBe('them'))
})

test.each([
  ['busy', '+8613000000004', 17, 486],
  ['unallocated', '+8613000000005', 1, 404],
  ['out of order', '+8613000000006', 34, 503],
])('%s is told by its cause, and leaves the caller for the next trunk', async (...[, number, q850Cause, sipStatus]) => {
  const { legId, appChannel, call } = await dial(number)
  expect(await heard(ofLeg('leg-ended', legId))).toMatchObject({ by: 'party', q850Cause, sipStatus })
  expect(await engine.survey()).toContainEqual(expect.objectContaining({ channelId: appChannel }))
  call.hangup()
  await heard(ofLeg('leg-ended', appChannel))
})

test('early media is heard before the answer', async () => {
  const { call, legId, appChannel } = await dial('+8613000000007')
  await heard(ofLeg('leg-early-media', legId))
  await hears(call, 600)
  expect(call.answeredAt).toBeNull()
  expect(await heard(ofLeg('leg-ended', legId))).toMatchObject({ by: 'party', q850Cause: 21, sipStatus: 403 })
  await engine.hangup(appChannel, 21)
  await vi.waitFor(() => expect(call.statuses.at(-1)).toBe(403))
})

test('ringing is passed on; a caller who gives up cancels the callee', async () => {
  const { call, legId, appChannel } = await dial('+8613000000003')
  await heard(ofLeg('leg-ringing', legId))
  await vi.waitFor(() => expect(call.statuses).toContain(180))
  expect(await engine.hasResponse(legId)).toBe(true)
  call.hangup()
  expect(await heard(ofLeg('leg-ended', appChannel))).toMatchObject({ by: 'party', q850Cause: 127 })
  expect(await heard(ofLeg('leg-ended', legId))).toMatchObject({ by: 'command' })
})

test('keys go both ways as RFC 4733 events', async () => {
  const { call, legId } = await connect('+8613000000009')
  call.media.press('5')
  await vi.waitFor(() => expect(call.media.keys).toBe('5'), { timeout: 5_000 })
  await hears(call, 900)
  // It listens again once it has said the key.
  await vi.waitFor(() => expect(call.media.loudness(900)).toBeLessThan(0.01), { timeout: 5_000 })
  await engine.sendDigits(legId, '7')
  await vi.waitFor(() => expect(call.media.keys).toBe('57'), { timeout: 5_000 })
  call.hangup()
})

test('hold plays music to the callee and nothing to the caller', async () => {
  const { call, legId } = await connect('+8613000000001')
  call.media.play(440)
  await hears(call, 440)
  await engine.hold(legId)
  // The callee is an echo: it sends the music back, and the caller must not hear that either.
  await vi.waitFor(() => expect(call.media.loudness(440)).toBeLessThan(0.01), { timeout: 5_000 })
  expect(call.media.loudness(700)).toBeLessThan(0.01)
  await engine.resume(legId)
  await hears(call, 440)
  call.hangup()
})

test('a prompt is heard over the conversation', async () => {
  const { call, appChannel } = await connect('+8613000000002')
  await hears(call, 1000)
  await engine.announce(appChannel, 'minutes-warning')
  await vi.waitFor(() => expect(call.media.loudness(1400, 60)).toBeGreaterThan(0.05), { timeout: 3_000, interval: 10 })
  expect(call.media.loudness(1000, 60)).toBeGreaterThan(0.05)
  call.hangup()
})

test('a party without media is gone', async () => {
  const quiet = await startPlainPhone(asterisk, { ari: engine.ari, sipUser: 'phone-quiet', rtpTimeoutS: 1 })
  const callId = newId<'call'>()
  const call = await quiet.call(callId)
  const { channelId } = await heard<EngineEvent & { readonly kind: 'app-leg-arrived' }>(
    (event) => event.kind === 'app-leg-arrived' && event.dialled === callId,
  )
  await engine.seat(callId, { channelId, callerNumber, leaseMs: 20_000 })
  await engine.indicate(channelId, 'answer')
  await vi.waitFor(() => expect(call.answeredAt).not.toBeNull())
  call.media.pause()
  expect(await heard(ofLeg('leg-ended', channelId))).toMatchObject({ by: 'no-media', q850Cause: 44 })
  quiet.close()
})

test('who names a trunk is a stranger still: a carrier is known by its address', async () => {
  const { sipHost: host, sipPort: port } = asterisk
  const thief = await SipPhone.start({ user: digestTrunk, password: networkTrunk.password, host, port })
  const call = await thief.call('+8613900000001')
  await vi.waitFor(() => expect(call.statuses).toEqual([401]))
  thief.close()
})

test('a trunk that goes and comes is noticed', async () => {
  await heard((event) => event.kind === 'trunk-reachability' && event.trunkId === addressTrunk && event.state === 'up')
})

test('after a restart of the engine the connection is there again, under a new boot id', async () => {
  const before = events.filter((event) => event.kind === 'engine-up').length
  await asterisk.kill()
  await heard((event) => event.kind === 'engine-down')
  await expect(engine.survey()).rejects.toThrow()
  await asterisk.restart()
  await vi.waitFor(() => expect(events.filter((event) => event.kind === 'engine-up')).toHaveLength(before + 1), {
    timeout: 5_000,
  })
  const [first, second] = events.filter((event) => event.kind === 'engine-up')
  expect(first).not.toEqual(second)
})
