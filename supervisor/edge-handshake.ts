import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { RefusalCode } from './edge-refusals.ts'

/** Whether it is to be looked at as a WebSocket; any other upgrade is not taken, and the request is an ordinary one (RFC 9110, 7.8). */
export const asksForWebSocket = (request: IncomingMessage): boolean =>
  request.method === 'GET' && tokensOf(request.headers.upgrade).includes('websocket')

/** RFC 6455, 4.2.1. Whatever passes here, and nothing else, may come near server or engine as an upgrade. */
export function handshakeFault(request: IncomingMessage): RefusalCode | null {
  const { headers, headersDistinct, httpVersion } = request
  if (httpVersion !== '1.1') return 'upgrade-invalid'
  if (!tokensOf(headers.connection).includes('upgrade')) return 'upgrade-invalid'
  if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0)
    return 'upgrade-invalid'
  if (headersDistinct['sec-websocket-version']?.join() !== '13') return 'upgrade-version'
  // 16 bytes in base64: 22 characters, of which the last has 2 bits.
  if (!/^[A-Za-z0-9+/]{21}[AQgw]==$/.test(headersDistinct['sec-websocket-key']?.join() ?? '')) return 'upgrade-invalid'
  return null
}

/** RFC 7118, 4: the client offers it, or it is no SIP. */
export const offersSip = (request: IncomingMessage): boolean =>
  tokensOf(request.headers['sec-websocket-protocol']).includes('sip')

/** RFC 6455, 4.2.2, 5.4. */
export const acceptOf = (key: string): string =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')

const tokensOf = (value: string | undefined): readonly string[] =>
  (value ?? '').split(',').map((token) => token.trim().toLowerCase())
