import { randomBytes } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { Transform } from 'node:stream'
import type { Duplex } from 'node:stream'
import { FrameReader, ping } from './edge-frames.ts'
import { acceptOf, offersSip } from './edge-handshake.ts'
import type { EdgeLimits } from './edge-limits.ts'
import type { SipPipes } from './edge-pipes.ts'
import { headOf, refuseUpgrade } from './edge-refusals.ts'
import type { RefusalCode } from './edge-refusals.ts'
import { addressKey } from './edge-visitor.ts'
import type { Site, Visitor } from './edge-visitor.ts'
import { checkTicket } from './ticket.ts'
import type { Ticket } from './ticket.ts'

/** A handshake whose form was checked. The socket is not read: what the client sends too early waits in it. */
export type Upgrade = { request: IncomingMessage; socket: Duplex; visitor: Visitor }

export type SipDoor = {
  to: Ticket['to']
  key: string
  target: URL
  pipes: SipPipes
  site: Site
  limits: EdgeLimits
}

/**
 * Browsers come to the engine from an address of their own: it takes whoever comes from a trunk's address for that
 * trunk, and a trunk may well be on 127.0.0.1.
 */
const browsersAddress = '127.0.0.3'

/**
 * Opens the way to Asterisk's WebSocket. The engine's port also has ARI, so not a byte of the client reaches it before
 * the engine has said 101 to a handshake of our own: from then on that connection is a WebSocket to the engine until it
 * ends, and never HTTP again. Frames are counted, SIP isn't looked at.
 */
export function pipeSip(door: SipDoor, upgrade: Upgrade): void {
  const { socket } = upgrade
  const place = placeFor(door, upgrade)
  if (typeof place === 'string') return refuseUpgrade(socket, place)
  socket.once('close', place)
  openEngine(door, {
    ended: socket,
    opened: (engine) => {
      if (socket.destroyed) return void engine.destroy()
      socket.write(
        headOf(101, {
          upgrade: 'websocket',
          connection: 'Upgrade',
          'sec-websocket-accept': acceptOf(upgrade.request.headers['sec-websocket-key'] ?? ''),
          'sec-websocket-protocol': 'sip',
        }),
      )
      joinFrames(socket, engine, door.limits)
    },
    failed: () => refuseUpgrade(socket, 'engine-unreachable'),
  })
}

function placeFor(door: SipDoor, { request, socket, visitor }: Upgrade): RefusalCode | (() => void) {
  if (!offersSip(request)) return 'subprotocol-missing'
  const nowMs = Date.now()
  const ticket = checkTicket(ticketIn(visitor.target), { to: door.to, key: door.key, nowMs })
  if (typeof ticket === 'string') return ticket
  if (!isOwnOrigin(door.site, request)) return 'origin-not-allowed'
  return door.pipes.open({ ticket, address: addressKey(visitor.address), nowMs, end: () => socket.destroy() })
}

const ticketIn = (target: string): string | null =>
  new URLSearchParams(target.slice(target.indexOf('?') + 1)).get('ticket')

/** Browsers always send an Origin here; a SIP client of another kind sends none, and has no cookies to be abused. */
function isOwnOrigin({ publicUrl }: Site, request: IncomingMessage): boolean {
  const { origin, host } = request.headers
  if (origin === undefined) return true
  return URL.canParse(origin) && (new URL(origin).host === host || new URL(origin).origin === publicUrl.origin)
}

type Opening = { ended: Duplex; opened: (engine: Duplex) => void; failed: () => void }

/** Calls `opened` or `failed`, once, within `upgradeMs`. */
function openEngine({ target, limits }: SipDoor, { ended, opened, failed }: Opening): void {
  const key = randomBytes(16).toString('base64')
  const asked = httpRequest({
    agent: false,
    host: target.hostname,
    port: Number(target.port),
    localAddress: browsersAddress,
    path: target.pathname,
    // No cookie, no ticket, nothing of the client's.
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': key,
      'sec-websocket-version': '13',
      'sec-websocket-protocol': 'sip',
    },
  })
  let isSettled = false
  const settle = (answer: () => void) => {
    if (isSettled) return
    isSettled = true
    clearTimeout(timer)
    answer()
  }
  const fail = () => settle(() => (asked.destroy(), failed()))
  const timer = setTimeout(fail, limits.upgradeMs)
  asked.on('error', fail)
  asked.on('response', fail)
  asked.on('upgrade', (answer, engine, head) => {
    engine.on('error', () => engine.destroy())
    const isOurs =
      answer.headers['sec-websocket-accept'] === acceptOf(key) && answer.headers['sec-websocket-protocol'] === 'sip'
    if (!isOurs || isSettled) engine.destroy()
    if (!isOurs) return fail()
    if (head.length > 0) engine.unshift(head)
    settle(() => opened(engine))
  })
  ended.once('close', () => settle(() => asked.destroy()))
  asked.end()
}

/** Passes frames on; whatever is none ends the pipe, and so does silence. Either end's end is the other's. */
function joinFrames(client: Duplex, engine: Duplex, limits: EdgeLimits): void {
  let heardAt = Date.now()
  const fromClient = new FrameReader('client')
  const fromEngine = new FrameReader('server')
  const inward = through(fromClient, () => (heardAt = Date.now()))
  const outward = through(fromEngine, () => {})
  client.pipe(inward).pipe(engine)
  engine.pipe(outward).pipe(client)
  const pinging = setInterval(() => {
    if (Date.now() - heardAt > limits.silentMs) client.destroy()
    // Through the same queue as the engine's frames, or it would come to stand inside of one.
    else if (fromEngine.isBetweenFrames) outward.push(ping)
  }, limits.pingEveryMs)
  client.once('close', () => clearInterval(pinging))
  endTogether([client, inward, engine, outward])
}

function through(reader: FrameReader, heard: () => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      heard()
      if (reader.take(chunk)) done(null, chunk)
      else done(new Error('no WebSocket frame'))
    },
  })
}

/** Whichever ends or fails first takes the others with it. */
export function endTogether(streams: readonly Duplex[]): void {
  for (const stream of streams) {
    if ('setNoDelay' in stream && typeof stream.setNoDelay === 'function') stream.setNoDelay(true)
    const end = () => {
      for (const other of streams) other.destroy()
    }
    stream.on('error', end)
    stream.on('close', end)
  }
}
