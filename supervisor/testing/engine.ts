import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { acceptOf } from '../edge-handshake.ts'

/** Stands where Asterisk's HTTP server stands, as far as the edge can tell: every byte that reached it is kept. */
export type StandInEngine = {
  readonly server: Server
  /** Latin-1. */
  heard(): string
  readonly sockets: ReadonlySet<Socket>
  /** What the next heads are answered with; by default 101 as it should be, and a text frame `hello`. */
  answer: (head: string) => string
}

export function standInEngine(): StandInEngine {
  let heard = ''
  const sockets = new Set<Socket>()
  const engine: StandInEngine = {
    sockets,
    heard: () => heard,
    answer: (head) => `${switching(acceptOf(keyIn(head)))}\x81\x05hello`,
    server: createServer((socket) => {
      sockets.add(socket)
      let head = ''
      socket.on('data', (chunk) => {
        heard += chunk.toString('latin1')
        if (head.includes('\r\n\r\n')) return
        head += chunk.toString('latin1')
        if (head.includes('\r\n\r\n')) socket.write(engine.answer(head), 'latin1')
      })
      socket.on('error', () => socket.destroy())
      socket.on('close', () => sockets.delete(socket))
    }),
  }
  return engine
}

const keyIn = (head: string): string => /sec-websocket-key: (\S+)/i.exec(head)?.[1] ?? ''

export const switching = (accept: string, protocol = 'sip'): string =>
  `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`

/** A client's text frame (RFC 6455, 5.2), masked with zeros, so that it can be read in what the engine heard. */
export const clientFrame = (text: string): string => `\x81${String.fromCharCode(0x80 | text.length)}\0\0\0\0${text}`
