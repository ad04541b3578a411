import { createECDH } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { PushMessage, PushSubscription } from '#directory'
import { instant, newId } from '#kernel'
import { startPushReceiver, type PushReceiver } from '../../testing/push-receiver.ts'
import { createPushServices } from './index.ts'

/** Over a push service of the test's own, which checks the signature and decrypts for the browser. */
let receiver: PushReceiver
beforeAll(async () => {
  receiver = await startPushReceiver()
})
afterAll(() => receiver.stop())

const KEY = Buffer.alloc(32, 7).toString('base64url')
const openServices = (wishes: { readonly services?: readonly string[]; readonly patienceMs?: number } = {}) =>
  createPushServices({ privateKey: KEY, contact: 'mailto:ops@example.com', services: [receiver.origin], ...wishes })

const ring: PushMessage = {
  type: 'ring',
  callId: newId(),
  from: '陈丽',
  ringsUntil: instant(Date.UTC(2026, 10, 23, 4)),
}
const pushTo = (subscription: PushSubscription) => ({ subscription, message: ring, ttlS: 42 })

test('a browser reads what it was sent, and the service is told how long and how urgently to bring it', async () => {
  const services = openServices()
  const browser = receiver.addBrowser()
  expect(await services.send(pushTo(browser))).toBe('taken')
  const [delivered] = receiver.delivered.filter(({ endpoint }) => endpoint === browser.endpoint)
  expect(delivered!.message).toEqual({
    type: 'ring',
    callId: ring.callId,
    from: '陈丽',
    ringsUntil: '2026-11-23T04:00:00.000Z',
  })
  expect(delivered!.headers).toMatchObject({
    ttl: '42',
    urgency: 'high',
    topic: expect.stringMatching(/^[0-9a-f]{32}$/),
    'content-encoding': 'aes128gcm',
  })
  expect(delivered!.headers['topic']).toBe(ring.callId.replaceAll('-', ''))
  services.close()
})

test('browsers that subscribed by the public key are sent to by the private one', async () => {
  const services = openServices()
  expect(await services.send(pushTo(receiver.addBrowser()))).toBe('taken')
  expect([...receiver.signers]).toEqual([services.publicKey])
  const curve = createECDH('prime256v1')
  curve.setPrivateKey(KEY, 'base64url')
  expect(services.publicKey).toBe(curve.getPublicKey('base64url'))
  services.close()
})

test.each([
  [200, 'taken'],
  [201, 'taken'],
  [404, 'gone'],
  [410, 'gone'],
  [400, 'refused'],
  [403, 'refused'],
  [429, 'refused'],
  [500, 'refused'],
] as const)('a service that answers %s: %s', async (status, outcome) => {
  const services = openServices()
  const browser = receiver.addBrowser()
  receiver.answer(browser.endpoint, { status })
  expect(await services.send(pushTo(browser))).toBe(outcome)
  services.close()
})

test('what a service leads on to is not followed', async () => {
  const services = openServices()
  const [browser, elsewhere] = [receiver.addBrowser(), receiver.addBrowser()]
  receiver.answer(browser.endpoint, { status: 307, location: elsewhere.endpoint })
  expect(await services.send(pushTo(browser))).toBe('refused')
  expect(receiver.delivered.map(({ endpoint }) => endpoint)).not.toContain(elsewhere.endpoint)
  services.close()
})

test('a service that says much is not heard out', async () => {
  const services = openServices()
  const browser = receiver.addBrowser()
  receiver.answer(browser.endpoint, { status: 201, body: Buffer.alloc(50_000_000) })
  expect(await services.send(pushTo(browser))).toBe('taken')
  await vi.waitFor(() => expect(receiver.cutShort()).toBe(1))
  services.close()
})

test('a service that says nothing is given up, and holds up no other browser', async () => {
  const services = openServices({ patienceMs: 500 })
  const [browser, silent] = [receiver.addBrowser(), receiver.addBrowser()]
  receiver.answer(silent.endpoint, 'never')
  const given = services.send(pushTo(silent))
  expect(await Promise.race([given, services.send(pushTo(browser))])).toBe('taken')
  expect(await given).toBe('unreachable')
  services.close()
})

test('nothing is sent to a service that is trusted no more, and none that is away throws', async () => {
  const away = await startPushReceiver()
  const services = openServices({ services: [away.origin] })
  const [browser, lost] = [receiver.addBrowser(), away.addBrowser()]
  await away.stop()
  const before = receiver.asked()
  expect(await services.send(pushTo(browser))).toBe('untrusted')
  expect(receiver.asked()).toBe(before)
  expect(await services.send(pushTo(lost))).toBe('unreachable')
  services.close()
})

test('keys that are none do not throw', async () => {
  const services = openServices()
  const browser = { ...receiver.addBrowser(), p256dh: `B${'A'.repeat(86)}` }
  expect(await services.send(pushTo(browser))).toBe('refused')
  services.close()
})

test('who closes waits for no service', async () => {
  const services = openServices({ patienceMs: 60_000 })
  const browser = receiver.addBrowser()
  receiver.answer(browser.endpoint, 'never')
  const sent = services.send(pushTo(browser))
  services.close()
  expect(await sent).toBe('unreachable')
})
