import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { Trunk } from '#carriers'
import { newId } from '#kernel'
import {
  addCaller,
  commandOf,
  dial,
  onceDone,
  poolsOf,
  recordOf,
  startCallLab,
  stateIs,
  type CallLab,
  type Talk,
} from '../testing/carriers/call-lab.ts'
import { RawCarrier, type CarrierCall, type RawCarrierPlan } from '../testing/carriers/raw-carrier.ts'
import { headerOf, methodOf, statusOf } from '../testing/carriers/sip-message.ts'

/** What carriers say that no standard scenario has: written on the wire by hand. */
let lab: CallLab
const carriers: RawCarrier[] = []

beforeAll(async () => {
  lab = await startCallLab()
}, 60_000)

afterEach(async () => {
  await Promise.all(carriers.splice(0).map((carrier) => carrier.close()))
})

afterAll(() => lab.stop())

const NUMBER = '13912345678'
const answers = (call: CarrierCall) => {
  call.answer('100 Trying')
  void call.answerWithSpeech('200 OK')
}

/** Only these trunks carry the call, in this order. */
async function stage(...plans: readonly (RawCarrierPlan & { readonly trunk?: Partial<Trunk> })[]) {
  await lab.asOwner(`UPDATE trunk SET standing = 'suspended'`)
  const trunks: Trunk[] = []
  for (const [priority, { trunk, ...plan }] of plans.entries()) {
    const carrier = await RawCarrier.start(plan)
    carriers.push(carrier)
    const { host, port } = carrier
    const transport = plan.transport ?? 'udp'
    trunks.push(await lab.addTrunk({ host, port, transport, priority, ...trunk }))
  }
  const minute = 60_000 as never
  const caller = await addCaller(lab, { terms: { increments: { firstMs: minute, nextMs: minute }, sliceMs: minute } })
  const started = carriers.slice(-plans.length)
  return { carriers: started, carrier: started[0]!, trunk: trunks[0]!, caller }
}

async function connected(plan: RawCarrierPlan & { readonly trunk?: Partial<Trunk> } = { onInvite: answers }) {
  const staged = await stage(plan)
  const talk = await dial(lab, staged.caller, NUMBER)
  await stateIs(lab, talk, 'connected')
  await vi.waitFor(() => expect(talk.call.answeredAt).not.toBeNull())
  return { ...staged, talk, call: await staged.carrier.call() }
}

const reachabilityOf = (trunk: Trunk) => lab.calls().reachability()[trunk.id]

test.each([
  ['does not answer OPTIONS', { onRequest: null }],
  ['answers OPTIONS with 405', { onRequest: (_: unknown, reply: (status: string) => void) => reply('405 Nope') }],
] as const)(
  'a carrier that %s carries the call all the same',
  async (_, plan) => {
    const { carrier, trunk, caller } = await stage({ ...plan, onInvite: answers, trunk: { qualifyIntervalS: 2 } })
    if (plan.onRequest === null)
      await vi.waitFor(() => expect(reachabilityOf(trunk)).toBe('down'), { timeout: 12_000, interval: 50 })
    const talk = await dial(lab, caller, NUMBER)
    await stateIs(lab, talk, 'connected')
    expect(carrier.received('INVITE')).toHaveLength(1)
    talk.call.hangup()
    expect(await recordOf(lab, talk)).toMatchObject({ endReason: 'hangup-caller', ratedMs: 60_000 })
  },
  30_000,
)

test('a carrier that closes its TCP connection after OPTIONS carries the call all the same', async () => {
  const staged = await stage({
    transport: 'tcp',
    trunk: { qualifyIntervalS: 2 },
    onRequest: () => carriers.at(-1)?.disconnect(),
    onInvite: answers,
  })
  await vi.waitFor(() => expect(reachabilityOf(staged.trunk)).toBe('down'), { timeout: 12_000, interval: 50 })
  const talk = await dial(lab, staged.caller, NUMBER)
  await stateIs(lab, talk, 'connected')
  talk.call.hangup()
  expect(await recordOf(lab, talk)).toMatchObject({ endReason: 'hangup-caller' })
}, 30_000)

test('a trunk whose OPTIONS are off is not asked, and carries calls', async () => {
  const { carrier, trunk, caller } = await stage({ onInvite: answers, trunk: { qualifyIntervalS: 0 } })
  const talk = await dial(lab, caller, NUMBER)
  await stateIs(lab, talk, 'connected')
  talk.call.hangup()
  await recordOf(lab, talk)
  expect(carrier.received('OPTIONS')).toEqual([])
  expect(reachabilityOf(trunk)).not.toBe('down')
})

test('183 without SDP is no early media: it goes on ringing, and the next trunk may be tried', async () => {
  const { carriers: both, caller } = await stage(
    {
      onInvite(call) {
        call.answer('180 Ringing')
        call.answer('183 Session Progress')
        setTimeout(() => call.answer('503 Service Unavailable'), 300)
      },
    },
    { onInvite: answers },
  )
  const talk = await dial(lab, caller, NUMBER)
  await stateIs(lab, talk, 'connected')
  const states = lab.events.flatMap((event) =>
    event.type === 'call-changed' && event.payload.callId === talk.callId ? [event.payload.state] : [],
  )
  expect(states).toContain('ringing')
  expect(states).not.toContain('early-media')
  expect(both.map((carrier) => carrier.received('INVITE').length)).toEqual([1, 1])
  talk.call.hangup()
  await recordOf(lab, talk)
})

test('no carrier hears of a caller who hung up before the dial', async () => {
  const { carrier, caller } = await stage({ onInvite: answers })
  const dials: string[] = []
  onceDone(lab, 'POST /channels/{channelId}/dial', async () => void dials.push(NUMBER))
  onceDone(lab, 'POST /channels/create', async () => {
    const { call } = await dialled
    call.hangup()
    await vi.waitFor(() => expect(call.statuses).toEqual([487]))
    // What happened before is told before.
    await lab.engine().survey()
  })
  const dialled = dial(lab, caller, NUMBER)
  expect(await recordOf(lab, await dialled)).toMatchObject({ endReason: 'cancelled', ratedMs: 0 })
  expect([dials, carrier.received('INVITE')]).toEqual([[], []])
})

test('a route that the next server tries is leased no longer than its caller', async () => {
  const rings = (call: CarrierCall) => call.answer('180 Ringing')
  const { carriers: both, caller } = await stage({ onInvite: rings }, { onInvite: rings })
  const talk = await dial(lab, caller, NUMBER)
  await stateIs(lab, talk, 'ringing')
  const leaseOfCaller = async () => leaseOf(await channelOf(talk, (endpoint) => endpoint === 'lab-phone'))
  const atFirst = await leaseOfCaller()
  await vi.waitFor(async () => expect(await leaseOfCaller()).toBeLessThan(atFirst - 2), { timeout: 5_000 })
  await lab.leave()
  await lab.takeOver()
  const [first] = both[0]!.calls.values()
  first?.answer('503 Service Unavailable')
  await both[1]!.call()
  const leaseOfCallee = await leaseOf(await channelOf(talk, (endpoint) => endpoint !== 'lab-phone'))
  // A dial takes a moment longer than another one.
  expect(leaseOfCallee - (await leaseOfCaller())).toBeLessThan(1)
  talk.call.hangup()
  await recordOf(lab, talk)
})

async function channelOf({ callId }: Talk, isIt: (endpoint?: string) => boolean): Promise<string> {
  const channels = await lab.engine().survey()
  return channels.find((channel) => channel.callId === callId && isIt(channel.endpoint))!.channelId
}

/** In seconds. */
async function leaseOf(channelId: string): Promise<number> {
  const query = { variable: 'TIMEOUT(absolute)' }
  const { value } = await lab.engine().ari.request('GET /channels/{channelId}/variable', { path: { channelId }, query })
  return Number(value)
}

test('keys reach a carrier without telephone-event as tones', async () => {
  const { talk, call } = await connected({
    onInvite: (one) => void one.answerWithSpeech('200 OK', ['RTP/AVP 8', 'rtpmap:8 PCMA/8000']),
  })
  expect(await lab.calls().sendDigits({ ...commandOf(talk), digits: '1111' })).toMatchObject({ ok: true })
  // DTMF 1: 697 and 1209 Hz (ITU-T Q.23).
  await vi.waitFor(() => expect(call.media?.loudness(697, 100)).toBeGreaterThan(0.02), { timeout: 3_000, interval: 10 })
  expect(call.media?.keys).toBe('')
  talk.call.hangup()
  await recordOf(lab, talk)
})

test('keys before the answer are refused by name, and lost nowhere', async () => {
  const { carrier, caller } = await stage({ onInvite: (one) => void one.answerWithSpeech('183 Session Progress') })
  const talk = await dial(lab, caller, NUMBER)
  await stateIs(lab, talk, 'early-media')
  const press = () => lab.calls().sendDigits({ ...commandOf(talk), digits: '5' })
  expect(await press()).toEqual({ ok: false, refusal: { code: 'wrong-state' } })
  const call = await carrier.call()
  await call.answerWithSpeech('200 OK')
  await stateIs(lab, talk, 'connected')
  expect(await press()).toMatchObject({ ok: true })
  await vi.waitFor(() => expect(call.media?.keys).toBe('5'), { timeout: 5_000 })
  talk.call.hangup()
  await recordOf(lab, talk)
})

const OPUS = ['RTP/AVP 96 101', 'rtpmap:96 opus/48000/2', 'rtpmap:101 telephone-event/8000']
test.each([
  ['a codec that was not offered', (call: CarrierCall) => void call.answerWithSpeech('200 OK', OPUS)],
  ['no SDP', (call: CarrierCall) => call.answer('200 OK')],
])('an answer with %s connects nobody and costs nothing', async (_, onInvite) => {
  const { carrier, caller } = await stage({ onInvite })
  const talk = await dial(lab, caller, NUMBER)
  const unpaid = { answeredAt: null, ratedMs: 0, overrunMs: 0, draws: [] }
  expect(await recordOf(lab, talk)).toMatchObject({ endReason: 'codec-mismatch', ...unpaid })
  const call = await carrier.call()
  await vi.waitFor(() =>
    expect(call.requests.map((request) => request.firstLine)).toContainEqual(expect.stringMatching(/^BYE /)),
  )
  expect(await poolsOf(lab, caller)).toMatchObject([{ usedMs: 0, heldMs: 0 }])
})

test.each([
  ['without a reason', [], 'hangup-callee'],
  ['with Q.850 16', [['reason', 'Q.850;cause=16']], 'hangup-callee'],
  ['with Q.850 27', [['reason', 'Q.850;cause=27;text="destination out of order"']], 'network-failure'],
  ['with SIP 500', [['reason', 'SIP;cause=500']], 'network-failure'],
  ['with Q.850 44, though speech flowed', [['reason', 'Q.850;cause=44']], 'network-failure'],
] as const)('a BYE %s: the live end and the log of the engine say the same', async (...[, headers, endReason]) => {
  const { talk, call } = await connected()
  await call.request('BYE', { headers })
  expect(await recordOf(lab, talk)).toMatchObject({ endReason, ratedMs: 60_000 })

  const unheard = await connected()
  await lab.leave()
  await unheard.call.request('BYE', { headers })
  await vi.waitFor(() => expect(unheard.talk.call.endedAt).not.toBeNull(), { timeout: 5_000 })
  await lab.takeOver()
  expect(await recordOf(lab, unheard.talk)).toMatchObject({ endReason })
})

test('an administrator who ends a call is named as such; ending one’s own is not', async () => {
  const first = await connected()
  await lab.calls().hangup({ ...commandOf(first.talk), memberId: null })
  expect(await recordOf(lab, first.talk)).toMatchObject({ endReason: 'hangup-administrator' })
  const second = await connected()
  const { memberId } = second.caller
  await lab.calls().hangup({ ...commandOf(second.talk), memberId: null, askedBy: `member:${memberId}` })
  expect(await recordOf(lab, second.talk)).toMatchObject({ endReason: 'hangup-caller' })
})

test('every trunk shows the caller as it wants him', async () => {
  const { carrier, caller } = await stage({
    onInvite: (call) => call.answer('486 Busy Here'),
    trunk: { callerIdFormat: 'e164-without-plus', fromDomain: 'voip.example' },
  })
  await recordOf(lab, await dial(lab, caller, NUMBER))
  const [right] = await lab.stores.carriers.numberRights(caller.organizationId)
  const [invite] = carrier.received('INVITE')
  const shown = `<sip:${right?.number.slice(1)}@voip.example>`
  expect(headerOf(invite!, 'from')).toContain(shown)
  expect(headerOf(invite!, 'p-asserted-identity')).toContain(shown)
})

test('an outbound proxy gets what is meant for the carrier', async () => {
  const proxy = await RawCarrier.start({ onInvite: (call) => call.answer('486 Busy Here') })
  const { carrier, caller } = await stage({ trunk: { outboundProxy: `${proxy.host}:${proxy.port}` } })
  carriers.push(proxy)
  expect(await recordOf(lab, await dial(lab, caller, NUMBER))).toMatchObject({ endReason: 'busy' })
  expect(carrier.received('INVITE')).toEqual([])
  expect(proxy.received('INVITE')[0]?.firstLine).toContain(`@${carrier.host}:${carrier.port}`)
  await vi.waitFor(() => expect(proxy.received('OPTIONS')).not.toEqual([]), { timeout: 3_000 })
  expect(carrier.received('OPTIONS')).toEqual([])
})

test('inside a call keep-alives and keys by INFO are taken, and a transfer is not offered', async () => {
  const { talk, call } = await connected()
  const status = async (method: string, extra: Parameters<CarrierCall['request']>[1] = {}) =>
    (await call.request(method, extra)).firstLine.split(' ')[1]
  const keys = { headers: [['content-type', 'application/dtmf-relay']], body: 'Signal=5\r\nDuration=160\r\n' } as const
  expect(await status('INFO')).toBe('200')
  expect(await status('INFO', keys)).toBe('200')
  expect(await status('OPTIONS')).toBe('200')
  expect(await status('UPDATE')).toBe('200')
  // Nobody transfers a call of ours.
  expect(headerOf(call.invite, 'allow')).not.toMatch(/REFER/)
  talk.call.media.play(440)
  await vi.waitFor(() => expect(call.media?.loudness(440)).toBeGreaterThan(0.05), { timeout: 5_000 })
  talk.call.hangup()
  expect(await recordOf(lab, talk)).toMatchObject({ endReason: 'hangup-caller' })
})

test('a MESSAGE inside a call is taken and reaches nobody', async () => {
  const { talk, call } = await connected()
  const text = { headers: [['content-type', 'text/plain']], body: 'hello' } as const
  expect((await call.request('MESSAGE', text)).firstLine).toContain('202')
  talk.call.message('hello')
  // What is passed on comes in its order: the BYE of each side would come after it.
  talk.call.media.play(440)
  await vi.waitFor(() => expect(call.media?.loudness(440)).toBeGreaterThan(0.05), { timeout: 5_000 })
  await call.request('BYE')
  await recordOf(lab, talk)
  await vi.waitFor(() => expect(talk.call.endedAt).not.toBeNull())
  const methods = [...talk.call.requests, ...call.requests].map(methodOf)
  expect(methods).not.toContain('MESSAGE')
})

test.each(['another carrier', 'another user'])('INVITE with Replaces from %s takes over no call', async (who) => {
  const { carriers: both, caller } = await stage({ onInvite: answers }, { onInvite: answers })
  const talk = await dial(lab, caller, NUMBER)
  await stateIs(lab, talk, 'connected')
  const call = await both[0]!.call()
  const replaces = ['replaces', call.replaces] as const
  if (who === 'another user') {
    const stranger = await lab.phone.call(newId(), [replaces])
    await vi.waitFor(() => expect(stranger.endedAt).not.toBeNull(), { timeout: 5_000 })
    expect(stranger.answeredAt).toBeNull()
  } else expect(statusOf(await both[1]!.invite(lab.asterisk, [replaces]))).toBeGreaterThanOrEqual(400)
  const channels = await lab.engine().survey()
  expect(channels.filter(({ callId }) => callId === talk.callId)).toHaveLength(2)
  talk.call.media.play(440)
  await vi.waitFor(() => expect(call.media?.loudness(440)).toBeGreaterThan(0.05), { timeout: 5_000 })
  talk.call.hangup()
  expect(await recordOf(lab, talk)).toMatchObject({ endReason: 'hangup-caller' })
})

test.each([
  ['483 Too Many Hops', 'network-failure'],
  ['484 Address Incomplete', 'unallocated'],
  ['603 Decline', 'rejected'],
])('a carrier that refuses by %s: the live end and the log of the engine say the same', async (status, endReason) => {
  const heard = await stage({ onInvite: (call) => call.answer(status) })
  expect(await recordOf(lab, await dial(lab, heard.caller, NUMBER))).toMatchObject({ endReason })

  const { carrier, caller } = await stage({ onInvite: (call) => call.answer('180 Ringing') })
  const unheard = await dial(lab, caller, NUMBER)
  await stateIs(lab, unheard, 'ringing')
  await lab.leave()
  const call = await carrier.call()
  call.answer(status)
  await vi.waitFor(() => expect(call.requests.map(methodOf)).toContain('ACK'), { timeout: 5_000 })
  await lab.takeOver()
  expect(await recordOf(lab, unheard)).toMatchObject({ endReason })
})

/** Asks for credentials, and answers once there are some. */
const asksWhoCalls = (call: CarrierCall) => {
  if (headerOf(call.invite, 'proxy-authorization') !== '') return answers(call)
  const challenge = 'Digest realm="carrier", nonce="n1", algorithm=MD5, qop="auth"'
  call.answer('407 Proxy Authentication Required', { headers: [['proxy-authenticate', challenge]] })
}

const account = (username: string) => ({ auth: { kind: 'digest', username, password: 'secret' } }) as const

test.each([
  ['comes second', { priority: 9 }, 1],
  ['is suspended', { standing: 'suspended' }, 1],
  ['has another account', account('new'), 0],
  ['has another From', { fromDomain: 'new.example' }, 0],
] as const)('a trunk that %s from now on: its call goes on, the next one finds it so', async (...[, change, next]) => {
  const {
    carriers: both,
    trunk,
    caller,
  } = await stage(
    { onInvite: asksWhoCalls, trunk: { ...account('old'), fromDomain: 'old.example' } },
    { onInvite: answers },
  )
  const first = await dial(lab, caller, NUMBER)
  await stateIs(lab, first, 'connected')
  const call = await both[0]!.call()
  await lab.changeTrunk({ ...trunk, ...change })
  const second = await dial(lab, caller, NUMBER)
  await stateIs(lab, second, 'connected')
  const invite = both[next]!.received('INVITE').at(-1)!
  expect(headerOf(invite, 'call-id')).not.toBe(call.callId)
  if ('auth' in change) expect(headerOf(invite, 'proxy-authorization')).toContain('username="new"')
  if ('fromDomain' in change) expect(headerOf(invite, 'from')).toContain('@new.example')
  first.call.media.play(440)
  await vi.waitFor(() => expect(call.media?.loudness(440)).toBeGreaterThan(0.05), { timeout: 5_000 })
  for (const talk of [first, second]) {
    talk.call.hangup()
    expect(await recordOf(lab, talk)).toMatchObject({ endReason: 'hangup-caller', overrunMs: 0 })
  }
})
