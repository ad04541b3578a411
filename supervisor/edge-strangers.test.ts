import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { TestEdge, ticket } from './testing/edge.ts'
import { malformedRequests } from './testing/malformed.ts'
import { sendRaw, statusOf } from './testing/raw.ts'

let edge: TestEdge
beforeEach(async () => {
  edge = await new TestEdge().start()
})
afterEach(() => edge.stop())

describe('a name that is not ours (DNS rebinding)', () => {
  const evil = 'evil.example'
  it.each([
    ['a page', () => sendRaw(edge.port, `GET / HTTP/1.1\r\nHost: ${evil}\r\n\r\n`)],
    ['the API', () => sendRaw(edge.port, `GET /api/calls HTTP/1.1\r\nHost: ${evil}:${edge.port}\r\n\r\n`)],
    [
      'the whole address as target',
      () => sendRaw(edge.port, `GET http://${evil}/ HTTP/1.1\r\nHost: ${edge.address}\r\n\r\n`),
    ],
    ['events', () => edge.upgrade('/api/events', { host: evil, origin: `http://${evil}` })],
    ['SIP', () => edge.upgrade(`/sip?ticket=${ticket()}`, { host: evil, origin: `http://${evil}` })],
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
      const answer = await sendRaw(edge.port, request, /^HTTP\/1\.1 \d{3} /)
      answers.push({ request: request.slice(0, 120), status: statusOf(answer) })
    }
    return answers
  }

  beforeEach(() => edge.open({ headersMs: 500, requestMs: 500, checkEveryMs: 50 }))

  it('is answered or closed while the server is up, and the edge lives', async () => {
    const odd = (await everyAnswer()).filter(({ status }) => status >= 500)
    expect(odd).toEqual([])
    expect((await fetch(`http://${edge.address}/`)).status).toBe(201)
  })

  it('is answered or closed while the server is away, and the edge lives', async () => {
    edge.stopServer()
    const odd = (await everyAnswer()).filter(({ status }) => status >= 500 && status !== 503)
    expect(odd).toEqual([])
    expect((await fetch(`http://${edge.address}/`)).status).toBe(503)
  })
})

describe('who does not go on', () => {
  beforeEach(() => edge.open({ headersMs: 500, requestMs: 500, checkEveryMs: 50 }))

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
    expect([0, 408]).toContain(statusOf(await sendRaw(edge.port, bytes)))
  })

  it('a connection that says no more is closed', async () => {
    await edge.open({ keepAliveMs: 100 })
    expect(statusOf(await sendRaw(edge.port, 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'))).toBe(201)
  })

  it('a connection that reads no more is closed', async () => {
    await edge.open({ stalledMs: 200 })
    const socket = connect(edge.port, '127.0.0.1', () =>
      socket.write('GET /endless HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'),
    )
    socket.on('error', () => {})
    await vi.waitFor(async () => expect(await edge.connections()).toBe(1))
    await vi.waitFor(async () => expect(await edge.connections()).toBe(0), 10_000)
    socket.destroy()
  })

  it('one address has so many connections, and the next is closed', async () => {
    await edge.open({ connectionsPerPeer: 2 })
    const silent = [sendRaw(edge.port, ''), sendRaw(edge.port, '')]
    await vi.waitFor(async () => expect(await edge.connections()).toBe(2))
    expect(await sendRaw(edge.port, 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')).toBe('')
    edge.closeConnections()
    await Promise.all(silent)
    expect((await fetch(`http://${edge.address}/`)).status).toBe(201)
  })
})
