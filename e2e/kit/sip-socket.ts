import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { WireDialIn } from '@tandem/contract'
import { until } from './until.ts'

type Answer = { readonly status: number; readonly text: string }

/** A SIP user agent with its hands free: it sends what no softphone would. RFC 3261 over RFC 7118. */
export class SipSocket {
  readonly #socket: WebSocket
  readonly #dialIn: WireDialIn
  readonly #heard: string[] = []
  #sequence = 0

  private constructor(socket: WebSocket, dialIn: WireDialIn) {
    this.#socket = socket
    this.#dialIn = dialIn
    socket.addEventListener('message', ({ data }) => this.#heard.push(String(data)))
  }

  static async open(address: string, dialIn: WireDialIn): Promise<SipSocket> {
    const socket = new WebSocket(`${address.replace('http', 'ws')}/sip?ticket=${dialIn.ticket}`, 'sip')
    await once(socket, 'open')
    return new SipSocket(socket, dialIn)
  }

  /** Sends, answers one challenge, and gives the final answer; of an INVITE that rings, the first provisional one. */
  async request(method: string, to: string, headers: readonly string[] = []): Promise<Answer> {
    const first = await this.#send(method, to, headers)
    const challenge = /^(?:WWW|Proxy)-Authenticate: Digest (.*)$/im.exec(first.text)?.[1]
    if (challenge === undefined) return first
    return this.#send(method, to, [...headers, this.#credentials(method, to, challenge)])
  }

  close(): void {
    this.#socket.close()
  }

  async #send(method: string, to: string, headers: readonly string[]): Promise<Answer> {
    const callId = randomUUID()
    const uri = `sip:${to}@tandem`
    this.#sequence += 1
    const lines = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/WS story.invalid;branch=z9hG4bK${callId}`,
      `From: <sip:${this.#dialIn.sipUser}@tandem>;tag=story`,
      `To: <${uri}>`,
      `Call-ID: ${callId}`,
      `CSeq: ${this.#sequence} ${method}`,
      `Contact: <sip:${this.#dialIn.sipUser}@story.invalid;transport=ws>`,
      'Max-Forwards: 70',
      ...headers,
      'Content-Length: 0',
    ]
    this.#socket.send(`${lines.join('\r\n')}\r\n\r\n`)
    const text = await until(`an answer to ${method} ${to}`, () => this.#heard.find((one) => isAnswer(one, callId)))
    return { status: Number(text.slice(8, 11)), text }
  }

  #credentials(method: string, to: string, challenge: string): string {
    const field = (name: string): string => new RegExp(`${name}="?([^",]+)`, 'i').exec(challenge)?.[1] ?? ''
    const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
    const { sipUser, sipPassword } = this.#dialIn
    const uri = `sip:${to}@tandem`
    const own = md5(`${sipUser}:${field('realm')}:${sipPassword}`)
    const response = md5(`${own}:${field('nonce')}:00000001:story:auth:${md5(`${method}:${uri}`)}`)
    const fields = `username="${sipUser}", realm="${field('realm')}", nonce="${field('nonce')}", uri="${uri}", response="${response}"`
    return `Authorization: Digest ${fields}, algorithm=MD5, qop=auth, nc=00000001, cnonce="story", opaque="${field('opaque')}"`
  }
}

const isAnswer = (text: string, callId: string): boolean =>
  text.startsWith('SIP/2.0 ') && !text.startsWith('SIP/2.0 100') && text.includes(callId)
