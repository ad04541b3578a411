import { Agent, request as httpRequest } from 'node:http'
import type {
  ClientRequest,
  IncomingHttpHeaders,
  IncomingMessage,
  OutgoingHttpHeaders,
  ServerResponse,
} from 'node:http'
import type { EdgeLimits } from './edge-limits.ts'
import { endWith, headOf, refuse, refuseUpgrade } from './edge-refusals.ts'
import { endTogether } from './edge-sip.ts'
import type { Upgrade } from './edge-sip.ts'
import { answerInstead } from './edge-server-down.ts'
import type { Site, Visitor } from './edge-visitor.ts'
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

export type ServerWay = { readonly runtime: Runtime; readonly site: Site; readonly limits: EdgeLimits }

type Exchange = { readonly request: IncomingMessage; readonly response: ServerResponse; readonly visitor: Visitor }

/** Bodies are passed on as they come, at the pace of the slower side. */
export function proxyRequest({ runtime, site, limits }: ServerWay, { request, response, visitor }: Exchange): void {
  const { host, port } = runtime.server
  const onward = httpRequest({
    agent,
    host,
    port,
    method: request.method,
    path: visitor.target,
    headers: headersOnward(site, request, visitor),
  })
  onward.once('response', (answer) => {
    request.resume() // What was not passed on is thrown away.
    response.writeHead(answer.statusCode ?? 502, withoutHopByHop(answer.headers))
    answer.pipe(response)
    answer.on('error', () => response.destroy())
  })
  let isTooLarge = false
  onward.on('error', () => {
    if (isTooLarge) return
    if (response.headersSent) response.destroy()
    else answerInstead(runtime, { request, response, path: visitor.path })
  })
  for (const end of [request, response]) end.on('error', () => onward.destroy())
  response.once('close', () => onward.destroy())
  passBody(request, onward, {
    most: limits.bodyBytes,
    tooLarge: () => {
      isTooLarge = true
      refuse(response, 'body-too-large')
      onward.destroy()
    },
  })
}

type BodyLimit = { readonly most: number; readonly tooLarge: () => void }

function passBody(request: IncomingMessage, onward: ClientRequest, { most, tooLarge }: BodyLimit): void {
  let passed = 0
  request.on('data', (chunk: Buffer) => {
    const before = passed
    passed += chunk.length
    if (before > most || passed <= most) return
    request.unpipe(onward)
    // What still comes is thrown away, so that the answer is read.
    request.resume()
    tooLarge()
  })
  request.pipe(onward)
}

/** The server's answer to a refused upgrade is a problem of a few hundred bytes. */
const answerLimitBytes = 100_000

/** The server's own WebSocket; the server checks who comes and from which origin. */
export function proxyUpgrade({ runtime, site, limits }: ServerWay, { request, socket, visitor }: Upgrade): void {
  const asked = httpRequest({
    agent: false,
    host: runtime.server.host,
    port: runtime.server.port,
    path: visitor.target,
    headers: { ...headersOnward(site, request, visitor), connection: 'Upgrade', upgrade: 'websocket' },
  })
  let isAnswered = false
  const answerOnce = (answer: () => void) => {
    if (isAnswered || socket.destroyed) return
    isAnswered = true
    clearTimeout(timer)
    answer()
  }
  const timer = setTimeout(() => asked.destroy(new Error('no answer in time')), limits.upgradeMs)
  asked.on('error', () => answerOnce(() => refuseUpgrade(socket, 'server-restarting')))
  asked.on('upgrade', (answer, server, head) => {
    server.on('error', () => server.destroy())
    if (socket.destroyed) return void server.destroy()
    answerOnce(() => {
      socket.write(headOf(101, { ...withoutHopByHop(answer.headers), connection: 'Upgrade', upgrade: 'websocket' }))
      if (head.length > 0) server.unshift(head)
      socket.pipe(server).pipe(socket)
      endTogether([socket, server])
    })
  })
  asked.on('response', (answer) => {
    answer.on('error', () => socket.destroy())
    readAll(answer).then(
      (body) => {
        const headers = {
          ...withoutHopByHop(answer.headers),
          connection: 'close',
          'content-length': String(body.length),
        }
        answerOnce(() => endWith(socket, headOf(answer.statusCode ?? 502, headers) + body.toString('latin1')))
      },
      () => socket.destroy(),
    )
  })
  socket.once('close', () => {
    clearTimeout(timer)
    if (!isAnswered) asked.destroy()
  })
  asked.end()
}

async function readAll(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > answerLimitBytes) throw new Error('too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Who came and by which name, in the edge's words: what the client says of himself there is dropped. */
function headersOnward(site: Site, request: IncomingMessage, visitor: Visitor): OutgoingHttpHeaders {
  const own = Object.entries(withoutHopByHop(request.headers)).filter(
    ([name]) => !name.startsWith('x-forwarded-') && name !== 'forwarded',
  )
  return {
    ...Object.fromEntries(own),
    host: visitor.host,
    ...(request.headers['transfer-encoding'] === undefined ? {} : { 'transfer-encoding': 'chunked' }),
    'x-forwarded-for': visitor.address,
    // As configured: TLS ends before us, and a proxy may forget to tell.
    'x-forwarded-proto': site.publicUrl.protocol.slice(0, -1),
    'x-forwarded-host': visitor.host,
  }
}

function withoutHopByHop(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name, value]) => value !== undefined && !hopByHop.has(name)),
  )
}
