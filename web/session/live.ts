import { event, hello, PING, type WireEvent, type WireHello } from '@tandem/contract'
import { useSyncExternalStore } from 'react'

export type LiveState = 'connecting' | 'open' | 'lost'

export type LiveListener = {
  onEvent(event: WireEvent): void
  /** What was missed is no longer kept: load everything anew. */
  onReset(): void
  onState(state: LiveState): void
}

const FIRST_PAUSE_MS = 400
const LONGEST_PAUSE_MS = 4000
/** A browser notices a dead network after minutes, so the page asks by itself. */
const PING_EVERY_MS = 1000
/** Nothing heard for so long, not even an answer to our pings: the connection is lost. With a look, less than 5 s. */
const SILENT_MS = 3500

let known: LiveState = 'connecting'
const watchers = new Set<() => void>()
const watch = (watcher: () => void) => {
  watchers.add(watcher)
  return () => void watchers.delete(watcher)
}
export const useLiveState = (): LiveState => useSyncExternalStore(watch, () => known)

/**
 * Hears the server's events until it is closed. A connection that is closed, silent or without a network is lost; it
 * connects again with growing pauses, and asks for what it missed.
 */
export function openLive(listener: LiveListener): () => void {
  const feed = new Feed(listener)
  const connect = () => feed.connect()
  const lose = () => feed.lose()
  feed.open()
  const heart = setInterval(() => feed.beat(), PING_EVERY_MS)
  window.addEventListener('online', connect)
  window.addEventListener('offline', lose)
  document.addEventListener('visibilitychange', connect)
  return () => {
    clearInterval(heart)
    window.removeEventListener('online', connect)
    window.removeEventListener('offline', lose)
    document.removeEventListener('visibilitychange', connect)
    feed.close()
  }
}

class Feed {
  readonly #listener: LiveListener
  #socket: WebSocket | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #pauseMs = FIRST_PAUSE_MS
  #after: number | undefined
  #heardAt = 0
  #beatAt = Date.now()
  #isClosed = false

  constructor(listener: LiveListener) {
    this.#listener = listener
  }

  open(): void {
    this.#tell('connecting')
    this.connect()
  }

  connect(): void {
    clearTimeout(this.#timer)
    if (this.#isClosed || this.#socket) return
    const after = this.#after === undefined ? '' : `?after=${this.#after}`
    const url = new URL(`/api/events${after}`, location.href)
    url.protocol = url.protocol.replace('http', 'ws')
    const socket = new WebSocket(url)
    this.#socket = socket
    this.#heardAt = Date.now()
    socket.onmessage = ({ data }) => socket === this.#socket && this.#hear(String(data))
    socket.onclose = () => socket === this.#socket && this.lose()
  }

  /** The socket's own `close` may come minutes later: it is left to itself. */
  lose(): void {
    const dead = this.#socket
    this.#socket = undefined
    dead?.close()
    if (this.#isClosed) return
    this.#tell('lost')
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.connect(), this.#pauseMs * (0.75 + Math.random() / 2))
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS)
  }

  beat(): void {
    const now = Date.now()
    // A page that was asleep did not listen either: it asks first.
    if (now - this.#beatAt > SILENT_MS) this.#heardAt = now
    this.#beatAt = now
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(PING)
    if (this.#socket && now - this.#heardAt > SILENT_MS) this.lose()
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.lose()
  }

  #hear(text: string): void {
    this.#heardAt = Date.now()
    const message: unknown = JSON.parse(text)
    const first = hello.safeParse(message)
    if (first.success) return this.#greet(first.data)
    const said = event.safeParse(message)
    // A pong, or a newer server that tells of things that this page does not know.
    if (!said.success) return
    this.#after = Math.max(this.#after ?? 0, said.data.seq)
    this.#listener.onEvent(said.data)
  }

  #greet({ seq, isReset }: WireHello): void {
    this.#pauseMs = FIRST_PAUSE_MS
    // The first connection of a page has loaded everything just now.
    if (isReset && this.#after !== undefined) this.#listener.onReset()
    this.#after = isReset ? seq : (this.#after ?? seq)
    this.#tell('open')
  }

  #tell(state: LiveState): void {
    known = state
    for (const watcher of watchers) watcher()
    this.#listener.onState(state)
  }
}
