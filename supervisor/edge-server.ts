import { Agent, request as httpRequest } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { join } from './edge-sip.ts'
import type { Upgrade } from './edge-sip.ts'
import { answerInstead } from './edge-server-down.ts'
import type { Runtime } from './runtime.ts'

const agent = new Agent({ keepAlive: true })

/** RFC 9110 section 7.6.1: they speak of one connection, and there are two. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

export function proxyRequest(runtime: Runtime, request: IncomingMessage, response: ServerResponse): void {
  const { host, port } = runtime.server
  const onward = httpRequest({
    agent,
    host,
    port,
    method: request.method,
    path: request.url,
    headers: headersOnward(runtime, request),
  })
  onward.once('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, withoutHopByHop(answer.headers))
    answer.pipe(response)
    answer.once('error', () => response.destroy())
  })
  onward.once('error', () => {
    if (response.headersSent) response.destroy()
    else answerInstead(runtime, request, response)
  })
  response.once('close', () => onward.destroy())
  request.pipe(onward)
}

/** The server's own WebSocket; the server checks who comes and from which origin. */
export function proxyUpgrade(runtime: Runtime, upgrade: Upgrade): void {
  const { request, socket } = upgrade
  const headers = {
    ...headersOnward(runtime, request),
    connection: 'Upgrade',
    upgrade: request.headers.upgrade ?? 'websocket',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`)
  const server = connect({ host: runtime.server.host, port: runtime.server.port })
  server.write([`${request.method} ${request.url} HTTP/1.1`, ...lines, '', ''].join('\r\n'))
  if (upgrade.head.length > 0) server.write(upgrade.head)
  join(socket, server)
}

/** Who came and by which name, in the edge's words: what the client says of himself there is dropped. */
function headersOnward(runtime: Runtime, request: IncomingMessage): OutgoingHttpHeaders {
  const own = Object.entries(withoutHopByHop(request.headers)).filter(
    ([name]) => !name.startsWith('x-forwarded-') && name !== 'forwarded',
  )
  const called = new URL(runtime.publicUrl)
  const host = request.headers.host ?? called.host
  return {
    ...Object.fromEntries(own),
    host,
    ...(request.headers['transfer-encoding'] === undefined ? {} : { 'transfer-encoding': 'chunked' }),
    'x-forwarded-for': request.socket.remoteAddress ?? '',
    // TLS ends before us, and only at the address that we were told about.
    'x-forwarded-proto': host === called.host ? called.protocol.slice(0, -1) : 'http',
    'x-forwarded-host': host,
  }
}

function withoutHopByHop(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name, value]) => value !== undefined && !hopByHop.has(name)),
  )
}
