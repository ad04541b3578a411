import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server, type Socket as TcpSocket } from 'node:net'
import { vi } from 'vitest'
import { RtpStream } from './rtp-stream.ts'
import { mediaOf, sdpOf, SPEECH } from './sdp.ts'
import {
  branch,
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

type Send = (message: SipMessage) => void

export type RawCarrierPlan = {
  readonly transport?: 'udp' | 'tcp'
  /** What it does with an INVITE; left out: nothing at all. */
  readonly onInvite?: (call: CarrierCall) => void
  /** Any other request outside a call: OPTIONS, REGISTER. Left out: 200. `null` = not a word. */
  readonly onRequest?: ((request: SipMessage, reply: (status: string, extra?: Extra) => void) => void) | null
  /** Left out: a free one. */
  readonly port?: number
}

let lastHost = 10

/**
 * A telephone company written by hand: it says on the wire exactly what a test wants it to say, also what no SIP stack
 * would. Each has a loopback address of its own, by which the engine tells trunks apart.
 */
export class RawCarrier {
  readonly host: string
  readonly port: number
  /** Every request, in the order in which they came; retransmissions too. */
  readonly requests: SipMessage[] = []
  readonly calls = new Map<string, CarrierCall>()
  readonly #plan: RawCarrierPlan
  readonly #socket: UdpSocket | Server
  readonly #connections = new Set<TcpSocket>()
  /** Who waits for a final answer to an INVITE of ours, by its Call-ID. */
  readonly #asked = new Map<string, (response: SipMessage) => void>()

  static async start(plan: RawCarrierPlan = {}): Promise<RawCarrier> {
    const host = `127.0.2.${++lastHost}`
    const socket = plan.transport === 'tcp' ? createServer() : createSocket('udp4')
    if ('bind' in socket) socket.bind(plan.port ?? 0, host)
    else socket.listen(plan.port ?? 0, host)
    await once(socket, 'listening')
    return new RawCarrier(plan, { host, socket })
  }

  private constructor(
    plan: RawCarrierPlan,
    { host, socket }: { readonly host: string; readonly socket: UdpSocket | Server },
  ) {
    this.#plan = plan
    this.#socket = socket
    this.host = host
    this.port = (socket.address() as { readonly port: number }).port
    if ('bind' in socket)
      socket.on('message', (data, from) =>
        this.#receive(data.toString(), (message) => socket.send(formatSip(message), from.port, from.address)),
      )
    else socket.on('connection', (connection) => this.#connected(connection))
  }

  /** Requests of this method with different branches: a retransmission is the same request. */
  received(method: string): readonly SipMessage[] {
    const ofMethod = this.requests.filter((request) => methodOf(request) === method)
    return [...new Map(ofMethod.map((request) => [headerOf(request, 'via'), request])).values()]
  }

  /** Ends the TCP connections, as a carrier does that wants a new one for each call. */
  disconnect(): void {
    for (const connection of this.#connections) connection.destroy()
  }

  /** The only call, or the first one. */
  async call(): Promise<CarrierCall> {
    return vi.waitFor(
      () => {
        const [first] = this.calls.values()
        if (first === undefined) throw new Error('no call came')
        return first
      },
      { timeout: 5_000, interval: 10 },
    )
  }

  /** Calls us, over UDP, and wants no speech; resolves with the final answer, which it does not acknowledge. */
  invite(engine: { readonly sipHost: string; readonly sipPort: number }, headers: Extra['headers'] = []) {
    const uri = `sip:+8613800000000@${engine.sipHost}:${engine.sipPort}`
    const callId = randomToken()
    const own = `<sip:carrier@${this.host}:${this.port}>`
    const request: SipMessage = {
      firstLine: `INVITE ${uri} SIP/2.0`,
      headers: [
        ['via', `SIP/2.0/UDP ${this.host}:${this.port};branch=${branch()};rport`],
        ['max-forwards', '70'],
        ['from', `${own};tag=${randomToken()}`],
        ['to', `<${uri}>`],
        ['call-id', callId],
        ['cseq', '1 INVITE'],
        ['contact', own],
        ['content-type', 'application/sdp'],
        ...headers,
      ],
      body: sdpOf(this.host, this.port, SPEECH),
    }
    const answered = new Promise<SipMessage>((resolve) => this.#asked.set(callId, resolve))
    if ('send' in this.#socket) this.#socket.send(formatSip(request), engine.sipPort, engine.sipHost)
    return answered
  }

  async close(): Promise<void> {
    for (const call of this.calls.values()) call.media?.close()
    this.disconnect()
    await new Promise<void>((resolve) => void this.#socket.close(() => resolve()))
  }

  #connected(connection: TcpSocket): void {
    this.#connections.add(connection)
    connection.on('close', () => this.#connections.delete(connection)).on('error', () => undefined)
    let text = ''
    connection.on('data', (data) => {
      text += data.toString()
      for (let whole = firstMessage(text); whole !== null; whole = firstMessage(text)) {
        text = text.slice(whole.length)
        this.#receive(whole, (message) => connection.write(formatSip(message)))
      }
    })
  }

  #receive(text: string, send: Send): void {
    const message = parseSip(text.replace(/^(\r\n)+/, ''))
    const callId = headerOf(message, 'call-id')
    if (statusOf(message) >= 200) this.#asked.get(callId)?.(message)
    if (statusOf(message) !== 0) return this.calls.get(callId)?.answered(message)
    if (message.firstLine === '') return // A keep-alive.
    const isSeen = this.requests.some((old) => headerOf(old, 'via') === headerOf(message, 'via'))
    this.requests.push(message)
    const known = this.calls.get(callId)
    if (known !== undefined) return known.requested(message, send)
    if (methodOf(message) !== 'INVITE') return isSeen ? undefined : this.#other(message, send)
    const { transport, onInvite = () => undefined } = this.#plan
    const call = new CarrierCall(message, { send, host: this.host, port: this.port, transport, onInvite })
    this.calls.set(callId, call)
    onInvite(call)
  }

  #other(message: SipMessage, send: Send): void {
    const reply = (status: string, extra: Extra = {}): void => send(responseTo(message, status, extra))
    if (this.#plan.onRequest === undefined) reply('200 OK')
    else this.#plan.onRequest?.(message, reply)
  }
}

type Wiring = {
  readonly send: Send
  readonly host: string
  readonly port: number
  readonly transport?: 'udp' | 'tcp' | undefined
  readonly onInvite: (call: CarrierCall) => void
}

/** One call as the carrier sees it. */
export class CarrierCall {
  /** The first one; after a challenge the one with credentials. */
  invite: SipMessage
  readonly callId: string
  /** Every request of the call after its INVITE. */
  readonly requests: SipMessage[] = []
  media: RtpStream | null = null
  #send: Send
  #latestInvite: SipMessage
  readonly #wiring: Wiring
  readonly #tag = randomToken()
  #sequence = 100
  #isAnswered = false
  readonly #waiting = new Map<string, (response: SipMessage) => void>()
  /** What it answers to a re-INVITE; left out: a 200 with the same speech as before. */
  onReinvite: ((call: CarrierCall) => void) | null = null

  constructor(invite: SipMessage, wiring: Wiring) {
    this.invite = invite
    this.callId = headerOf(invite, 'call-id')
    this.#latestInvite = invite
    this.#wiring = wiring
    this.#send = wiring.send
  }

  /** Answers the latest INVITE of the call. */
  answer(status: string, extra: Extra = {}): void {
    if (status.startsWith('2')) this.#isAnswered = true
    this.#send(this.#response(this.#latestInvite, status, extra))
  }

  /** With SDP of PCMA and telephone events, or of what is given; opens its ears and mouth. */
  async answerWithSpeech(
    status: string,
    lines: readonly string[] = SPEECH,
    headers: Extra['headers'] = [],
  ): Promise<void> {
    this.media ??= await RtpStream.open(this.#wiring.host)
    const target = mediaOf(this.invite.body)
    if (target !== null) this.media.sendTo(target)
    this.answer(status, {
      headers: [['content-type', 'application/sdp'], ...headers],
      body: sdpOf(this.#wiring.host, this.media.port, lines),
    })
  }

  /** A request of the carrier's inside the call; resolves with its final answer, and rejects after `withinMs`. */
  request(method: string, { headers = [], body = '' }: Extra = {}, withinMs = 3_000): Promise<SipMessage> {
    const { host, port, transport = 'udp' } = this.#wiring
    const sequence = `${++this.#sequence} ${method}`
    const target = /<([^>]+)>/.exec(headerOf(this.invite, 'contact'))?.[1] ?? ''
    const answered = new Promise<SipMessage>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method} was not answered`)), withinMs)
      this.#waiting.set(sequence, (response) => {
        clearTimeout(timer)
        resolve(response)
      })
    })
    this.#send({
      firstLine: `${method} ${target} SIP/2.0`,
      headers: [
        ['via', `SIP/2.0/${transport.toUpperCase()} ${host}:${port};branch=${branch()};rport`],
        ['max-forwards', '70'],
        ['from', `${headerOf(this.invite, 'to')};tag=${this.#tag}`],
        ['to', headerOf(this.invite, 'from')],
        ['call-id', this.callId],
        ['cseq', sequence],
        ['contact', `<sip:${host}:${port};transport=${transport}>`],
        ...headers,
      ],
      body,
    })
    return answered
  }

  /** This dialog as the engine knows it, for whoever would replace it (RFC 3891, 6.1). */
  get replaces(): string {
    const theirs = /;tag=([^;>]+)/.exec(headerOf(this.invite, 'from'))?.[1] ?? ''
    return `${this.callId};to-tag=${theirs};from-tag=${this.#tag}`
  }

  answered(response: SipMessage): void {
    if (statusOf(response) < 200) return
    const sequence = headerOf(response, 'cseq')
    this.#waiting.get(sequence)?.(response)
    this.#waiting.delete(sequence)
  }

  requested(request: SipMessage, send: Send): void {
    this.#send = send
    const method = methodOf(request)
    this.requests.push(request)
    if (method === 'ACK') return
    if (method === 'INVITE') return this.#reinvited(request)
    this.#send(this.#response(request, '200 OK', {}))
    if (method === 'CANCEL') this.answer('487 Request Terminated')
  }

  #reinvited(request: SipMessage): void {
    // The first one again.
    if (headerOf(request, 'cseq') === headerOf(this.#latestInvite, 'cseq')) return
    this.#latestInvite = request
    if (!this.#isAnswered) {
      this.invite = request
      this.#wiring.onInvite(this)
    } else if (this.onReinvite === null) void this.answerWithSpeech('200 OK')
    else this.onReinvite(this)
  }

  #response(request: SipMessage, status: string, { headers = [], body = '' }: Extra): SipMessage {
    const { host, port, transport = 'udp' } = this.#wiring
    const contact = ['contact', `<sip:${host}:${port};transport=${transport}>`] as const
    return responseTo(request, status, { headers: [contact, ...headers], body, tag: this.#tag })
  }
}

/** The first whole message of a stream (RFC 3261, 18.3), or `null`. */
function firstMessage(text: string): string | null {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return null
  const length = end + 4 + Number(/^(?:content-length|l) *: *(\d+)/im.exec(text.slice(0, end))?.[1] ?? 0)
  return text.length < length ? null : text.slice(0, length)
}
