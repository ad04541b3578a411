import { createSocket } from 'node:dgram'

/** A UDP port of that address which nobody has now. */
export function freeUdpPort(host: string): Promise<number> {
  const socket = createSocket('udp4')
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(0, host, () => {
      const { port } = socket.address()
      socket.close(() => resolve(port))
    })
  })
}
