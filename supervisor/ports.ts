import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { randomInt } from 'node:crypto'
import { StartRefused } from './start-refused.ts'

/** Below the kernel's ephemeral range, so that nobody's outgoing connection sits on a port while its part restarts. */
const signalling = { first: 10_000, last: 19_999 }
const media = { first: 20_000, last: 31_999 }

export type PortKind = 'tcp' | 'tcp+udp'

/** Free now on that address; not reserved. Random, so that two checkouts that start at once rarely meet. */
export async function freePort(host: string, kind: PortKind): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const port = randomInt(signalling.first, signalling.last + 1)
    if (await isFree(host, port, kind)) return port
  }
  throw new StartRefused(`No free port on ${host} between ${signalling.first} and ${signalling.last}.`)
}

/** The first port of an even range of `count` UDP ports of which none is in use on any address. */
export function freeMediaRange(count: number): number {
  const used = usedUdpPorts()
  for (let tries = 0; tries < 200; tries++) {
    const first = 2 * randomInt(media.first / 2, Math.floor((media.last - count) / 2))
    if (!used.some((port) => port >= first && port < first + count)) return first
  }
  throw new StartRefused(
    `No ${count} free UDP ports in a row between ${media.first} and ${media.last}; set engine.rtpPortFirst and engine.rtpPortLast.`,
  )
}

export async function refuseTakenPort(host: string, port: number): Promise<void> {
  if (await isFree(host, port, 'tcp')) return
  throw new StartRefused(
    `Port ${port} on ${host} is taken by another program (or may not be used by this user). Start with another one: TANDEM_PORT=${port + 1} npm start`,
  )
}

async function isFree(host: string, port: number, kind: PortKind): Promise<boolean> {
  if (!(await canListen(host, port))) return false
  return kind === 'tcp' || canBind(host, port)
}

function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

function canBind(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    socket.once('error', () => resolve(false))
    socket.bind({ address: host, port, exclusive: true }, () => socket.close(() => resolve(true)))
  })
}

function usedUdpPorts(): number[] {
  const ports: number[] = []
  for (const table of ['/proc/net/udp', '/proc/net/udp6']) {
    for (const line of readTable(table)) {
      const local = line.trim().split(/\s+/)[1]
      if (local !== undefined) ports.push(Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16))
    }
  }
  return ports
}

function readTable(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').trim().split('\n').slice(1)
  } catch {
    return [] // No IPv6 on this machine.
  }
}
