import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { Ari } from '../adapters/asterisk/index.ts'
import { startEngine, type TestAsterisk } from '../testing/carriers/asterisk-instances.ts'
import { startPlainPhone } from '../testing/carriers/plain-phone.ts'
import type { SipPhone } from '../testing/carriers/sip-phone.ts'
import { openFeed } from '../testing/feed.ts'
import { openHouse, type House } from '../testing/house.ts'
import { foundOrganization, PASSWORD, PLAN_TERMS, signInAs, type Json } from '../testing/outsider.ts'
import { startPushReceiver, type PushReceiver } from '../testing/push-receiver.ts'

/** The whole server, the engine, and a push service: who is called inside the app and has no screen open is woken. */
let engine: TestAsterisk
let receiver: PushReceiver
let house: House
let ari: Ari
let heron: Awaited<ReturnType<typeof foundOrganization>>
let ann: Awaited<ReturnType<typeof signInAs>>
let bob: Awaited<ReturnType<typeof signInAs>>
const phones: SipPhone[] = []

beforeAll(async () => {
  ;[engine, receiver] = await Promise.all([startEngine(), startPushReceiver()])
  house = await openHouse({ engine, pushServices: [receiver.origin] })
  ari = new Ari({ ...engine.address, app: 'test' })
  ari.start()
  heron = await foundOrganization(house, 'Heron', { services: [...PLAN_TERMS.services, 'network'] })
  await heron.make('/api/licences', {
    kind: 'information',
    number: 'B2-1',
    holder: { kind: 'operator' },
    validFrom: '2020-01-01',
    validUntil: '2099-12-31',
    agreement: null,
  })
  ann = await signInAs(house, 'heron-ann', PASSWORD)
  bob = await signInAs(house, 'heron-bob', PASSWORD)
}, 60_000)
afterAll(async () => {
  for (const phone of phones) phone.close()
  ari.stop()
  await house.stop()
  await Promise.all([engine.stop(), receiver.stop()])
})

let keys = 0
async function annCallsBob(): Promise<Json> {
  const wish = { kind: 'network', to: { memberId: heron.member.id } }
  const { status, body } = await ann.post('/api/calls', wish, { 'idempotency-key': `inside-${++keys}` })
  expect([status, body]).toEqual([201, expect.anything()])
  const phone = await startPlainPhone(engine, { ari, sipUser: body.dialIn.sipUser })
  phones.push(phone)
  await phone.call(body.dialIn.dial)
  return body.call
}

const subscribe = async () => {
  const { endpoint, p256dh, auth } = receiver.addBrowser()
  const body = { endpoint, keys: { p256dh, auth } }
  expect((await bob.send({ method: 'PUT', path: '/api/me/push', body })).status).toBe(204)
  return endpoint
}
const toldTo = (endpoint: string): readonly Json[] =>
  receiver.delivered.filter((one) => one.endpoint === endpoint).map(({ message }) => message)
const becomes = (call: Json, state: object) =>
  vi.waitFor(async () => expect((await bob.get(`/api/calls/${call.id}`)).body).toMatchObject(state), {
    timeout: 10_000,
  })

test('he is woken, asks what is so, declines, and is told that it is over', async () => {
  const endpoint = await subscribe()
  const call = await annCallsBob()
  await vi.waitFor(() => expect(toldTo(endpoint)).toHaveLength(1), { timeout: 10_000 })
  const [ring] = toldTo(endpoint)
  expect(ring).toEqual({ type: 'ring', callId: call.id, from: 'Ann', ringsUntil: expect.any(String) })
  await becomes(call, { state: 'calling', to: { memberId: heron.member.id } })
  const rung = await bob.post(`/api/calls/${call.id}/ring`)
  expect(rung.status).toBe(200)
  expect((await bob.post(`/api/calls/${call.id}/decline`)).status).toBe(200)
  await vi.waitFor(() => expect(toldTo(endpoint).map(({ type }) => type)).toEqual(['ring', 'over']), {
    timeout: 10_000,
  })
  await becomes(call, { state: 'ended', endReason: 'rejected' })
  expect((await bob.get('/api/me/missed')).body.count).toBe(0)
  const { body: metrics } = await heron.operator.get('/metrics')
  expect(metrics).toContain('tandem_pushes_total{type="ring",outcome="taken"} 1')
  await bob.send({ method: 'DELETE', path: '/api/me/push', body: { endpoint } })
}, 60_000)

test('a caller who gives up leaves a missed call', async () => {
  const endpoint = await subscribe()
  const call = await annCallsBob()
  await vi.waitFor(() => expect(toldTo(endpoint)).toHaveLength(1), { timeout: 10_000 })
  await ann.post(`/api/calls/${call.id}/hangup`)
  await vi.waitFor(() => expect(toldTo(endpoint).map(({ type }) => type)).toEqual(['ring', 'over']), {
    timeout: 10_000,
  })
  await vi.waitFor(async () => expect((await bob.get('/api/me/missed')).body.count).toBe(1), { timeout: 10_000 })
  const { body } = await bob.post('/api/me/missed/seen', { until: call.placedAt })
  expect(body).toEqual({ count: 0, seenUntil: call.placedAt })
  await bob.send({ method: 'DELETE', path: '/api/me/push', body: { endpoint } })
}, 60_000)

test('who has no screen and no browser to be woken is told to be unreachable; who listens is called', async () => {
  const nowhere = await annCallsBob()
  await becomes(nowhere, { state: 'ended', endReason: 'unreachable' })
  const feed = openFeed(house.address, { token: bob.token })
  await feed.hello()
  const call = await annCallsBob()
  await feed.heard('call', (heard) => heard.call.id === call.id && heard.call.state === 'calling')
  expect((await bob.post(`/api/calls/${call.id}/ring`)).status).toBe(200)
  await becomes(call, { state: 'ringing' })
  await ann.post(`/api/calls/${call.id}/hangup`)
  feed.close()
}, 60_000)

test('who does not want to be disturbed is not woken', async () => {
  const endpoint = await subscribe()
  await bob.patch('/api/me', { doNotDisturb: { until: null } })
  const wish = { kind: 'network', to: { memberId: heron.member.id } }
  const { status, body } = await ann.post('/api/calls', wish, { 'idempotency-key': 'disturbs' })
  expect([status, body.code]).toEqual([403, 'callee-undisturbed'])
  expect(toldTo(endpoint)).toEqual([])
  await bob.patch('/api/me', { doNotDisturb: null })
  await bob.send({ method: 'DELETE', path: '/api/me/push', body: { endpoint } })
})
