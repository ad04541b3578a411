import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { listenForControl, makeControl } from './edge-control.ts'
import { asksForWebSocket, handshakeFault } from './edge-handshake.ts'
import { edgeLimits } from './edge-limits.ts'
import type { EdgeLimits } from './edge-limits.ts'
import { SipPipes } from './edge-pipes.ts'
import { refuse, refuseUpgrade } from './edge-refusals.ts'
import { proxyRequest, proxyUpgrade } from './edge-server.ts'
import type { ServerWay } from './edge-server.ts'
import { pipeSip } from './edge-sip.ts'
import type { SipDoor } from './edge-sip.ts'
import { addressKey, isTrusted, plainAddress, siteOf, visitorOf } from './edge-visitor.ts'
import type { Site } from './edge-visitor.ts'
import { readJson } from './files.ts'
import type { Runtime } from './runtime.ts'

type Edge = { readonly server: Server; readonly control: Server }

/** Where the server has a WebSocket. An upgrade asked for anywhere else is not taken: the request is answered as it is. */
const serverSockets = new Set(['/api/events'])

/**
 * The only public port. SIP over WebSocket goes to the engine and everything else to the server, so that a browser's
 * signalling outlives the server. It knows nothing of users: the server's signature on a ticket is enough. It writes no
 * line for what strangers ask: they would decide how much is written, and their addresses can carry a ticket.
 */
export function makeEdge(runtime: Runtime, limits: EdgeLimits = edgeLimits): Edge {
  const pipes = new SipPipes(limits)
  const site = siteOf(runtime)
  const way: ServerWay = { runtime, site, limits }
  const doors = doorsOf(runtime, { pipes, site, limits, key: runtime.edge.ticketKey })
  const server = createServer(
    {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: limits.checkEveryMs,
      shouldUpgradeCallback: (request) =>
        asksForWebSocket(request) && isSocketPath(doors, (request.url ?? '').split('?', 1)[0]!),
    },
    (request, response) => guarded(response, () => onRequest(way, request, response)),
  )
  server.timeout = limits.stalledMs
  server.maxConnections = limits.connections
  server.on('connection', capPeers(site, limits.connectionsPerPeer))
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    request.socket.setTimeout(0)
    guarded(socket, () => onUpgrade({ way, doors }, { request, socket, head }))
  })
  return { server, control: makeControl(pipes) }
}

const isSocketPath = (doors: ReadonlyMap<string, SipDoor>, path: string): boolean =>
  serverSockets.has(path) || doors.has(path)

function onRequest(way: ServerWay, request: IncomingMessage, response: ServerResponse): void {
  const visitor = visitorOf(way.site, request)
  if (typeof visitor === 'string') return refuse(response, visitor)
  proxyRequest(way, { request, response, visitor })
}

type Ways = { readonly way: ServerWay; readonly doors: ReadonlyMap<string, SipDoor> }
type Asked = { readonly request: IncomingMessage; readonly socket: Duplex; readonly head: Buffer }

function onUpgrade({ way, doors }: Ways, { request, socket, head }: Asked): void {
  const visitor = visitorOf(way.site, request)
  if (typeof visitor === 'string') return refuseUpgrade(socket, visitor)
  const fault = handshakeFault(request)
  if (fault !== null) return refuseUpgrade(socket, fault)
  // What came too early waits, in its order, until somebody may hear it.
  if (head.length > 0) socket.unshift(head)
  const door = doors.get(visitor.path)
  if (door === undefined) proxyUpgrade(way, { request, socket, visitor })
  else pipeSip(door, { request, socket, visitor })
}

/** One visitor's fault must not end everybody's sockets: it ends his. What he sent is not written, it may be anything. */
function guarded(end: { destroy(): unknown }, work: () => void): void {
  try {
    work()
  } catch (fault) {
    const places = fault instanceof Error ? fault.stack?.split('\n').filter((line) => line.startsWith('    at ')) : []
    console.error(['A request could not be handled:', ...(places ?? [])].join('\n'))
    end.destroy()
  }
}

/** One stranger's connections must leave room for the others'. */
function capPeers(site: Site, most: number): (socket: Socket) => void {
  const open = new Map<string, number>()
  return (socket) => {
    const address = plainAddress(socket.remoteAddress)
    if (isTrusted(site, address)) return
    const key = addressKey(address)
    const now = (open.get(key) ?? 0) + 1
    open.set(key, now)
    socket.once('close', () => {
      const left = (open.get(key) ?? 1) - 1
      if (left === 0) open.delete(key)
      else open.set(key, left)
    })
    if (now > most) socket.destroy()
  }
}

type Shared = Omit<SipDoor, 'to' | 'target'>

function doorsOf(runtime: Runtime, shared: Shared): Map<string, SipDoor> {
  const doors = new Map<string, SipDoor>([['/sip', { to: 'engine', ...shared, target: new URL(runtime.engine.wsUrl) }]])
  if (runtime.carrier !== null) {
    doors.set('/carrier-sip', { to: 'carrier', ...shared, target: new URL(runtime.carrier.wsUrl) })
  }
  return doors
}

if (import.meta.main) {
  const runtime = readJson(process.env['TANDEM_RUNTIME'] ?? '') as Runtime
  const { server, control } = makeEdge(runtime)
  listenForControl(control, runtime.edge.controlSocket)
  server.listen(runtime.edge.port, runtime.edge.host)
  // Its connections are pipes without an end of their own: nothing is gained by waiting for them.
  process.on('SIGTERM', () => process.exit(0))
}
