import type { WireDialIn } from '@tandem/contract'
import type { UA } from 'jssip'
import type { RTCSession } from 'jssip/lib/RTCSession'
import { useSyncExternalStore } from 'react'
import { addressOf, connectAgent, IN_SPEECH, mediaOptions } from './agent.ts'
import { closeMicrophone } from './microphone.ts'
import { playRemote } from './sound.ts'

/** The speech of a call, while this tab carries it. There is one at most. */
export type Speech = {
  readonly callId: string
  /** `open`: the engine has taken our INVITE. */
  readonly state: 'connecting' | 'open'
  readonly isMuted: boolean
}

type Line = { speech: Speech; microphone: MediaStream; agent?: UA; session?: RTCSession }

let line: Line | undefined
const listeners = new Set<() => void>()

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export const useSpeech = (): Speech | undefined => useSyncExternalStore(subscribe, () => line?.speech)

function change(of: Line, next: Partial<Speech>): void {
  if (line !== of) return
  of.speech = { ...of.speech, ...next }
  for (const listener of listeners) listener()
}

export type NewSpeech = {
  readonly callId: string
  readonly dialIn: WireDialIn
  readonly microphone: MediaStream
  readonly isMuted: boolean
}

/** INVITEs the call's own address. Rejects when the exchange can't be reached. */
export async function openSpeech({ callId, dialIn, microphone, isMuted }: NewSpeech): Promise<void> {
  closeSpeech()
  const mine: Line = { speech: { callId, state: 'connecting', isMuted }, microphone }
  line = mine
  change(mine, {})
  try {
    const agent = await connectAgent({ door: '/sip', ...dialIn }, false)
    mine.agent = agent
    if (line !== mine) return agent.stop()
    const session = agent.call(addressOf(dialIn.dial), mediaOptions(microphone))
    mine.session = session
    follow(mine, session)
    if (isMuted) session.mute({ audio: true })
  } catch (error) {
    if (line === mine) closeSpeech()
    throw error
  }
}

function follow(mine: Line, session: RTCSession): void {
  const listen = (connection: RTCPeerConnection) => {
    connection.addEventListener('track', ({ track, streams }) => playRemote(streams[0] ?? new MediaStream([track])))
  }
  // An outgoing call has its connection before anybody can listen for the event.
  if (session.connection) listen(session.connection)
  else session.on('peerconnection', ({ peerconnection }) => listen(peerconnection))
  session.on('progress', () => change(mine, { state: 'open' }))
  session.on('accepted', () => change(mine, { state: 'open' }))
  session.on('ended', () => drop(mine))
  session.on('failed', () => drop(mine))
}

/** Ends the speech here: BYE or CANCEL, if the engine has not ended it already. */
export function closeSpeech(): void {
  const mine = line
  if (!mine) return
  if (mine.session && !mine.session.isEnded()) mine.session.terminate()
  drop(mine)
}

/** The call is over: so is its speech, if this tab carries it. */
export function endSpeechOf(callId: string): void {
  if (line?.speech.callId === callId) closeSpeech()
}

function drop(mine: Line): void {
  closeMicrophone(mine.microphone)
  // Gives a BYE that is under way the time to leave.
  setTimeout(() => mine.agent?.stop(), 500)
  if (line !== mine) return
  line = undefined
  playRemote(null)
  for (const listener of listeners) listener()
}

export function setMuted(isMuted: boolean): void {
  if (!line) return
  if (isMuted) line.session?.mute({ audio: true })
  else line.session?.unmute({ audio: true })
  change(line, { isMuted })
}

/** `false`: this tab does not carry the speech, so it can't press keys in it. */
export function pressInSpeech(digits: string): boolean {
  if (!line?.session?.isEstablished()) return false
  line.session.sendDTMF(digits, IN_SPEECH)
  return true
}

const RELOAD_MARK = 'tandem.carried'
/** A tab that is loaded again within this time goes on with the call that it carried. */
const RELOAD_MS = 30_000

// No BYE here: a reload is not a hang-up. A tab that never comes back is noticed by its silence.
window.addEventListener('pagehide', () => {
  if (!line) return
  const { callId, isMuted } = line.speech
  sessionStorage.setItem(RELOAD_MARK, JSON.stringify({ callId, isMuted, at: Date.now() }))
})

/** The call that this tab carried until it was reloaded just now. Tells once. */
export function takeCarried(): { readonly callId: string; readonly isMuted: boolean } | undefined {
  const mark = sessionStorage.getItem(RELOAD_MARK)
  sessionStorage.removeItem(RELOAD_MARK)
  if (!mark) return undefined
  const carried: { callId: string; isMuted: boolean; at: number } = JSON.parse(mark)
  return Date.now() - carried.at < RELOAD_MS ? carried : undefined
}
