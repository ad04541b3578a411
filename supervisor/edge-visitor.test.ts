import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { FrameReader } from './edge-frames.ts'
import { addressKey, siteOf, visitorOf } from './edge-visitor.ts'
import type { Runtime } from './runtime.ts'

type Asking = { url?: string; host?: string; peer?: string; forwarded?: string[]; at?: string }

const site = (change: { host?: string; trusted?: string[] } = {}) =>
  siteOf({
    publicUrl: 'https://calls.example.com',
    edge: { host: change.host ?? '127.0.0.1', port: 8420 },
    config: { trustedProxies: change.trusted ?? [] },
  } as Runtime)

function asking({ url = '/', host, peer = '192.0.2.9', forwarded, at = '127.0.0.1' }: Asking): IncomingMessage {
  return {
    url,
    headers: { host },
    headersDistinct: { ...(host === undefined ? {} : { host: [host] }), 'x-forwarded-for': forwarded },
    socket: { remoteAddress: peer, localAddress: at, localPort: 8420 },
  } as unknown as IncomingMessage
}

describe('a name', () => {
  it.each([
    ['calls.example.com', '127.0.0.1', true],
    ['CALLS.example.com:443', '127.0.0.1', true],
    ['calls.example.com:8420', '127.0.0.1', false],
    ['calls.example.com.evil.example', '127.0.0.1', false],
    ['localhost:8420', '127.0.0.1', true],
    ['localhost:9000', '127.0.0.1', true], // ssh -L
    ['[::1]:8420', '::1', true],
    ['localhost:8420', '192.0.2.1', false],
    ['192.0.2.1:8420', '192.0.2.1', true],
    ['192.0.2.1:8420', '::ffff:192.0.2.1', true],
    ['192.0.2.2:8420', '192.0.2.1', false],
    ['[2001:db8::1]:8420', '2001:db8::1', true],
    ['192.0.2.1', '192.0.2.1', false],
    ['evil.example:8420', '192.0.2.1', false],
  ])('%s at %s is ours: %s', (host, at, isOurs) => {
    const visitor = visitorOf(site({ host: '0.0.0.0' }), asking({ host, at }))
    if (isOurs) expect(visitor).toMatchObject({ host: host.toLowerCase() })
    else expect(visitor).toBe('host-unknown')
  })

  it('is not needed by HTTP/1.0', () => {
    expect(visitorOf(site(), asking({}))).toMatchObject({ host: 'calls.example.com' })
  })
})

describe('who comes through proxies', () => {
  const trusted = ['127.0.0.1', '10.0.0.0/24', '2001:db8:1::/48']
  it.each([
    ['what a stranger says of himself', '198.51.100.1', ['203.0.113.5'], '198.51.100.1'],
    ['one proxy', '127.0.0.1', ['203.0.113.5'], '203.0.113.5'],
    ['one proxy, seen by a socket for both families', '::ffff:127.0.0.1', ['203.0.113.5'], '203.0.113.5'],
    ['a chain', '127.0.0.1', ['9.9.9.9, 203.0.113.5, 10.0.0.7'], '203.0.113.5'],
    ['a header in two lines', '127.0.0.1', ['9.9.9.9', '203.0.113.5,10.0.0.7'], '203.0.113.5'],
    ['a port', '127.0.0.1', ['203.0.113.5:4711'], '203.0.113.5'],
    ['IPv6', '2001:db8:1::5', ['[2001:db8:2::1]:4711'], '2001:db8:2::1'],
    ['another spelling', '127.0.0.1', ['2001:0DB8:2:0:0::0.0.0.1'], '2001:db8:2::1'],
    ['IPv4 in the form of IPv6', '127.0.0.1', ['::ffff:cb00:7105'], '203.0.113.5'],
    ['an entry that is no address', '127.0.0.1', ['203.0.113.5, unknown'], '127.0.0.1'],
    ['our own proxies only', '127.0.0.1', ['10.0.0.7'], '127.0.0.1'],
    ['nothing', '127.0.0.1', undefined, '127.0.0.1'],
  ])('%s', (...[, peer, forwarded, address]) => {
    const request = asking({ host: '127.0.0.1:8420', peer, ...(forwarded === undefined ? {} : { forwarded }) })
    expect(visitorOf(site({ trusted }), request)).toMatchObject({ address })
  })
})

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8:0:0:ffff::9', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('%s is counted as %s', (address, counted) => expect(addressKey(address)).toBe(counted))

describe('frames', () => {
  const masked = (first: number, length: readonly number[], payload = 0) =>
    Buffer.from([first, ...length, 0, 0, 0, 0, ...Buffer.alloc(payload)])
  const read = (bytes: Buffer, from: 'client' | 'server' = 'client') => {
    const reader = new FrameReader(from)
    // Byte by byte: nothing depends on how the network cuts it.
    const isTaken = [...bytes].every((byte) => reader.take(Buffer.from([byte])))
    expect(new FrameReader(from).take(bytes)).toBe(isTaken)
    return isTaken ? (reader.isBetweenFrames ? 'whole' : 'half') : 'refused'
  }

  it.each([
    ['a text', masked(0x81, [0x83], 3), 'whole'],
    ['two frames', Buffer.concat([masked(0x81, [0x83], 3), masked(0x8a, [0x80])]), 'whole'],
    ['a longer one', masked(0x81, [0xfe, 1, 0], 256), 'whole'],
    ['the longest', masked(0x81, [0xff, 0, 0, 0, 0, 0, 1, 0, 0], 65_536), 'whole'],
    ['half of one', masked(0x81, [0x83], 2), 'half'],
    ['one that is too long', masked(0x81, [0xff, 0, 0, 0, 0, 0, 1, 0, 1]), 'refused'],
    ['one that is not masked', Buffer.from([0x81, 0x00]), 'refused'],
    ['an extension', masked(0xc1, [0x80]), 'refused'],
    ['an unknown kind', masked(0x83, [0x80]), 'refused'],
    ['a ping in pieces', masked(0x09, [0x80]), 'refused'],
    ['a long ping', masked(0x89, [0xfe, 0, 200]), 'refused'],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'refused'],
  ])('of a client: %s', (_what, bytes, verdict) => expect(read(bytes)).toBe(verdict))

  it('of a server are not masked', () => {
    expect(read(Buffer.from([0x81, 0x01, 0x20]), 'server')).toBe('whole')
    expect(read(masked(0x81, [0x81], 1), 'server')).toBe('refused')
  })
})
