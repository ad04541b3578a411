import { createHmac, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeEdge } from './edge.ts'
import { writeJson } from './files.ts'
import type { Runtime } from './runtime.ts'
import type { Ticket } from './ticket.ts'

const key = 'the key of this run'
let folder: string
let edge: HttpServer
let server: HttpServer
let engine: Server
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
  server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\nfrom the server'))
  // Says back what it was sent, as far as it concerns the edge: the handshake and every byte after it.
  engine = createServer((socket) => socket.pipe(socket))
  const runtime = {
    publicUrl: 'https://calls.example.com',
    server: { host: '127.0.0.1', port: await listen(server) },
    engine: { wsUrl: `ws://127.0.0.1:${await listen(engine)}/ws` },
    carrier: null,
    edge: { host: '127.0.0.1', port: 0, ticketKey: key },
    partsFile: join(folder, 'parts.json'),
  } as Runtime
  writeJson(runtime.partsFile, { parts: { server: { state: 'backoff', pid: 4711, restarts: 2, since: 5 } } })
  edge = makeEdge(runtime).server
  address = `127.0.0.1:${await listen(edge)}`
})

afterEach(() => {
  edge.closeAllConnections()
  for (const listener of [edge, server, engine]) listener.close()
  rmSync(folder, { recursive: true })
})

function listen(listener: Server): Promise<number> {
  return new Promise((resolve) => {
    listener.listen(0, '127.0.0.1', () => resolve((listener.address() as AddressInfo).port))
  })
}

function ticket(change: Partial<Ticket> = {}): string {
  const payload = Buffer.from(
    JSON.stringify({
      to: 'engine',
      sub: 'u1',
      member: 'm1',
      id: randomUUID(),
      iat: Date.now(),
      exp: Date.now() + 60_000,
      ...change,
    }),
  )
  const text = payload.toString('base64url')
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`
}

/** Asks for an upgrade and reads until `last` has come, or the end. */
function upgrade(path: string, options: { origin?: string; last?: string } = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = ''
    const socket = connect(Number(address.split(':')[1]), '127.0.0.1')
    const origin = options.origin === undefined ? '' : `Origin: ${options.origin}\r\n`
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${address}\r\n${origin}Connection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Key: abc\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip\r\nCookie: secret\r\n\r\nREGISTER',
    )
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString()
      if (options.last !== undefined && heard.includes(options.last)) socket.destroy()
    })
    socket.on('close', () => resolve(heard))
    socket.on('error', reject)
  })
}

describe('the way to the engine', () => {
  it('is opened by a good ticket, and neither the ticket nor a cookie goes further', async () => {
    const heard = await upgrade(`/sip?ticket=${ticket()}`, { origin: `http://${address}`, last: 'REGISTER' })
    expect(heard).toMatch(/^GET \/ws HTTP\/1\.1\r\n/)
    expect(heard.toLowerCase()).toContain('sec-websocket-protocol: sip')
    expect(heard).not.toMatch(/ticket|cookie/i)
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
  })

  it("is closed to another site's page", async () => {
    expect(await upgrade(`/sip?ticket=${ticket()}`, { origin: 'https://evil.example' })).toContain('origin-not-allowed')
  })
})

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
      'x-forwarded-proto': 'http',
      'x-forwarded-host': address,
    })
    expect(seen.headers).not.toHaveProperty('forwarded')
  })

  it('passes every other upgrade on', async () => {
    expect(await upgrade('/api/events')).toMatch(/101 Switching Protocols[\s\S]*from the server/)
  })
})

describe('while the server is down', () => {
  beforeEach(() => {
    server.closeAllConnections()
    server.close()
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
