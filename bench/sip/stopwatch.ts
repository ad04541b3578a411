import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** A carrier that notes when an INVITE reaches its socket. It answers at once and takes the BYE. */
export type Stopwatch = {
  readonly host: string
  readonly port: number
  /** Of the next new INVITE, by the clock of `performance.now()`. */
  nextInviteAt(): Promise<number>
  close(): void
}

/** Not the engine's own address, nor another carrier's. */
const HOST = '127.0.0.4'

export async function startStopwatch(): Promise<Stopwatch> {
  const socket = createSocket('udp4')
  socket.bind(0, HOST)
  await once(socket, 'listening')
  const { port } = socket.address()
  let noted: (at: number) => void = () => undefined
  const seen = new Set<string>()
  socket.on('message', (data, from) => {
    const at = performance.now()
    const request = data.toString()
    const callId = /^Call-ID: (.*)$/im.exec(request)?.[1] ?? ''
    if (request.startsWith('INVITE') && !seen.has(callId)) noted(at)
    seen.add(callId)
    if (!request.startsWith('ACK')) socket.send(okTo(request, port), from.port, from.address)
  })
  return {
    host: HOST,
    port,
    nextInviteAt: () => new Promise((resolve) => (noted = resolve)),
    close: () => socket.close(),
  }
}

const SDP = `v=0\r\no=bench 1 1 IN IP4 ${HOST}\r\ns=-\r\nc=IN IP4 ${HOST}\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n`

function okTo(request: string, port: number): string {
  const copied = request.split('\r\n').filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line))
  const body = request.startsWith('INVITE') ? SDP : ''
  return [
    'SIP/2.0 200 OK',
    // The tag is the same for a retransmission.
    ...copied.map((line) => (/^To:/i.test(line) && !line.includes('tag=') ? `${line};tag=stopwatch` : line)),
    `Contact: <sip:${HOST}:${port}>`,
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n')
}
