import { event, hello, PING, pong, type WireEvent, type WireHello } from '@tandem/contract'
import { vi } from 'vitest'
import { WebSocket } from 'ws'

/** A screen's connection to `/api/events`; every message is checked against the contract. */
export type Feed = {
  readonly events: readonly WireEvent[]
  /** The first event that fits, come or still to come. */
  heard<T extends WireEvent['type']>(
    type: T,
    fits?: (event: Extract<WireEvent, { type: T }>) => boolean,
  ): Promise<Extract<WireEvent, { type: T }>>
  hello(): Promise<WireHello>
  /** Asks whether the connection lives, and resolves when it is said. */
  ping(): Promise<true>
  closed(): Promise<number>
  close(): void
}

type Opening = {
  readonly token?: string
  readonly after?: number
  readonly headers?: { readonly [name: string]: string }
}

export function openFeed(address: string, { token, after, headers = {} }: Opening): Feed {
  const url = `${address.replace(/^http/, 'ws')}/api/events${after === undefined ? '' : `?after=${after}`}`
  const socket = new WebSocket(url, {
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
  })
  const events: WireEvent[] = []
  let greeting: WireHello | undefined
  let isPonged = false
  let closeCode: number | undefined
  socket.on('message', (data) => {
    const message: unknown = JSON.parse(String(data))
    if (greeting === undefined) greeting = hello.parse(message)
    else if (pong.safeParse(message).success) isPonged = true
    else events.push(event.parse(message))
  })
  socket.on('close', (code) => (closeCode = code))
  socket.on('error', () => undefined)
  const until = <T>(ask: () => T | undefined): Promise<T> =>
    vi.waitFor(
      () => {
        const value = ask()
        if (value === undefined) throw new Error(`not heard; so far: ${events.map(({ type }) => type).join(', ')}`)
        return value
      },
      { timeout: 10_000, interval: 10 },
    )
  return {
    events,
    heard: (type, fits = () => true) =>
      until(() => events.find((one) => one.type === type && fits(one as never)) as never),
    hello: () => until(() => greeting),
    ping: () => {
      isPonged = false
      socket.send(PING)
      return until(() => isPonged || undefined)
    },
    closed: () => until(() => closeCode),
    close: () => socket.close(),
  }
}
