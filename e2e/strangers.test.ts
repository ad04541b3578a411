import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { placedCall } from '@tandem/contract'
import { expect, onTestFinished, test } from 'vitest'
import { Api } from './kit/api.ts'
import { expectBooksBalance, recordOf } from './kit/books.ts'
import { setUpOrganization } from './kit/outsider.ts'
import { SipSocket } from './kit/sip-socket.ts'
import { numbers } from './kit/softphone.ts'
import { hangUpAll, shared } from './kit/stage.ts'

const to = { to: { number: numbers.tone } }

async function placedOnly() {
  const { administrator } = await setUpOrganization(shared().operator, { organizationMs: 600_000 })
  onTestFinished(async () => {
    await hangUpAll(administrator)
    await expectBooksBalance(administrator)
  })
  return { administrator, ...(await administrator.post('/api/calls', to, placedCall)) }
}

async function placed() {
  const { administrator, call, dialIn } = await placedOnly()
  const socket = await SipSocket.open(shared().address, dialIn)
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
  const { dialIn } = await placedOnly()
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

test('the pipe to the engine opens for our own pages with a ticket only, once', async () => {
  const { address } = shared()
  const { dialIn } = await placedOnly()
  expect(await connects('/sip', address)).toBe(false)
  expect(await connects('/sip?ticket=e30.forged', address)).toBe(false)
  expect(await connects(`/carrier-sip?ticket=${dialIn.ticket}`, address)).toBe(false)
  expect(await connects(`/sip?ticket=${dialIn.ticket}`, 'https://evil.example')).toBe(false)
  expect(await connects(`/sip?ticket=${dialIn.ticket}`, address)).toBe(true)
  expect(await connects(`/sip?ticket=${dialIn.ticket}`, address)).toBe(false)
})

test('ARI is not reached through the public port, not even with its password', async () => {
  const { engine } = runtime()
  const { administrator, call } = await placedOnly()
  const ticket = async (): Promise<string> =>
    (await administrator.post(`/api/calls/${call.id}/attach`, {}, placedCall)).dialIn.ticket
  const credentials = Buffer.from(`${engine.ariUser}:${engine.ariPassword}`).toString('base64')
  const guess = `GET /ari/asterisk/info HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ${credentials}\r\n\r\n`
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
  const upgrade =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip\r\n'
  for (const headers of [upgrade, upgrade + key, upgrade + key.replace('ZQ==', 'ZZ'), key, '']) {
    const head = `GET /sip?ticket=${await ticket()} HTTP/1.1\r\nHost: ${publicHost()}\r\n${headers}\r\n`
    expect(await sendRaw(publicPort(), head + guess.repeat(3))).not.toMatch(
      /200 OK|system_name|"build"|WWW-Authenticate/i,
    )
  }
  // The guess itself is a good one.
  expect(await sendRaw(Number(new URL(engine.ariUrl).port), guess, '"build"')).toContain('200 OK')
})

test.each(['edge', 'server'] as const)('no request that is malformed ends the %s', async (part) => {
  const before = restartsOf(part)
  const port = part === 'edge' ? publicPort() : runtime().server.port
  const head = `Host: ${publicHost()}\r\n`
  const upgrade = `${head}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n`
  for (const target of [
    '//',
    '///',
    '//a:99999/',
    'http://[',
    '/%',
    '/a\tb',
    '/\xff',
    '*',
    '/api/%ff',
    '/sip?ticket=%',
  ])
    for (const headers of [head, upgrade, '', 'Host: [\r\n', `${head}X: \x01\r\n`]) {
      const answer = await sendRaw(port, `GET ${target} HTTP/1.1\r\n${headers}\r\n`, /^HTTP\/1\.1 \d{3} /)
      // The server itself, which no stranger reaches, may take one for its page.
      expect(answer, `${target} ${headers}`).toMatch(part === 'edge' ? /^HTTP\/1\.1 4/ : /^HTTP\/1\.1 [24]/)
    }
  expect((await fetch(`${shared().address}/api/health`)).status).toBe(200)
  expect(restartsOf(part)).toBe(before)
})

type Runtime = {
  readonly server: { readonly port: number }
  readonly engine: { readonly ariUrl: string; readonly ariUser: string; readonly ariPassword: string }
}
const runFile = (name: string): unknown => JSON.parse(readFileSync(join(shared().data, 'run', name), 'utf8'))
const runtime = (): Runtime => runFile('runtime.json') as Runtime
const restartsOf = (part: string): number =>
  (runFile('parts.json') as { parts: Record<string, { restarts: number }> }).parts[part]!.restarts
const publicHost = (): string => new URL(shared().address).host
const publicPort = (): number => Number(new URL(shared().address).port)

/** Sends the bytes (Latin-1) and reads until the other side closes or `last` has come. */
const sendRaw = (port: number, bytes: string, last?: string | RegExp): Promise<string> =>
  new Promise((resolve, reject) => {
    let heard = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'))
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1')
      if (last !== undefined && heard.search(last) >= 0) socket.destroy()
    })
    socket.on('error', (fault) => (heard === '' ? reject(fault) : undefined))
    socket.on('close', () => resolve(heard))
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
