import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { TestEdge, ticket } from './testing/edge.ts'
import { clientFrame, switching } from './testing/engine.ts'
import { statusOf } from './testing/raw.ts'

let edge: TestEdge
beforeEach(async () => {
  edge = await new TestEdge().start()
})
afterEach(() => edge.stop())

describe('the way to the engine', () => {
  it('is opened by a good ticket, and neither the ticket nor a cookie goes further', async () => {
    const said = await edge.upgrade(`/sip?ticket=${ticket()}`, { origin: `http://${edge.address}`, last: 'hello' })
    expect(said).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/)
    // RFC 6455, 1.3: the answer to the client's own key.
    expect(said).toContain('sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
    expect(said).toContain('sec-websocket-protocol: sip')
    expect(edge.engine.heard()).toMatch(/^GET \/ws HTTP\/1\.1\r\n/)
    expect(edge.engine.heard()).not.toMatch(/ticket|cookie|dGhlIHNhbXBsZSBub25jZQ/i)
  })

  it('passes frames, those too that came before the engine was ready', async () => {
    const body = clientFrame('REGISTER')
    const said = edge.upgrade(`/sip?ticket=${ticket()}`, { body })
    await vi.waitFor(() => expect(edge.engine.heard()).toMatch(/\r\n\r\n.*REGISTER$/s))
    edge.closePipes()
    await said
  })

  it("opens for our public edge.address as well, whatever name a proxy's request goes by", async () => {
    const origin = 'https://calls.example.com'
    expect(statusOf(await edge.upgrade(`/sip?ticket=${ticket()}`, { origin, last: 'hello' }))).toBe(101)
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
    const heard = await edge.upgrade(path())
    expect(heard).toMatch(/^HTTP\/1\.1 403 /)
    expect(heard).toContain(code)
    expect(edge.engine.heard()).toBe('')
  })

  it('a ticket opens it once', async () => {
    const once = ticket()
    expect(statusOf(await edge.upgrade(`/sip?ticket=${once}`, { last: 'hello' }))).toBe(101)
    expect(await edge.upgrade(`/sip?ticket=${once}`)).toMatch(/^HTTP\/1\.1 403 [^]*ticket-used/)
  })

  it("is closed to another site's page", async () => {
    expect(await edge.upgrade(`/sip?ticket=${ticket()}`, { origin: 'https://evil.example' })).toContain(
      'origin-not-allowed',
    )
  })
})

describe('the engine’s own door', () => {
  it.each([
    { why: 'no key', asking: { without: /^Sec-WebSocket-Key/ }, status: 400 },
    { why: 'two keys', asking: { more: 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n' }, status: 400 },
    { why: 'no version', asking: { without: /^Sec-WebSocket-Version/ }, status: 426 },
    { why: 'another subprotocol', asking: { without: /^Sec-WebSocket-Protocol/ }, status: 400 },
    { why: 'a body', asking: { more: 'Content-Length: 4\r\n', body: 'GET ' }, status: 400 },
  ])('a handshake with $why never reaches the engine', async ({ asking, status }) => {
    expect(statusOf(await edge.upgrade(`/sip?ticket=${ticket()}`, asking))).toBe(status)
    expect(edge.engine.heard()).toBe('')
  })

  it.each([
    { why: 'refuses', answer: 'HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\nsecret' },
    { why: 'says 101 to something else', answer: switching('of another key') },
    { why: 'speaks another protocol', answer: 'SSH-2.0-OpenSSH_9.2\r\n\r\n' },
    { why: 'closes', answer: '' },
  ])('stays closed while the engine $why, and what it says is not told', async ({ answer }) => {
    edge.engine.answer = () => {
      if (answer === '') for (const socket of edge.engine.sockets) socket.destroy()
      return answer
    }
    const said = await edge.upgrade(`/sip?ticket=${ticket()}`, { body: clientFrame('REGISTER') })
    expect(statusOf(said)).toBe(502)
    expect(said).toContain('engine-unreachable')
    expect(said).not.toContain('secret')
    expect(edge.engine.heard()).not.toContain('REGISTER')
  })

  it('stays closed while the engine says nothing, within a bounded time', async () => {
    await edge.open({ upgradeMs: 50 })
    edge.engine.answer = () => ''
    expect(statusOf(await edge.upgrade(`/sip?ticket=${ticket()}`))).toBe(502)
  })
})

describe('an open way to the engine', () => {
  it('ends with the first bytes that are no frame', async () => {
    const body = 'GET /ari/asterisk/info HTTP/1.1\r\nAuthorization: Basic dGFuZGVtOmd1ZXNz\r\n\r\n'
    expect(statusOf(await edge.upgrade(`/sip?ticket=${ticket()}`, { body }))).toBe(101)
    expect(edge.engine.heard()).not.toContain('/ari')
  })

  it('ends when the engine ends', async () => {
    const said = edge.upgrade(`/sip?ticket=${ticket()}`)
    await vi.waitFor(() => expect(edge.engine.sockets.size).toBe(1))
    await vi.waitFor(() => expect(edge.engine.heard()).toContain('\r\n\r\n'))
    edge.closePipes()
    await said
  })

  it('pings, and ends when nobody answers', async () => {
    await edge.open({ pingEveryMs: 10, silentMs: 100 })
    expect(await edge.upgrade(`/sip?ticket=${ticket()}`)).toContain('hello\x89\0')
  })

  it('stays for a browser that only listens: it answers pings by itself', async () => {
    await edge.open({ pingEveryMs: 50, silentMs: 2_000 })
    const socket = new WebSocket(`ws://${edge.address}/sip?ticket=${ticket()}`, 'sip')
    // 50 answers take longer than it may be silent.
    await vi.waitFor(() => expect(edge.engine.heard().match(/\x8a\x80/g)?.length).toBeGreaterThan(50), 10_000)
    expect(socket.readyState).toBe(WebSocket.OPEN)
    socket.close()
  })

  it('a member has so many at once, and one that is closed makes room', async () => {
    await edge.open({ sipPipesPerMember: 1 })
    const first = edge.upgrade(`/sip?ticket=${ticket()}`)
    await vi.waitFor(() => expect(edge.engine.sockets.size).toBe(1))
    const refused = await edge.upgrade(`/sip?ticket=${ticket({ sub: 'u2' })}`)
    expect(statusOf(refused)).toBe(429)
    expect(refused).toMatch(/retry-after: \d+/)
    expect(refused).toContain('member-sockets-exhausted')
    edge.closePipes()
    await first
    expect(statusOf(await edge.upgrade(`/sip?ticket=${ticket()}`, { last: 'hello' }))).toBe(101)
  })
})
