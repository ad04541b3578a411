import { createHmac, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createHttpServer, request as httpRequest, type Server as HttpServer } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { makeEdge } from './edge.ts'
import { edgeLimits, type EdgeLimits } from './edge-limits.ts'
import { writeJson } from './files.ts'
import type { Runtime } from './runtime.ts'
import { clientFrame, standInEngine, switching, type StandInEngine } from './testing/engine.ts'
import { malformedRequests } from './testing/malformed.ts'
import { sendRaw, statusOf } from './testing/raw.ts'
import type { Ticket } from './ticket.ts'

const key = 'the key of this run'
let folder: string
let edge: ReturnType<typeof makeEdge>
let server: HttpServer
let engine: StandInEngine
let runtime: Runtime
let port: number
let address: string

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-edge-'))
  server = createHttpServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method, url, headers } = request
      response.writeHead(201, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }))
    })
  })
  server.on('upgrade', (_, socket) => socket.end(`${switching('of the server', 'x')}from the server`))
  engine = standInEngine()
  runtime = {
    publicUrl: 'https://calls.example.com',
    config: { trustedProxies: [] as string[] },
    server: { host: '127.0.0.1', port: await listen(server) },
    engine: { wsUrl: `ws://127.0.0.1:${await listen(engine.server)}/ws` },
    carrier: null,
    edge: { host: '127.0.0.1', port: 0, ticketKey: key },
    partsFile: join(folder, 'parts.json'),
  } as Runtime
  writeJson(runtime.partsFile, { parts: { server: { state: 'backoff', pid: 4711, restarts: 2, since: 5 } } })
  await openEdge()
})

afterEach(() => {
  edge.server.closeAllConnections()
  for (const listener of [edge.server, server, engine.server]) listener.close()
  for (const socket of engine.sockets) socket.destroy()
  rmSync(folder, { recursive: true })
})

async function openEdge(limits: Partial<EdgeLimits> = {}): Promise<void> {
  edge?.server.close()
  edge = makeEdge(runtime, { ...edgeLimits, ...limits })
  port = await listen(edge.server)
  address = `127.0.0.1:${port}`
}

function listen(listener: Server): Promise<number> {
  return new Promise((resolve) => {
    listener.listen(0, '127.0.0.1', () => resolve((listener.address() as AddressInfo).port))
  })
}

function ticket(change: Partial<Ticket> = {}): string {
  const now = Date.now()
  const claims = { to: 'engine', sub: 'u1', member: 'm1', id: randomUUID(), iat: now, exp: now + 60_000, ...change }
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url')
  return `${payload}.${createHmac('sha256', key).update(payload).digest('base64url')}`
}

type Asking = { origin?: string; host?: string; without?: RegExp; more?: string; body?: string; last?: string }

/** A good handshake but for what is said, from whom it comes; reads until `last` has come, or the end. */
function upgrade(path: string, { origin, host, without, more = '', body = '', last }: Asking = {}): Promise<string> {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${host ?? address}`,
    ...(origin === undefined ? [] : [`Origin: ${origin}`]),
    'Connection: keep-alive, Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: sip',
    'Cookie: secret',
  ].filter((line) => without === undefined || !without.test(line))
  return sendRaw(port, `${lines.join('\r\n')}\r\n${more}\r\n${body}`, last)
}

describe('the way to the engine', () => {
  it('is opened by a good ticket, and neither the ticket nor a cookie goes further', async () => {
    const said = await upgrade(`/sip?ticket=${ticket()}`, { origin: `http://${address}`, last: 'hello' })
    expect(said).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/)
    // RFC 6455, 1.3: the answer to the client's own key.
    expect(said).toContain('sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
    expect(said).toContain('sec-websocket-protocol: sip')
    expect(engine.heard()).toMatch(/^GET \/ws HTTP\/1\.1\r\n/)
    expect(engine.heard()).not.toMatch(/ticket|cookie|dGhlIHNhbXBsZSBub25jZQ/i)
  })

  it('passes frames, those too that came before the engine was ready', async () => {
    const body = clientFrame('REGISTER')
    const said = upgrade(`/sip?ticket=${ticket()}`, { body })
    await vi.waitFor(() => expect(engine.heard()).toMatch(/\r\n\r\n.*REGISTER$/s))
    closePipes()
    await said
  })

  it("opens for our public address as well, whatever name a proxy's request goes by", async () => {
    const origin = 'https://calls.example.com'
    expect(statusOf(await upgrade(`/sip?ticket=${ticket()}`, { origin, last: 'hello' }))).toBe(101)
  })

  it.each([
    { why: 'no ticket', path: () => '/sip', code: 'ticket-missing' },
    { why: 'a ticket whose time is over', path: () => `/sip?ticket=${ticket({ exp: 1 })}`, code: 'ticket-expired' },
    { why: 'a forged ticket', path: () => `/sip?ticket=x${ticket()}`, code: 'ticket-forged' },
    {
      why: "the carrier's ticket",
      path: () => `/sip?ticket=${ticket({ to: 'carrier' })}`,
      code: 'ticket-for-another-door',
    },
  ])('is closed to $why', async ({ path, code }) => {
    const heard = await upgrade(path())
    expect(heard).toMatch(/^HTTP\/1\.1 403 /)
    expect(heard).toContain(code)
    expect(engine.heard()).toBe('')
  })

  it('a ticket opens it once', async () => {
    const once = ticket()
    expect(statusOf(await upgrade(`/sip?ticket=${once}`, { last: 'hello' }))).toBe(101)
    expect(await upgrade(`/sip?ticket=${once}`)).toMatch(/^HTTP\/1\.1 403 [^]*ticket-used/)
  })

  it("is closed to another site's page", async () => {
    expect(await upgrade(`/sip?ticket=${ticket()}`, { origin: 'https://evil.example' })).toContain('origin-not-allowed')
  })

  it.each([
    { why: 'no key', asking: { without: /^Sec-WebSocket-Key/ }, status: 400 },
    { why: 'two keys', asking: { more: 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n' }, status: 400 },
    { why: 'no version', asking: { without: /^Sec-WebSocket-Version/ }, status: 426 },
    { why: 'another subprotocol', asking: { without: /^Sec-WebSocket-Protocol/ }, status: 400 },
    { why: 'a body', asking: { more: 'Content-Length: 4\r\n', body: 'GET ' }, status: 400 },
  ])('a handshake with $why never reaches the engine', async ({ asking, status }) => {
    expect(statusOf(await upgrade(`/sip?ticket=${ticket()}`, asking))).toBe(status)
    expect(engine.heard()).toBe('')
  })

  it.each([
    { why: 'refuses', answer: 'HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\nsecret' },
    { why: 'says 101 to something else', answer: switching('of another key') },
    { why: 'speaks another protocol', answer: 'SSH-2.0-OpenSSH_9.2\r\n\r\n' },
    { why: 'closes', answer: '' },
  ])('stays closed while the engine $why, and what it says is not told', async ({ answer }) => {
    engine.answer = () => {
      if (answer === '') for (const socket of engine.sockets) socket.destroy()
      return answer
    }
    const said = await upgrade(`/sip?ticket=${ticket()}`, { body: clientFrame('REGISTER') })
    expect(statusOf(said)).toBe(502)
    expect(said).toContain('engine-unreachable')
    expect(said).not.toContain('secret')
    expect(engine.heard()).not.toContain('REGISTER')
  })

  it('stays closed while the engine says nothing, within a bounded time', async () => {
    await openEdge({ upgradeMs: 50 })
    engine.answer = () => ''
    expect(statusOf(await upgrade(`/sip?ticket=${ticket()}`))).toBe(502)
  })

  it('ends with the first bytes that are no frame', async () => {
    const body = 'GET /ari/asterisk/info HTTP/1.1\r\nAuthorization: Basic dGFuZGVtOmd1ZXNz\r\n\r\n'
    expect(statusOf(await upgrade(`/sip?ticket=${ticket()}`, { body }))).toBe(101)
    expect(engine.heard()).not.toContain('/ari')
  })

  it('ends when the engine ends', async () => {
    const said = upgrade(`/sip?ticket=${ticket()}`)
    await vi.waitFor(() => expect(engine.sockets.size).toBe(1))
    await vi.waitFor(() => expect(engine.heard()).toContain('\r\n\r\n'))
    closePipes()
    await said
  })

  it('pings, and ends when nobody answers', async () => {
    await openEdge({ pingEveryMs: 10, silentMs: 100 })
    expect(await upgrade(`/sip?ticket=${ticket()}`)).toContain('hello\x89\0')
  })

  it('a member has so many at once, and one that is closed makes room', async () => {
    await openEdge({ sipPipesPerMember: 1 })
    const first = upgrade(`/sip?ticket=${ticket()}`)
    await vi.waitFor(() => expect(engine.sockets.size).toBe(1))
    const refused = await upgrade(`/sip?ticket=${ticket({ sub: 'u2' })}`)
    expect(statusOf(refused)).toBe(429)
    expect(refused).toMatch(/retry-after: \d+/)
    expect(refused).toContain('member-sockets-exhausted')
    closePipes()
    await first
    expect(statusOf(await upgrade(`/sip?ticket=${ticket()}`, { last: 'hello' }))).toBe(101)
  })
})

function closePipes(): void {
  for (const socket of engine.sockets) socket.destroy()
}

describe('the way to the server', () => {
  it('passes a request on, and tells who came in its own words only', async () => {
    const headers = { 'x-forwarded-for': '9.9.9.9', 'x-forwarded-proto': 'gopher', forwarded: 'for=9.9.9.9' }
    const answer = await fetch(`http://${address}/api/calls?x=1`, { method: 'POST', body: 'hello', headers })
    expect(answer.status).toBe(201)
    const seen = (await answer.json()) as { headers: Record<string, string> }
    expect(seen).toMatchObject({ method: 'POST', url: '/api/calls?x=1', body: 'hello' })
    expect(seen.headers).toMatchObject({
      host: address,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': address,
    })
    expect(seen.headers).not.toHaveProperty('forwarded')
  })

  it('passes the upgrade to its WebSocket on', async () => {
    expect(await upgrade('/api/events')).toMatch(/101 Switching Protocols[\s\S]*from the server/)
  })

  it('takes no upgrade to where no WebSocket is: that is an ordinary request', async () => {
    expect(statusOf(await upgrade('/console', { last: '}' }))).toBe(201)
  })
})

function stopServer(): void {
  server.closeAllConnections()
  server.close()
}

describe('while the server is down', () => {
  beforeEach(stopServer)

  it('health is told before there is a board, too', async () => {
    rmSync(runtime.partsFile)
    const answer = await fetch(`http://${address}/api/health`)
    expect(await answer.json()).toEqual({ status: 'restarting', parts: {} })
  })

  it('health is told from the board, without process ids', async () => {
    const answer = await fetch(`http://${address}/api/health`)
    expect(answer.status).toBe(503)
    expect(await answer.json()).toEqual({
      status: 'restarting',
      parts: { server: { state: 'backoff', restarts: 2, since: 5 } },
    })
  })

  it('a reader sees a page that loads itself again', async () => {
    const answer = await fetch(`http://${address}/`, { headers: { accept: 'text/html' } })
    expect(answer.status).toBe(503)
    expect(await answer.text()).toContain('http-equiv="refresh"')
  })

  it('a program reads the problem, and when to try again', async () => {
    const answer = await fetch(`http://${address}/api/calls`)
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(await answer.json()).toMatchObject({ code: 'server-restarting' })
  })
})

describe('a proxy before us', () => {
  const asked = async (headers: Record<string, string>) => {
    const [answer] = await Promise.all([getJson(headers)])
    return answer.headers
  }
  const getJson = (headers: Record<string, string>): Promise<{ headers: Record<string, string> }> =>
    new Promise((resolve, reject) => {
      const request = httpRequest({ host: '127.0.0.1', port, path: '/api/session', headers }, (answer) => {
        let text = ''
        answer.on('data', (chunk) => (text += chunk))
        answer.on('end', () => resolve(JSON.parse(text)))
      })
      request.on('error', reject)
      request.end()
    })

  it('that is trusted says who came; whom the client named is not believed', async () => {
    runtime.config.trustedProxies = ['127.0.0.0/8', '10.0.0.1']
    await openEdge()
    const came = { host: 'calls.example.com', 'x-forwarded-for': '9.9.9.9, 198.51.100.7, 10.0.0.1' }
    expect(await asked(came)).toMatchObject({
      'x-forwarded-for': '198.51.100.7',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'calls.example.com',
    })
  })

  it('that is trusted and did not keep the name is known by where we listen, and people by our public address', async () => {
    runtime.config.trustedProxies = ['127.0.0.1']
    await openEdge()
    expect(await asked({ host: address, 'x-forwarded-for': '198.51.100.7' })).toMatchObject({
      host: 'calls.example.com',
      'x-forwarded-host': 'calls.example.com',
    })
  })

  it('that nobody trusts is itself who came', async () => {
    expect(await asked({ host: address, 'x-forwarded-for': '198.51.100.7' })).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
    })
  })
})

describe('a name that is not ours (DNS rebinding)', () => {
  const evil = 'evil.example'
  it.each([
    ['a page', () => sendRaw(port, `GET / HTTP/1.1\r\nHost: ${evil}\r\n\r\n`)],
    ['the API', () => sendRaw(port, `GET /api/calls HTTP/1.1\r\nHost: ${evil}:${port}\r\n\r\n`)],
    ['the whole address as target', () => sendRaw(port, `GET http://${evil}/ HTTP/1.1\r\nHost: ${address}\r\n\r\n`)],
    ['events', () => upgrade('/api/events', { host: evil, origin: `http://${evil}` })],
    ['SIP', () => upgrade(`/sip?ticket=${ticket()}`, { host: evil, origin: `http://${evil}` })],
  ])('leads to %s by no way', async (_what, ask) => {
    const answer = await ask()
    expect(statusOf(answer)).toBe(421)
    expect(answer).toContain('host-unknown')
  })
})

describe('whatever strangers send', () => {
  const table = malformedRequests('127.0.0.1')
  const everyAnswer = async (): Promise<{ request: string; status: number }[]> => {
    const answers = []
    for (const request of table) {
      const answer = await sendRaw(port, request, /^HTTP\/1\.1 \d{3} /)
      answers.push({ request: request.slice(0, 120), status: statusOf(answer) })
    }
    return answers
  }

  beforeEach(() => openEdge({ headersMs: 500, requestMs: 500, checkEveryMs: 50 }))

  it('is answered or closed while the server is up, and the edge lives', async () => {
    const odd = (await everyAnswer()).filter(({ status }) => status >= 500)
    expect(odd).toEqual([])
    expect((await fetch(`http://${address}/`)).status).toBe(201)
  })

  it('is answered or closed while the server is away, and the edge lives', async () => {
    stopServer()
    const odd = (await everyAnswer()).filter(({ status }) => status >= 500 && status !== 503)
    expect(odd).toEqual([])
    expect((await fetch(`http://${address}/`)).status).toBe(503)
  })

  it.each([
    ['nothing', ''],
    ['half a head', 'GET / HTTP/1.1\r\nHost: x\r\nX: '],
    ['half a handshake', 'GET /sip HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: webso'],
    ['a body that never comes', 'POST /api/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n\r\n'],
    [
      'an upgrade with a body that never comes',
      'POST /sip HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n\r\n',
    ],
  ])('a connection that says %s is closed', async (_what, bytes) => {
    expect([0, 408]).toContain(statusOf(await sendRaw(port, bytes)))
  })

  it('a connection that says no more is closed', async () => {
    await openEdge({ keepAliveMs: 100 })
    expect(statusOf(await sendRaw(port, 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'))).toBe(201)
  })

  it('one address has so many connections, and the next is closed', async () => {
    await openEdge({ connectionsPerPeer: 2 })
    const silent = [sendRaw(port, ''), sendRaw(port, '')]
    await vi.waitFor(async () => expect(await connectionsOf(edge.server)).toBe(2))
    expect(await sendRaw(port, 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')).toBe('')
    edge.server.closeAllConnections()
    await Promise.all(silent)
    expect((await fetch(`http://${address}/`)).status).toBe(201)
  })
})

const connectionsOf = (listener: Server): Promise<number> =>
  new Promise((resolve, reject) => listener.getConnections((fault, count) => (fault ? reject(fault) : resolve(count))))
