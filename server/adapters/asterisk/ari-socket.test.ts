import { once } from 'node:events'
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { WebSocketServer, type WebSocket } from 'ws'
import type { EngineEvent } from '#calls'
import { AsteriskEngine } from './engine.ts'

/** An engine that misbehaves as no Asterisk can be told to: it speaks ARI's WebSocket and nothing else. */
const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

type Request = { readonly request_id: string; readonly uri: string }

async function startFake(
  answer: (request: Request, connection: number) => number | null,
  nameOf: (connection: number) => string = () => 'boot-1',
  sockets: WebSocket[] = [],
) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  closing.push(() => server.close())
  await once(server, 'listening')
  let [connections, closed] = [0, 0]
  server.on('connection', (socket: WebSocket) => {
    const connection = ++connections
    sockets.push(socket)
    closing.push(() => socket.terminate())
    socket.on('close', () => (closed += 1))
    socket.on('message', (data: Buffer) => {
      const request = JSON.parse(data.toString()) as Request
      const status = answer(request, connection)
      const body = ['endpoints', 'channels'].includes(request.uri) ? [] : { config: { name: nameOf(connection) } }
      const response = { request_id: request.request_id, status_code: status, message_body: JSON.stringify(body) }
      if (status !== null) socket.send(JSON.stringify({ type: 'RESTResponse', ...response }))
    })
  })
  return { port: (server.address() as AddressInfo).port, connections: () => connections, closed: () => closed }
}

function startEngine(port: number): AsteriskEngine {
  const engine = new AsteriskEngine({ ariUrl: `http://127.0.0.1:${port}/ari`, user: 'u', password: 'p', app: 'tandem' })
  engine.start()
  closing.push(() => engine.stop())
  return engine
}

function kindsOf(engine: AsteriskEngine): EngineEvent['kind'][] {
  const kinds: EngineEvent['kind'][] = []
  engine.subscribe(({ kind }) => kinds.push(kind))
  return kinds
}

const listenTo = (port: number): EngineEvent['kind'][] => kindsOf(startEngine(port))

test.each([
  ['refuses', 503],
  ['does not answer', null],
])(
  'an engine that %s the first request of a connection is connected to again',
  async (_, first) => {
    const fake = await startFake((__, connection) => (connection === 1 ? first : 200))
    const kinds = listenTo(fake.port)
    await vi.waitFor(() => expect(kinds).toContain('engine-up'), { timeout: 12_000, interval: 20 })
    expect(fake.connections()).toBe(2)
  },
  20_000,
)

test('an engine that has no name for its life is none of ours: nothing is told of it', async () => {
  const fake = await startFake(
    () => 200,
    (connection) => (connection === 1 ? '' : 'boot-1'),
  )
  const kinds = listenTo(fake.port)
  await vi.waitFor(() => expect(kinds).toContain('engine-up'), { timeout: 12_000, interval: 20 })
  expect(fake.connections()).toBe(2)
}, 20_000)

/** A wire that can be cut without either end being told. */
async function startWire(to: number) {
  let isCut = false
  const sockets: Socket[] = []
  const pass = (from: Socket, other: Socket) =>
    from.on('data', (data) => void (isCut || other.write(data))).on('error', () => undefined)
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1')
    sockets.push(near, far)
    pass(near, far)
    pass(far, near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { port: (server.address() as AddressInfo).port, cut: () => (isCut = true), mend: () => (isCut = false) }
}

test('a connection whose other end is gone without a word is noticed, and opened again', async () => {
  const fake = await startFake(() => 200)
  const wire = await startWire(fake.port)
  const kinds = listenTo(wire.port)
  await vi.waitFor(() => expect(kinds).toEqual(['engine-up']))
  wire.cut()
  await vi.waitFor(() => expect(kinds).toEqual(['engine-up', 'engine-down']), { timeout: 12_000, interval: 20 })
  wire.mend()
  await vi.waitFor(() => expect(kinds.at(-1)).toBe('engine-up'), { timeout: 12_000, interval: 20 })
}, 30_000)

test('a request that nobody answers, on a connection that was good: it is begun again, and the next survey is answered', async () => {
  let isDeaf = false
  const fake = await startFake(({ uri }, connection) => (uri === 'channels' && isDeaf && connection === 1 ? null : 200))
  const engine = startEngine(fake.port)
  const kinds = kindsOf(engine)
  await vi.waitFor(() => expect(kinds).toContain('engine-up'))
  isDeaf = true
  await expect(engine.survey()).rejects.toThrow('no answer')
  await vi.waitFor(() => expect(kinds).toEqual(['engine-up', 'engine-down', 'engine-up']), { timeout: 12_000 })
  expect(await engine.survey()).toEqual([])
}, 30_000)

test('stopped and started at once: one connection, and its answers come', async () => {
  const fake = await startFake(() => 200)
  const engine = startEngine(fake.port)
  const kinds = kindsOf(engine)
  await vi.waitFor(() => expect(kinds).toEqual(['engine-up']))
  engine.stop()
  engine.start()
  await vi.waitFor(() => expect(kinds.slice(0, 3)).toEqual(['engine-up', 'engine-down', 'engine-up']))
  await vi.waitFor(() => expect(fake.closed()).toBe(1))
  expect(await engine.survey()).toEqual([])
  expect([fake.connections(), kinds]).toEqual([2, ['engine-up', 'engine-down', 'engine-up']])
})

test('what a connection that was stopped still hears, as that another took its name, ends the other one not', async () => {
  const sockets: WebSocket[] = []
  const fake = await startFake(
    (_, connection) => {
      // The engine has not read our farewell yet when it tells.
      if (connection === 2) sockets[0]!.send(JSON.stringify({ type: 'ApplicationReplaced' }))
      return 200
    },
    undefined,
    sockets,
  )
  const engine = startEngine(fake.port)
  const kinds = kindsOf(engine)
  await vi.waitFor(() => expect(kinds).toEqual(['engine-up']))
  sockets[0]!.pause()
  engine.stop()
  engine.start()
  await vi.waitFor(() => expect(kinds).toEqual(['engine-up', 'engine-down', 'engine-up']))
  sockets[0]!.resume()
  await vi.waitFor(() => expect(fake.closed()).toBe(1))
  expect(await engine.survey()).toEqual([])
  expect(fake.connections()).toBe(2)
})
