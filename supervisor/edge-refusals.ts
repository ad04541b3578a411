import { STATUS_CODES } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** Why the edge itself turns somebody away. The codes are stable; docs/operating/network.md has them for operators. */
const refusals = {
  'bad-request': { status: 400, title: 'This is no request that we understand' },
  'upgrade-invalid': { status: 400, title: 'This is no WebSocket handshake (RFC 6455, section 4.2.1)' },
  'subprotocol-missing': { status: 400, title: 'Only the subprotocol sip is spoken here (RFC 7118)' },
  'upgrade-version': { status: 426, title: 'Only version 13 of WebSocket is spoken here' },
  'body-too-large': { status: 413, title: 'The request is larger than we take' },
  'host-unknown': { status: 421, title: 'Tandem does not go by this name' },
  'ticket-missing': { status: 403, title: 'A ticket is needed' },
  'ticket-forged': { status: 403, title: 'The ticket is not ours' },
  'ticket-expired': { status: 403, title: 'The time of the ticket is over' },
  'ticket-for-another-door': { status: 403, title: 'The ticket is for another door' },
  'ticket-used': { status: 403, title: 'The ticket was used' },
  'ticket-revoked': { status: 403, title: 'The session of the ticket is over' },
  'origin-not-allowed': { status: 403, title: 'Another site may not come in here' },
  'member-sockets-exhausted': { status: 429, title: 'This member has too many SIP sockets open' },
  'address-sockets-exhausted': { status: 429, title: 'Too many SIP sockets are open from this address' },
  'sockets-exhausted': { status: 503, title: 'Too many SIP sockets are open' },
  'engine-unreachable': { status: 502, title: 'The telephone engine did not open its SIP socket' },
  'server-restarting': { status: 503, title: 'The server is restarting' },
} as const

export type RefusalCode = keyof typeof refusals

const details: Partial<Record<RefusalCode, string>> = {
  'host-unknown': 'Use the address that Tandem was configured with; the operator sets it as publicUrl.',
  'server-restarting': 'Calls in progress go on. Try again in a second.',
}

/** Seconds. A socket becomes free when a tab is closed. */
const retryAfterS = (code: RefusalCode): string | null => {
  if (code === 'server-restarting') return '1'
  return refusals[code].status === 429 || refusals[code].status === 503 ? '10' : null
}

/** RFC 9457. */
const problemOf = (code: RefusalCode): string =>
  JSON.stringify({ type: 'about:blank', ...refusals[code], code, detail: details[code] })

function headersOf(code: RefusalCode, body: string): Record<string, string> {
  const retryAfter = retryAfterS(code)
  return {
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
    ...(retryAfter === null ? {} : { 'retry-after': retryAfter }),
    ...(code === 'upgrade-version' ? { 'sec-websocket-version': '13' } : {}),
  }
}

/** The connection ends with it, unless it is only that the server is away: what else it brings was not read. */
export function refuse(response: ServerResponse, code: RefusalCode): void {
  if (response.headersSent) return void response.destroy()
  const body = problemOf(code)
  const close = code === 'server-restarting' ? {} : { connection: 'close' }
  response.writeHead(refusals[code].status, { ...headersOf(code, body), ...close })
  response.end(body)
}

/** The same for who asked for an upgrade: then there is only the bare socket. */
export function refuseUpgrade(socket: Duplex, code: RefusalCode): void {
  const body = problemOf(code)
  const { status } = refusals[code]
  endWith(socket, headOf(status, { ...headersOf(code, body), connection: 'close' }) + body)
}

type HeaderValue = string | number | readonly string[] | undefined

/** An HTTP/1.1 head, with its empty line. */
export function headOf(status: number, headers: Readonly<Record<string, HeaderValue>>): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).filter((one) => one !== undefined).map((one) => `${name}: ${one}`),
  )
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Answer'}`, ...lines, '', ''].join('\r\n')
}

/** How long a client has for reading our last word. */
const lingerMs = 2_000

/** Says it and closes. What still comes is thrown away: unread bytes would make the kernel take our answer back. */
export function endWith(socket: Duplex, text: string): void {
  const timer = setTimeout(() => socket.destroy(), lingerMs)
  socket.on('close', () => clearTimeout(timer))
  socket.on('end', () => socket.destroy())
  socket.resume()
  socket.end(text, 'latin1')
}
