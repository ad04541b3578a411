import type { UA } from 'jssip'
import type { RTCSession } from 'jssip/lib/RTCSession'
import { becomeHandset, closeMicrophone, connectAgent, mediaOptions, openMicrophone, playRemote } from '#session'

/** What the demo's phone does, as its screen shows it. */
export type LineState = {
  readonly registration: 'connecting' | 'ready' | 'lost'
  readonly call: HandsetCall | null
}

export type HandsetCall = {
  readonly from: string
  readonly state: 'ringing' | 'talking'
  /** ms since the epoch. */
  readonly answeredAt: number | null
  /** Keys that the other side pressed. */
  readonly heard: string
  readonly sent: string
}

export type Line = {
  answer(): Promise<void>
  reject(): void
  hangUp(): void
  press(key: string): void
  close(): void
}

const RETRY_MS = 1500

/** A phone of the simulated network, until it is closed. A ticket opens one connection: after a loss it asks for another. */
export function openLine(number: string, onState: (state: LineState) => void): Line {
  let state: LineState = { registration: 'connecting', call: null }
  let agent: UA | undefined
  let session: RTCSession | undefined
  let microphone: MediaStream | undefined
  let retry: ReturnType<typeof setTimeout> | undefined
  let isClosed = false

  const change = (next: Partial<LineState>) => {
    state = { ...state, ...next }
    if (!isClosed) onState(state)
  }
  const changeCall = (next: Partial<HandsetCall>) => state.call && change({ call: { ...state.call, ...next } })

  const connect = async () => {
    try {
      const connected = await connectAgent({ door: '/carrier-sip', ...(await becomeHandset(number)) }, true)
      if (isClosed) return connected.stop()
      agent = connected
      agent.on('newRTCSession', (event: { session: RTCSession; originator: string }) => {
        if (event.originator === 'remote') ring(event.session)
      })
      agent.on('disconnected', lose)
      change({ registration: 'ready' })
    } catch {
      lose()
    }
  }

  const lose = () => {
    if (isClosed || retry) return
    agent?.stop()
    agent = undefined
    change({ registration: 'lost' })
    retry = setTimeout(() => {
      retry = undefined
      void connect()
    }, RETRY_MS)
  }

  const ring = (next: RTCSession) => {
    if (session) return next.terminate({ status_code: 486, reason_phrase: 'Busy Here' })
    session = next
    change({ call: { from: next.remote_identity.uri.user, state: 'ringing', answeredAt: null, heard: '', sent: '' } })
    next.on('peerconnection', ({ peerconnection }: { peerconnection: RTCPeerConnection }) =>
      peerconnection.addEventListener('track', ({ track, streams }) => playRemote(streams[0] ?? new MediaStream([track]))),
    )
    next.on('accepted', () => changeCall({ state: 'talking', answeredAt: Date.now() }))
    next.on('newDTMF', (event: { originator: string; dtmf: { tone: string } }) => {
      if (event.originator === 'remote') changeCall({ heard: (state.call?.heard ?? '') + event.dtmf.tone })
    })
    next.on('ended', () => finish())
    next.on('failed', () => finish())
  }

  const finish = () => {
    session = undefined
    closeMicrophone(microphone)
    microphone = undefined
    playRemote(null)
    change({ call: null })
  }

  void connect()
  return {
    async answer() {
      microphone = await openMicrophone()
      if (session) session.answer(mediaOptions(microphone))
      else closeMicrophone(microphone)
    },
    reject: () => session?.terminate({ status_code: 603, reason_phrase: 'Decline' }),
    hangUp: () => session?.terminate(),
    press(key) {
      if (!session?.isEstablished()) return
      session.sendDTMF(key)
      changeCall({ sent: (state.call?.sent ?? '') + key })
    },
    close() {
      isClosed = true
      clearTimeout(retry)
      if (session && !session.isEnded()) session.terminate()
      finish()
      agent?.unregister()
      // Gives what is under way the time to leave.
      setTimeout(() => agent?.stop(), 500)
    },
  }
}
