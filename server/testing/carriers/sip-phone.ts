import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { RtpStream } from './rtp-stream.ts'
import { mediaOf, sdpOf, SPEECH } from './sdp.ts'
import {
  branch,
  digestAnswer,
  formatSip,
  headerOf,
  methodOf,
  parseSip,
  randomToken,
  responseTo,
  statusOf,
  type Extra,
  type SipMessage,
} from './sip-message.ts'

export type SipAccount = {
  readonly user: string
  readonly password: string
  readonly host: string
  readonly port: number
}

/** How a call of the phone went, on the wire. Instants in ms since the epoch. */
export type PhoneCall = {
  /** Every status code except 100, in order. */
  readonly statuses: readonly number[]
  readonly answeredAt: number | null
  /** When the other side's BYE, or a final refusal, came; or ours was sent. */
  readonly endedAt: number | null
  readonly endedBy: 'us' | 'them' | null
  readonly media: RtpStream
  /** Every request of the other side inside the call. */
  readonly requests: readonly SipMessage[]
  hangup(): void
  /** A MESSAGE inside the call (RFC 3428). */
  message(text: string): void
}

type Headers = SipMessage['headers']

/** A plain SIP telephone for tests (UDP, G.711, digest): it stands where a browser would. */
export class SipPhone {
  readonly #account: SipAccount
  readonly #socket: Socket
  readonly #calls = new Map<string, OutgoingCall>()

  static async start(account: SipAccount): Promise<SipPhone> {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new SipPhone(account, socket)
  }

  private constructor(account: SipAccount, socket: Socket) {
    this.#account = account
    this.#socket = socket
    socket.on('message', (data) => {
      const message = parseSip(data.toString())
      this.#calls.get(headerOf(message, 'call-id'))?.receive(message)
    })
  }

  /** `headers` are added to the INVITE. */
  async call(dialled: string, headers: Headers = []): Promise<PhoneCall> {
    const media = await RtpStream.open('127.0.0.1')
    const port = this.#socket.address().port
    const send = (message: SipMessage): void =>
      this.#socket.send(formatSip(message), this.#account.port, this.#account.host)
    const call = new OutgoingCall({ account: this.#account, dialled, localPort: port, media, headers, send })
    this.#calls.set(call.id, call)
    call.invite(null)
    return call
  }

  close(): void {
    for (const call of this.#calls.values()) call.media.close()
    this.#socket.close()
  }
}

type Wiring = {
  readonly account: SipAccount
  readonly dialled: string
  readonly localPort: number
  readonly media: RtpStream
  readonly headers: Headers
  readonly send: (message: SipMessage) => void
}

class OutgoingCall implements PhoneCall {
  readonly id = randomToken()
  readonly statuses: number[] = []
  readonly requests: SipMessage[] = []
  readonly media: RtpStream
  answeredAt: number | null = null
  endedAt: number | null = null
  endedBy: 'us' | 'them' | null = null
  readonly #wiring: Wiring
  readonly #tag = randomToken()
  #sequence = 0
  #branch = ''
  #to: string
  #remoteTarget: string
  #isGivenUp = false

  constructor(wiring: Wiring) {
    this.#wiring = wiring
    this.media = wiring.media
    this.#remoteTarget = `sip:${wiring.dialled}@${wiring.account.host}:${wiring.account.port}`
    this.#to = `<${this.#remoteTarget}>`
  }

  invite(authorization: string | null): void {
    this.#sequence++
    this.#branch = branch()
    this.#request('INVITE', {
      body: sdpOf('127.0.0.1', this.media.port, SPEECH),
      headers: [
        ['content-type', 'application/sdp'],
        ...this.#wiring.headers,
        ...(authorization === null ? [] : [['authorization', authorization] as const]),
      ],
    })
  }

  hangup(): void {
    if (this.endedAt !== null) return
    if (this.answeredAt === null) {
      this.#isGivenUp = true
      this.#request('CANCEL', {})
      return
    }
    this.#leave()
  }

  #leave(): void {
    this.#sequence++
    this.#branch = branch()
    this.#request('BYE', {})
    this.#end('us')
  }

  message(text: string): void {
    this.#sequence++
    this.#branch = branch()
    this.#request('MESSAGE', { body: text, headers: [['content-type', 'text/plain']] })
  }

  receive(message: SipMessage): void {
    const status = statusOf(message)
    if (status === 0) this.#requested(message)
    else if (headerOf(message, 'cseq').endsWith('INVITE')) this.#answered(message, status)
  }

  #requested(message: SipMessage): void {
    this.requests.push(message)
    this.#wiring.send(responseTo(message, '200 OK', {}))
    if (methodOf(message) === 'BYE') this.#end('them')
  }

  #answered(message: SipMessage, status: number): void {
    if (status === 100) return
    if (status >= 200) {
      this.#to = headerOf(message, 'to')
      this.#acknowledge(status)
    }
    if (status === 401 && this.#sequence === 1) {
      if (this.#isGivenUp) return this.#end('us')
      const { user, password } = this.#wiring.account
      this.#to = `<${this.#remoteTarget}>`
      this.invite(
        digestAnswer(headerOf(message, 'www-authenticate'), {
          user,
          password,
          method: 'INVITE',
          uri: this.#remoteTarget,
        }),
      )
      return
    }
    this.statuses.push(status)
    if (message.body !== '') this.#hear(message.body)
    if (status >= 300) this.#end('them')
    else if (status >= 200 && this.answeredAt === null) {
      this.answeredAt = Date.now()
      this.#remoteTarget = /<([^>]+)>/.exec(headerOf(message, 'contact'))?.[1] ?? this.#remoteTarget
      // RFC 3261, 9.1: it crossed our CANCEL.
      if (this.#isGivenUp) this.#leave()
    }
  }

  #end(by: 'us' | 'them'): void {
    if (this.endedAt !== null) return
    this.endedAt = Date.now()
    this.endedBy = by
    this.media.pause()
  }

  #hear(answer: string): void {
    const target = mediaOf(answer)
    if (target !== null) this.media.sendTo(target)
  }

  /** An ACK of a 2xx is a transaction of its own (RFC 3261, 13.2.2.4). */
  #acknowledge(status: number): void {
    if (status < 300) this.#branch = branch()
    this.#request('ACK', {})
  }

  #request(method: string, { body = '', headers = [] }: Extra): void {
    const { account, localPort, send } = this.#wiring
    send({
      firstLine: `${method} ${this.#remoteTarget} SIP/2.0`,
      headers: [
        ['via', `SIP/2.0/UDP 127.0.0.1:${localPort};branch=${this.#branch};rport`],
        ['max-forwards', '70'],
        ['from', `<sip:${account.user}@127.0.0.1>;tag=${this.#tag}`],
        ['to', this.#to],
        ['call-id', this.id],
        ['cseq', `${this.#sequence} ${method}`],
        ['contact', `<sip:${account.user}@127.0.0.1:${localPort}>`],
        ...headers,
      ],
      body,
    })
  }
}
