import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import type { SipPipes } from './edge-pipes.ts'
import { checkTicket } from './ticket.ts'
import type { Ticket } from './ticket.ts'

export type Upgrade = { request: IncomingMessage; socket: Duplex; head: Buffer }

export type SipDoor = { to: Ticket['to']; key: string; target: URL; pipes: SipPipes }

/**
 * Browsers come to the engine from an address of their own: it takes whoever comes from a trunk's address for that
 * trunk, and a trunk may well be on 127.0.0.1.
 */
const browsersAddress = '127.0.0.3'

/** Opens the way to Asterisk's WebSocket and steps aside: bytes are passed, SIP isn't looked at. */
export function pipeSip(door: SipDoor, upgrade: Upgrade): void {
  const { request, socket } = upgrade
  const ticket = new URL(request.url ?? '/', 'http://edge').searchParams.get('ticket')
  const checked = checkTicket(ticket, { to: door.to, key: door.key, nowMs: Date.now() })
  if (typeof checked === 'string') return refuse(socket, checked)
  if (!isSameOrigin(request)) return refuse(socket, 'origin-not-allowed')
  const place = door.pipes.open({
    ticket: checked,
    address: request.socket.remoteAddress ?? '',
    nowMs: Date.now(),
    end: () => socket.destroy(),
  })
  if (typeof place === 'string') return refuse(socket, place)
  socket.once('close', place)
  const engine = connect({ host: door.target.hostname, port: Number(door.target.port), localAddress: browsersAddress })
  engine.write(handshake(door, request)) // Kept by the socket until it is connected.
  if (upgrade.head.length > 0) engine.write(upgrade.head)
  join(socket, engine)
}

/** Only what the handshake needs: no cookie and no ticket goes further. */
function handshake(door: SipDoor, request: IncomingMessage): string {
  const kept = ['sec-websocket-key', 'sec-websocket-version', 'sec-websocket-protocol'].flatMap((name) => {
    const value = request.headers[name]
    return typeof value === 'string' ? [`${name}: ${value}`] : []
  })
  return [
    `GET ${door.target.pathname} HTTP/1.1`,
    `host: ${door.target.host}`,
    'upgrade: websocket',
    'connection: Upgrade',
    ...kept,
    '',
    '',
  ].join('\r\n')
}

/** Browsers always send an Origin here; a SIP client of another kind sends none, and has no cookies to be abused. */
export function isSameOrigin(request: IncomingMessage): boolean {
  const { origin, host } = request.headers
  if (origin === undefined) return true
  return URL.canParse(origin) && new URL(origin).host === host
}

/** Either end's end is the other's. */
export function join(one: Duplex, other: Duplex): void {
  one.pipe(other)
  other.pipe(one)
  for (const [end, peer] of [
    [one, other],
    [other, one],
  ] as const) {
    if ('setNoDelay' in end && typeof end.setNoDelay === 'function') end.setNoDelay(true)
    end.on('error', () => peer.destroy())
    end.on('close', () => peer.destroy())
  }
}

function refuse(socket: Duplex, code: string): void {
  const body = JSON.stringify({ type: 'about:blank', title: 'No way through', status: 403, code })
  socket.on('error', () => {})
  socket.end(
    `HTTP/1.1 403 Forbidden\r\ncontent-type: application/problem+json\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
