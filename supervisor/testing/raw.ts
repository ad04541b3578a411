import { connect } from 'node:net'

/** Sends the bytes and reads until the other side closes, or `last` has come. A reset ends it as well. */
export function sendRaw(port: number, bytes: string, last?: string | RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = ''
    let isConnected = false
    const socket = connect(port, '127.0.0.1', () => {
      isConnected = true
      socket.write(bytes, 'latin1')
    })
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1')
      const isLast = last !== undefined && (typeof last === 'string' ? heard.includes(last) : last.test(heard))
      if (isLast) socket.destroy()
    })
    socket.on('error', (fault) => {
      if (!isConnected) reject(fault)
    })
    socket.on('close', () => resolve(heard))
  })
}

export const statusOf = (answer: string): number => Number(/^HTTP\/1\.[01] (\d{3}) /.exec(answer)?.[1] ?? 0)
