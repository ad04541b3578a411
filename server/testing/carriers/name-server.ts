import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { AUTHORITATIVE_ANSWER, decode, encode, type Answer } from 'dns-packet'

/** RFC 1035, 4.1.1: no such name. */
const NXDOMAIN = 3
/** A resolver asks there and nowhere else; so it takes root to be one, and each has an address of its own. */
const PORT = 53

let lastHost = 0

/** A DNS server on loopback that knows what it was told, and no other name. */
export class NameServer {
  readonly address: string
  /** `SRV _sip._udp.carrier.test`, in the order in which they were asked. */
  readonly asked: string[] = []
  readonly #known: Answer[] = []
  readonly #socket: Socket

  static async start(): Promise<NameServer> {
    const address = `127.0.3.${++lastHost}`
    const socket = createSocket('udp4')
    socket.bind(PORT, address)
    await once(socket, 'listening')
    return new NameServer(address, socket)
  }

  private constructor(address: string, socket: Socket) {
    this.address = address
    this.#socket = socket
    socket.on('message', (data, from) => socket.send(this.#answerTo(data), from.port, from.address))
  }

  know(...answers: readonly Answer[]): void {
    this.#known.push(...answers)
  }

  close(): void {
    this.#socket.close()
  }

  #answerTo(data: Buffer): Buffer {
    const { id, questions = [] } = decode(data)
    const asked = questions.map(({ type, name }) => `${type} ${name}`)
    this.asked.push(...asked)
    const ofName = this.#known.filter(({ name }) => questions.some((question) => question.name === name))
    return encode({
      type: 'response',
      ...(id === undefined ? {} : { id }),
      flags: AUTHORITATIVE_ANSWER | (ofName.length === 0 ? NXDOMAIN : 0),
      questions,
      answers: ofName.filter(({ type, name }) => asked.includes(`${type} ${name}`)),
    })
  }
}

/** A server for SIP over UDP (RFC 3263, 4.2; RFC 2782): of several the one with the lowest `priority` is asked. */
export function sipServer(
  domain: string,
  target: { readonly name: string; readonly host: string; readonly port: number; readonly priority: number },
): readonly Answer[] {
  const { name, host, port, priority } = target
  return [
    { type: 'SRV', name: `_sip._udp.${domain}`, ttl: 60, data: { priority, weight: 0, port, target: name } },
    { type: 'A', name, ttl: 60, data: host },
  ]
}
