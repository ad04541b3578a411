import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { listenForControl, makeControl } from './edge-control.ts'
import { edgeLimits } from './edge-limits.ts'
import { SipPipes } from './edge-pipes.ts'
import { pipeSip } from './edge-sip.ts'
import type { SipDoor } from './edge-sip.ts'
import { proxyRequest, proxyUpgrade } from './edge-server.ts'
import { readJson } from './files.ts'
import type { Runtime } from './runtime.ts'

/**
 * The only public port. SIP over WebSocket goes to the engine and everything else to the server, so that a browser's
 * signalling outlives the server. It knows nothing of users: the server's signature on a ticket is enough.
 */
export function makeEdge(runtime: Runtime): { readonly server: Server; readonly control: Server } {
  const pipes = new SipPipes(edgeLimits)
  const doors = doorsOf(runtime, pipes)
  const server = createServer((request, response) => proxyRequest(runtime, request, response))
  server.on('upgrade', (request, socket, head) => {
    const path = new URL(request.url ?? '/', 'http://edge').pathname
    const door = doors.get(path)
    if (door === undefined) proxyUpgrade(runtime, { request, socket, head })
    else pipeSip(door, { request, socket, head })
  })
  return { server, control: makeControl(pipes) }
}

function doorsOf(runtime: Runtime, pipes: SipPipes): Map<string, SipDoor> {
  const shared = { key: runtime.edge.ticketKey, pipes }
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
