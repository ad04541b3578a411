import { event, hello, type WireEvent } from '@tandem/contract'

export type LiveState = 'connecting' | 'open' | 'lost'

export type LiveListener = {
  onEvent(event: WireEvent): void
  /** What was missed is no longer kept: load everything anew. */
  onReset(): void
  onState(state: LiveState): void
}

const FIRST_PAUSE_MS = 400
const LONGEST_PAUSE_MS = 8000

/**
 * Hears the server's events until it is closed. After a loss it connects again with growing pauses, and asks for what
 * it missed.
 */
export function openLive(listener: LiveListener): () => void {
  let socket: WebSocket | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let pauseMs = FIRST_PAUSE_MS
  let after: number | undefined
  let isClosed = false

  const connect = () => {
    clearTimeout(timer)
    timer = undefined
    if (isClosed || (socket && socket.readyState <= WebSocket.OPEN)) return
    const url = new URL(after === undefined ? '/api/events' : `/api/events?after=${after}`, location.href)
    url.protocol = url.protocol.replace('http', 'ws')
    socket = new WebSocket(url)
    socket.onmessage = ({ data }) => hear(String(data))
    socket.onclose = () => {
      if (isClosed) return
      listener.onState('lost')
      timer = setTimeout(connect, pauseMs * (0.75 + Math.random() / 2))
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
    }
  }

  const hear = (text: string) => {
    const message: unknown = JSON.parse(text)
    const first = hello.safeParse(message)
    if (first.success) {
      pauseMs = FIRST_PAUSE_MS
      // The first connection of a page has loaded everything just now.
      if (first.data.isReset && after !== undefined) listener.onReset()
      after ??= first.data.seq
      if (first.data.isReset) after = first.data.seq
      listener.onState('open')
      return
    }
    const said = event.safeParse(message)
    // A newer server may tell of things that this page does not know.
    if (!said.success) return
    after = Math.max(after ?? 0, said.data.seq)
    listener.onEvent(said.data)
  }

  listener.onState('connecting')
  connect()
  window.addEventListener('online', connect)
  document.addEventListener('visibilitychange', connect)
  return () => {
    isClosed = true
    clearTimeout(timer)
    window.removeEventListener('online', connect)
    document.removeEventListener('visibilitychange', connect)
    socket?.close()
  }
}
