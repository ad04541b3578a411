import type { AriEvent, Operations } from './ari-types.ts'
import { AriSocket, EngineUnreachable, type AriAddress } from './ari-socket.ts'

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
  readonly #address: AriAddress
  readonly #socket: AriSocket
  readonly #listeners = new Set<(event: AriEvent) => void>()
  readonly #connection = new Set<(isUp: boolean) => void>()

  constructor(address: AriAddress) {
    this.app = address.app
    this.#address = address
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

  /** What came first after the connection failed: it is begun again. */
  reopen(): void {
    this.#socket.reopen()
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
    const { method, uri } = lineOf(operation, path)
    const answer = await this.#socket.request({ method, uri, query: textOf(query ?? {}), body })
    if (answer.status >= 300) throw new AriRefused(operation, answer)
    return answer.body
  }

  /**
   * By HTTP, beside the socket and out of its order: for what may take as long as the engine's DNS does. On the socket
   * every command of every call would wait behind it.
   */
  async requestApart<O extends keyof Operations>(operation: O, { path, body }: Arguments<O>): Promise<void> {
    const { ariUrl, user, password } = this.#address
    const { method, uri } = lineOf(operation, path)
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
    const answer = await fetch(`${ariUrl}/${uri}`, {
      method,
      headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(APART_WITHIN_MS),
    }).catch((cause: unknown) => {
      throw new EngineUnreachable(operation, { cause })
    })
    if (!answer.ok) throw new AriRefused(operation, { status: answer.status, body: await answer.text() })
    await answer.arrayBuffer()
  }
}

/** Longer than a resolver tries. */
const APART_WITHIN_MS = 45_000

function lineOf(operation: string, path: object | undefined): { readonly method: string; readonly uri: string } {
  const [method, template] = operation.split(' ') as [string, string]
  const values: { readonly [name: string]: string } = { ...path }
  const uri = template.slice(1).replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''))
  return { method, uri }
}

const textOf = (query: object): { readonly [name: string]: string } =>
  Object.fromEntries(
    Object.entries(query)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, String(value)]),
  )
