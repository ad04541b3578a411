import type { AriEvent, Operations } from './ari-types.ts'
import { AriSocket, type AriAddress } from './ari-socket.ts'

/** Asterisk refused a request: 404 = no such channel or bridge, 409 = it is in no state for that, 422 = not ours. */
export class AriRefused extends Error {
  override name = 'AriRefused'
  readonly status: number

  constructor(operation: string, answer: { readonly status: number; readonly body: unknown }) {
    super(`${operation}: ${answer.status} ${JSON.stringify(answer.body)}`)
    this.status = answer.status
  }
}

type Arguments<O extends keyof Operations> = {
  readonly path?: Operations[O]['path']
  readonly query?: Operations[O]['query']
  readonly body?: Operations[O]['body']
}

/** A thin typed client: an operation is named as Asterisk's own description names it. */
export class Ari {
  readonly app: string
  readonly #socket: AriSocket
  readonly #listeners = new Set<(event: AriEvent) => void>()
  readonly #connection = new Set<(isUp: boolean) => void>()

  constructor(address: AriAddress) {
    this.app = address.app
    this.#socket = new AriSocket(address, {
      opened: () => this.#connection.forEach((listener) => listener(true)),
      closed: () => this.#connection.forEach((listener) => listener(false)),
      message: (event) => this.#listeners.forEach((listener) => listener(event as AriEvent)),
    })
  }

  /** Connects, now and again after each loss, until `stop`. */
  start(): void {
    this.#socket.open()
  }

  stop(): void {
    this.#socket.stop()
  }

  onEvent(listener: (event: AriEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  onConnection(listener: (isUp: boolean) => void): () => void {
    this.#connection.add(listener)
    return () => this.#connection.delete(listener)
  }

  async request<O extends keyof Operations>(
    operation: O,
    { path, query, body }: Arguments<O> = {},
  ): Promise<Operations[O]['result']> {
    const [method, template] = operation.split(' ') as [string, string]
    const values = { ...(path as { readonly [name: string]: string } | undefined) }
    const uri = template.slice(1).replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''))
    const answer = await this.#socket.request({ method, uri, query: textOf(query ?? {}), body })
    if (answer.status >= 300) throw new AriRefused(operation, answer)
    return answer.body
  }
}

const textOf = (query: object): { readonly [name: string]: string } =>
  Object.fromEntries(
    Object.entries(query)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, String(value)]),
  )
