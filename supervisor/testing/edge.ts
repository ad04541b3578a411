import { createHmac, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeEdge } from '../edge.ts'
import { edgeLimits } from '../edge-limits.ts'
import type { EdgeLimits } from '../edge-limits.ts'
import { writeJson } from '../files.ts'
import type { Runtime } from '../runtime.ts'
import type { Ticket } from '../ticket.ts'
import { standInEngine, switching } from './engine.ts'
import type { StandInEngine } from './engine.ts'
import { sendRaw } from './raw.ts'

const key = 'the key of this run'

type Asking = { origin?: string; host?: string; without?: RegExp; more?: string; body?: string; last?: string }

/** An edge in this process, with stand-ins for server and engine behind it. */
export class TestEdge {
  readonly engine: StandInEngine = standInEngine()
  readonly #server = standInServer()
  readonly #folder = mkdtempSync(join(tmpdir(), 'tandem-edge-'))
  #runtime = {} as Runtime
  #edge: HttpServer | undefined
  port = 0

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  get partsFile(): string {
    return this.#runtime.partsFile
  }

  async start(): Promise<this> {
    this.#runtime = {
      publicUrl: 'https://calls.example.com',
      config: { trustedProxies: [] as string[] },
      server: { host: '127.0.0.1', port: await listen(this.#server) },
      engine: { wsUrl: `ws://127.0.0.1:${await listen(this.engine.server)}/ws` },
      carrier: null,
      edge: { host: '127.0.0.1', port: 0, ticketKey: key },
      partsFile: join(this.#folder, 'parts.json'),
    } as Runtime
    writeJson(this.partsFile, { parts: { server: { state: 'backoff', pid: 4711, restarts: 2, since: 5 } } })
    await this.open()
    return this
  }

  /** Another edge in its place, with other bounds or proxies. */
  async open(limits: Partial<EdgeLimits> = {}, trustedProxies: string[] = []): Promise<void> {
    this.#edge?.close()
    const runtime = { ...this.#runtime, config: { ...this.#runtime.config, trustedProxies } }
    this.#edge = makeEdge(runtime, { ...edgeLimits, ...limits }).server
    this.port = await listen(this.#edge)
  }

  stopServer(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  closeConnections(): void {
    this.#edge?.closeAllConnections()
  }

  /** From the engine's side. */
  closePipes(): void {
    for (const socket of this.engine.sockets) socket.destroy()
  }

  connections(): Promise<number> {
    return new Promise((resolve, reject) =>
      this.#edge?.getConnections((fault, count) => (fault ? reject(fault) : resolve(count))),
    )
  }

  stop(): void {
    this.closeConnections()
    this.closePipes()
    this.stopServer()
    this.#edge?.close()
    this.engine.server.close()
    rmSync(this.#folder, { recursive: true })
  }

  /** A good handshake but for what is said; reads until `last` has come, or the end. */
  upgrade(path: string, { origin, host, without, more = '', body = '', last }: Asking = {}): Promise<string> {
    const lines = [
      `GET ${path} HTTP/1.1`,
      `Host: ${host ?? this.address}`,
      ...(origin === undefined ? [] : [`Origin: ${origin}`]),
      'Connection: keep-alive, Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Protocol: sip',
      'Cookie: secret',
    ].filter((line) => without === undefined || !without.test(line))
    return sendRaw(this.port, `${lines.join('\r\n')}\r\n${more}\r\n${body}`, last)
  }
}

/** Good, but for what is said. */
export function ticket(change: Partial<Ticket> = {}): string {
  const now = Date.now()
  const claims = { to: 'engine', sub: 'u1', member: 'm1', id: randomUUID(), iat: now, exp: now + 60_000, ...change }
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url')
  return `${payload}.${createHmac('sha256', key).update(payload).digest('base64url')}`
}

/** Says back what it was asked. */
function standInServer(): HttpServer {
  const server = createHttpServer((request, response) => {
    if (request.url === '/endless') return answerForEver(response)
    if (request.url === '/limited') return refuseTooLarge(request, response)
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method, url, headers } = request
      response.writeHead(201, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }))
    })
  })
  server.on('upgrade', (_, socket) => socket.end(`${switching('of the server', 'x')}from the server`))
  return server
}

function answerForEver(response: ServerResponse): void {
  const more = () => {
    while (!response.destroyed && response.write('x'.repeat(10_000)));
  }
  response.on('drain', more)
  more()
}

/** As a server does that takes no more: it answers, and closes while the rest is still coming. */
function refuseTooLarge(request: IncomingMessage, response: ServerResponse): void {
  let size = 0
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= 100_000 || response.headersSent) return
    response.writeHead(413, { connection: 'close' }).end('too large', () => request.socket.destroy())
  })
}

function listen(listener: Server): Promise<number> {
  return new Promise((resolve) => {
    listener.listen(0, '127.0.0.1', () => resolve((listener.address() as AddressInfo).port))
  })
}
