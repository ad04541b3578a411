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

const RETRY_MS = 1500
/** Gives what is under way the time to leave before the connection closes. */
const LINGER_MS = 500

/** A phone of the simulated network, from `open` until `close`. A ticket opens one connection: after a loss it asks for another. */
export class Line {
  readonly #number: string
  readonly #onState: (state: LineState) => void
  #state: LineState = { registration: 'connecting', call: null }
  #agent: UA | undefined
  #session: RTCSession | undefined
  #microphone: MediaStream | undefined
  #retry: ReturnType<typeof setTimeout> | undefined
  #isClosed = false

  constructor(number: string, onState: (state: LineState) => void) {
    this.#number = number
    this.#onState = onState
  }

  async open(): Promise<void> {
    try {
      const agent = await connectAgent({ door: '/carrier-sip', ...(await becomeHandset(this.#number)) }, true)
      if (this.#isClosed) return agent.stop()
      this.#agent = agent
      agent.on('newRTCSession', (event: { readonly session: RTCSession; readonly originator: string }) => {
        if (event.originator === 'remote') this.#ring(event.session)
      })
      agent.on('disconnected', () => this.#lose())
      this.#change({ registration: 'ready' })
    } catch {
      this.#lose()
    }
  }

  async answer(): Promise<void> {
    this.#microphone = await openMicrophone()
    if (this.#session) this.#session.answer(mediaOptions(this.#microphone))
    else closeMicrophone(this.#microphone)
  }

  reject(): void {
    this.#session?.terminate({ status_code: 603, reason_phrase: 'Decline' })
  }

  hangUp(): void {
    this.#session?.terminate()
  }

  press(key: string): void {
    if (!this.#session?.isEstablished()) return
    this.#session.sendDTMF(key)
    this.#changeCall(({ sent }) => ({ sent: sent + key }))
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#retry)
    if (this.#session && !this.#session.isEnded()) this.#session.terminate()
    this.#finish()
    const agent = this.#agent
    agent?.unregister()
    setTimeout(() => agent?.stop(), LINGER_MS)
  }

  #ring(session: RTCSession): void {
    if (this.#session) return session.terminate({ status_code: 486, reason_phrase: 'Busy Here' })
    this.#session = session
    this.#change({
      call: { from: session.remote_identity.uri.user, state: 'ringing', answeredAt: null, heard: '', sent: '' },
    })
    session.on('peerconnection', ({ peerconnection }: { readonly peerconnection: RTCPeerConnection }) =>
      peerconnection.addEventListener('track', ({ track, streams }) =>
        playRemote(streams[0] ?? new MediaStream([track])),
      ),
    )
    session.on('accepted', () => this.#changeCall(() => ({ state: 'talking', answeredAt: Date.now() })))
    session.on(
      'newDTMF',
      ({ originator, dtmf }: { readonly originator: string; readonly dtmf: { readonly tone: string } }) => {
        if (originator === 'remote') this.#changeCall(({ heard }) => ({ heard: heard + dtmf.tone }))
      },
    )
    session.on('ended', () => this.#finish())
    session.on('failed', () => this.#finish())
  }

  #finish(): void {
    this.#session = undefined
    closeMicrophone(this.#microphone)
    this.#microphone = undefined
    playRemote(null)
    this.#change({ call: null })
  }

  #lose(): void {
    if (this.#isClosed || this.#retry) return
    this.#agent?.stop()
    this.#agent = undefined
    this.#change({ registration: 'lost' })
    this.#retry = setTimeout(() => {
      this.#retry = undefined
      void this.open()
    }, RETRY_MS)
  }

  #changeCall(next: (call: HandsetCall) => Partial<HandsetCall>): void {
    const { call } = this.#state
    if (call) this.#change({ call: { ...call, ...next(call) } })
  }

  #change(next: Partial<LineState>): void {
    this.#state = { ...this.#state, ...next }
    if (!this.#isClosed) this.#onState(this.#state)
  }
}
