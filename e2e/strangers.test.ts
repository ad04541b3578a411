import { placedCall } from '@tandem/contract'
import { expect, onTestFinished, test } from 'vitest'
import { Api } from './kit/api.ts'
import { recordOf } from './kit/books.ts'
import { setUpOrganization } from './kit/outsider.ts'
import { SipSocket } from './kit/sip-socket.ts'
import { numbers } from './kit/softphone.ts'
import { shared } from './kit/stage.ts'

const to = { to: { number: numbers.tone } }

async function placed() {
  const { address, operator } = shared()
  const { administrator } = await setUpOrganization(operator, { organizationMs: 600_000 })
  const { call, dialIn } = await administrator.post('/api/calls', to, placedCall)
  const socket = await SipSocket.open(address, dialIn)
  onTestFinished(() => socket.close())
  return { administrator, call, dialIn, socket }
}

test('a browser’s SIP user may dial its own call, once, and nobody else’s', async () => {
  const [mine, theirs] = [await placed(), await placed()]
  for (const other of [theirs.dialIn.dial, '10086', 'trunk', '+8613912345678'])
    expect((await mine.socket.request('INVITE', other)).status).toBeGreaterThanOrEqual(400)
  expect((await mine.socket.request('INVITE', mine.dialIn.dial)).status).toBeLessThan(300)
  expect((await mine.socket.request('INVITE', mine.dialIn.dial)).status).toBeGreaterThanOrEqual(400)
  await mine.administrator.ask('POST', `/api/calls/${mine.call.id}/hangup`)
  await recordOf(mine.administrator, mine.call.id)
})

test.each([
  ['REFER', ['Refer-To: <sip:+8613912345678@tandem>']],
  ['MESSAGE', []],
  ['SUBSCRIBE', ['Event: presence', 'Expires: 60']],
])('it may not %s', async (method, headers) => {
  const { socket, dialIn } = await placed()
  expect((await socket.request(method, dialIn.sipUser, headers)).status).toBeGreaterThanOrEqual(400)
})

test('a wrong password gets in nowhere', async () => {
  const { dialIn } = await placed()
  const socket = await SipSocket.open(shared().address, { ...dialIn, sipPassword: 'guessed' })
  onTestFinished(() => socket.close())
  expect((await socket.request('INVITE', dialIn.dial)).status).toBe(401)
})

/** Resolves with whether the upgrade was taken. */
const connects = (path: string, origin: string): Promise<boolean> =>
  new Promise((resolve) => {
    const url = `${shared().address.replace('http', 'ws')}${path}`
    const socket = new WebSocket(url, { protocols: ['sip'], headers: { origin } } as unknown as string[])
    socket.addEventListener('open', () => {
      socket.close()
      resolve(true)
    })
    socket.addEventListener('error', () => resolve(false))
  })

test('the pipe to the engine opens for our own pages with a ticket only', async () => {
  const { address } = shared()
  const { dialIn } = await placed()
  expect(await connects('/sip', address)).toBe(false)
  expect(await connects('/sip?ticket=e30.forged', address)).toBe(false)
  expect(await connects(`/carrier-sip?ticket=${dialIn.ticket}`, address)).toBe(false)
  expect(await connects(`/sip?ticket=${dialIn.ticket}`, 'https://evil.example')).toBe(false)
  expect(await connects(`/sip?ticket=${dialIn.ticket}`, address)).toBe(true)
})

test('another site’s page can neither sign in here nor hear events', async () => {
  const { address } = shared()
  const origin = 'https://evil.example'
  const answer = await new Api(address).ask('POST', '/api/session', {
    body: { login: 'driver', password: 'demo-driver' },
    headers: { origin },
  })
  expect(answer).toMatchObject({ status: 403, body: { code: 'origin-refused' } })
  expect(await connects('/api/events', origin)).toBe(false)
})
