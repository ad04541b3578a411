import { connect, type NetConnectOpts, type Socket } from 'node:net'
import { WebSocket } from 'ws'

/** Where an Asterisk's REST interface is, and as whom. */
export type AriAddress = {
  /** `http://host:port/ari`. */
  readonly ariUrl: string
  readonly user: string
  readonly password: string
  /** The Stasis application whose channels and events are ours. */
  readonly app: string
}

export type RestRequest = {
  readonly method: string
  /** Below `/ari/`, without a query. */
  readonly uri: string
  readonly query: { readonly [name: string]: string }
  readonly body: unknown
}

export type RestAnswer = { readonly status: number; readonly body: unknown }

/** There is no connection to the engine now, or it broke before the answer came. */
export class EngineUnreachable extends Error {
  override name = 'EngineUnreachable'
}

type Listener = {
  readonly opened: () => void
  readonly closed: () => void
  readonly message: (message: { readonly type: string }) => void
}

type Waiting = {
  readonly resolve: (answer: RestAnswer) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1_000
const ANSWER_WITHIN_MS = 5_000
/** An engine that said nothing for two of these, not even a pong (RFC 6455, 5.5.3), is gone. */
const PING_EVERY_MS = 2_000

/**
 * One WebSocket for everything: events come and REST requests go on it, so that their order is one order. It opens
 * again by itself; requests of a connection that broke are rejected, never repeated.
 */
export class AriSocket {
  readonly #address: AriAddress
  readonly #listener: Listener
  readonly #waiting = new Map<string, Waiting>()
  #socket: WebSocket | null = null
  /** What it goes over. */
  #wire: Socket | null = null
  #pauseMs = FIRST_PAUSE_MS
  #retry: NodeJS.Timeout | null = null
  #requests = 0
  #isOpen = false
  #isStopped = false

  constructor(address: AriAddress, listener: Listener) {
    this.#address = address
    this.#listener = listener
  }

  open(): void {
    this.#isStopped = false
    // Stopped a moment ago, and not closed yet: nobody hears of its end any more.
    if (this.#isOpen) this.#listener.closed()
    this.#isOpen = false
    this.#connect()
  }

  stop(): void {
    this.#isStopped = true
    if (this.#retry !== null) clearTimeout(this.#retry)
    this.#socket?.close()
    this.#rejectAll()
  }

  /** The connection is there and no good: closed, and opened again after the longest pause. */
  reopen(): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return
    this.#pauseMs = LONGEST_PAUSE_MS
    this.#socket.terminate()
  }

  request({ method, uri, query, body }: RestRequest): Promise<RestAnswer> {
    const socket = this.#socket
    if (socket === null || socket.readyState !== WebSocket.OPEN)
      return Promise.reject(new EngineUnreachable(`${method} ${uri}: not connected`))
    const requestId = String(++this.#requests)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#giveUp(requestId, `${method} ${uri}: no answer`)
        // Answers come in the order of asking: what was asked after it waits as well, and may do so for ever.
        if (socket === this.#socket) this.reopen()
      }, ANSWER_WITHIN_MS)
      this.#waiting.set(requestId, { resolve, reject, timer })
      this.#gather()
      socket.send(
        JSON.stringify({
          type: 'RESTRequest',
          transaction_id: requestId,
          request_id: requestId,
          method,
          uri,
          query_strings: Object.entries(query).map(([name, value]) => ({ name, value })),
          ...(body === undefined ? {} : { content_type: 'application/json', message_body: JSON.stringify(body) }),
        }),
      )
    })
  }

  /** What is asked in one turn goes out at once: each writing is a system call, and wakes the engine. */
  #gather(): void {
    const wire = this.#wire
    if (wire === null || wire.writableCorked > 0) return
    wire.cork()
    // A tick that is asked for by a promise comes after all promises of the turn.
    queueMicrotask(() => process.nextTick(() => wire.uncork()))
  }

  #connect(): void {
    const { ariUrl, app, user, password } = this.#address
    const url = `${ariUrl.replace(/^http/, 'ws')}/events?app=${app}&subscribeAll=true`
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
    const createConnection = ((options: NetConnectOpts) => (this.#wire = connect(options))) as typeof connect
    const socket = new WebSocket(url, {
      headers: { authorization },
      handshakeTimeout: ANSWER_WITHIN_MS,
      createConnection,
    })
    this.#socket = socket
    socket.on('open', () => {
      this.#pauseMs = FIRST_PAUSE_MS
      this.#isOpen = true
      this.#keepAlive(socket)
      this.#listener.opened()
    })
    socket.on('message', (data) => {
      // One that was stopped and replaced since is told so, late: that is not said of the one that is there now.
      if (socket === this.#socket) this.#receive(data.toString())
    })
    socket.on('error', () => undefined) // 'close' follows and handles it.
    socket.on('close', () => this.#lost(socket))
  }

  /** A peer that died without a word closes nothing: half-open connections are found by asking. */
  #keepAlive(socket: WebSocket): void {
    let silentPings = 0
    const heard = () => (silentPings = 0)
    socket.on('message', heard).on('pong', heard)
    const pings = setInterval(() => {
      if (silentPings++ < 2) socket.ping()
      else socket.terminate()
    }, PING_EVERY_MS)
    socket.on('close', () => clearInterval(pings))
  }

  #receive(text: string): void {
    const message = JSON.parse(text) as { readonly type: string }
    if (message.type === 'RESTResponse') this.#answered(message as unknown as RestResponse)
    // Another connection took our name: it gets the events, and when it goes, we get not even answers.
    else if (message.type === 'ApplicationReplaced') this.reopen()
    else this.#listener.message(message)
  }

  #answered(response: RestResponse): void {
    const waiting = this.#take(response.request_id)
    const text = response.message_body
    waiting?.resolve({
      status: response.status_code,
      body: text === undefined || text === '' ? undefined : JSON.parse(text),
    })
  }

  #giveUp(requestId: string, why: string): void {
    this.#take(requestId)?.reject(new EngineUnreachable(why))
  }

  #take(requestId: string): Waiting | undefined {
    const waiting = this.#waiting.get(requestId)
    this.#waiting.delete(requestId)
    clearTimeout(waiting?.timer)
    return waiting
  }

  /** One that was stopped and replaced since may close late: that is no loss of the one that is there now. */
  #lost(socket: WebSocket): void {
    if (socket !== this.#socket) return
    this.#rejectAll()
    if (this.#isOpen) this.#listener.closed()
    this.#isOpen = false
    if (this.#isStopped) return
    this.#retry = setTimeout(() => this.#connect(), this.#pauseMs)
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS)
  }

  #rejectAll(): void {
    for (const requestId of this.#waiting.keys()) this.#giveUp(requestId, 'the connection broke')
  }
}

type RestResponse = { readonly request_id: string; readonly status_code: number; readonly message_body?: string }
