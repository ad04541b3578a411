import type { WireDialIn } from '@tandem/contract'
import type { UA } from 'jssip'
import type { RTCSession } from 'jssip/lib/RTCSession'
import { useSyncExternalStore } from 'react'
import { addressOf, connectAgent, IN_SPEECH, mediaOptions } from './agent.ts'
import { closeMicrophone } from './microphone.ts'
import { playRemote } from './sound.ts'

/** The speech of a call that this tab carries. There may be two: one talks, one is on hold. */
export type Speech = {
  readonly callId: string
  /**
   * `open`: the engine has taken our INVITE, and sound gets through. `interrupted`: it had, and the network does not
   * carry it now.
   */
  readonly state: 'connecting' | 'open' | 'interrupted'
  readonly isMuted: boolean
  /** The engine has answered our INVITE with a 200. */
  readonly isAnswered: boolean
  /** Its SIP socket or its media are gone for good; only another INVITE (attach) helps. */
  readonly isLost: boolean
}

type Line = {
  speech: Speech
  microphone: MediaStream
  agent?: UA
  session?: RTCSession
  remote?: MediaStream
  /** It carried the call until this one does. */
  before?: Line
  isClosed?: boolean
}

const lines = new Map<string, Line>()
let told: readonly Speech[] = []
const listeners = new Set<() => void>()

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export const useSpeeches = (): readonly Speech[] => useSyncExternalStore(subscribe, () => told)

/** Whether this tab carries the call, or is about to. */
export const isCarried = (callId: string): boolean => lines.has(callId)

function tell(): void {
  told = [...lines.values()].map(({ speech }) => speech)
  for (const listener of listeners) listener()
}

function change(of: Line, next: Partial<Speech>): void {
  of.speech = { ...of.speech, ...next }
  if (isCurrent(of)) tell()
}

const isCurrent = (line: Line): boolean => lines.get(line.speech.callId) === line

export type NewSpeech = {
  readonly callId: string
  readonly dialIn: WireDialIn
  readonly microphone: MediaStream
  readonly isMuted: boolean
}

/**
 * INVITEs the call's own address. If this tab carries the call already, the old connection serves until the new one does.
 * Rejects when the exchange can't be reached.
 */
export async function openSpeech({ callId, dialIn, microphone, isMuted }: NewSpeech): Promise<void> {
  const before = lines.get(callId)
  const mine: Line = { speech: { callId, state: 'connecting', isMuted, isAnswered: false, isLost: false }, microphone }
  if (before) mine.before = before
  lines.set(callId, mine)
  tell()
  try {
    const agent = await connectAgent({ door: '/sip', ...dialIn }, false)
    mine.agent = agent
    if (mine.isClosed) return agent.stop()
    agent.on('disconnected', () => lose(mine))
    const session = agent.call(addressOf(dialIn.dial), mediaOptions(microphone))
    mine.session = session
    follow(mine, session)
    if (isMuted) session.mute({ audio: true })
  } catch (error) {
    if (isCurrent(mine)) lose(mine)
    throw error
  }
}

/** Whether the engine takes the INVITE of this call: resolves when it has, or when the speech is over or lost before. */
export const whetherAnswered = (callId: string): Promise<boolean> =>
  new Promise((resolve) => {
    const look = () => {
      const speech = lines.get(callId)?.speech
      if (speech && !speech.isAnswered && !speech.isLost) return
      listeners.delete(look)
      resolve(speech?.isAnswered === true)
    }
    listeners.add(look)
    look()
  })

function follow(mine: Line, session: RTCSession): void {
  const listen = (connection: RTCPeerConnection) => {
    connection.addEventListener('track', ({ track, streams }) => {
      mine.remote = streams[0] ?? new MediaStream([track])
      if (isCurrent(mine)) playRemote(mine.remote)
    })
    connection.addEventListener('iceconnectionstatechange', () => hearIce(mine, connection.iceConnectionState))
  }
  // An outgoing call has its connection before anybody can listen for the event.
  if (session.connection) listen(session.connection)
  else session.on('peerconnection', ({ peerconnection }) => listen(peerconnection))
  const opened = () => {
    if (mine.before) finish(mine.before)
    delete mine.before
    change(mine, { state: 'open' })
  }
  session.on('progress', opened)
  session.on('accepted', () => {
    opened()
    change(mine, { isAnswered: true })
  })
  session.on('ended', () => drop(mine))
  // Said by the engine: it does not want us. Said by nobody: the connection is gone.
  session.on('failed', ({ originator }) => (String(originator) === 'remote' ? refused(mine) : lose(mine)))
}

/** The connection before it may still carry sound. */
function refused(mine: Line): void {
  const { before } = mine
  if (!before || before.isClosed || !isCurrent(mine)) return drop(mine)
  delete mine.before
  lines.set(mine.speech.callId, before)
  finish(mine)
  change(before, { isLost: true })
}

function hearIce(mine: Line, state: RTCIceConnectionState): void {
  if (mine.isClosed) return
  if (state === 'failed') return lose(mine)
  if (state === 'disconnected') change(mine, { state: 'interrupted' })
  else if (mine.speech.state === 'interrupted' && (state === 'connected' || state === 'completed'))
    change(mine, { state: 'open' })
}

/** Sound may still get through, but nobody can tell us anything: the call has to be taken up anew. */
function lose(mine: Line): void {
  if (mine.isClosed || !isCurrent(mine)) return
  const hasSound = mine.session?.isEstablished() === true && mine.session.connection?.iceConnectionState !== 'failed'
  change(mine, { state: hasSound ? mine.speech.state : 'interrupted', isLost: true })
}

/** Nobody listens any more: a microphone that is open for nothing looks like one that is open for somebody. */
export function restMicrophone(callId: string): void {
  closeMicrophone(lines.get(callId)?.microphone)
}

/** The microphone of a call that is carried here, if it still listens. */
export function microphoneOf(callId: string): MediaStream | undefined {
  const microphone = lines.get(callId)?.microphone
  return microphone?.getTracks().some(({ readyState }) => readyState === 'live') ? microphone : undefined
}

/** Ends the speech here, whatever the network does: BYE or CANCEL, if it still carries one. */
export function closeSpeech(callId: string): void {
  const mine = lines.get(callId)
  if (mine) drop(mine)
}

function drop(mine: Line): void {
  if (isCurrent(mine)) {
    lines.delete(mine.speech.callId)
    // The call on hold, if there is one, is heard again.
    playRemote([...lines.values()].at(-1)?.remote ?? null)
    tell()
  }
  finish(mine)
}

function finish(mine: Line): void {
  if (mine.isClosed) return
  mine.isClosed = true
  // The connection that takes this one's place speaks into the same.
  const isShared = [...lines.values()].some((other) => other !== mine && other.microphone === mine.microphone)
  if (!isShared) closeMicrophone(mine.microphone)
  if (mine.before) finish(mine.before)
  const { session, agent } = mine
  try {
    if (session && !session.isEnded()) session.terminate()
  } catch (error) {
    console.warn('The end of the speech could not be told', error)
  }
  // Also when there was no way to say it.
  session?.connection?.close()
  // Gives a BYE that is under way the time to leave.
  setTimeout(() => agent?.stop(), 500)
}

/** Of two calls, the one that is heard. */
export function listenTo(callId: string): void {
  const line = lines.get(callId)
  if (!line) return
  lines.delete(callId)
  lines.set(callId, line)
  playRemote(line.remote ?? null)
}

export function setMuted(callId: string, isMuted: boolean): void {
  const line = lines.get(callId)
  if (!line) return
  if (isMuted) line.session?.mute({ audio: true })
  else line.session?.unmute({ audio: true })
  change(line, { isMuted })
}

/** `false`: this tab does not carry the speech, so it can't press keys in it. */
export function pressInSpeech(callId: string, digits: string): boolean {
  const line = lines.get(callId)
  if (!line?.session?.isEstablished() || line.speech.isLost) return false
  line.session.sendDTMF(digits, IN_SPEECH)
  return true
}

const RELOAD_MARK = 'tandem.carried'
/** A tab that is loaded again within this time goes on with the calls that it carried. */
const RELOAD_MS = 30_000

type Carried = { readonly callId: string; readonly isMuted: boolean }

// No BYE here: a reload is not a hang-up. A tab that never comes back is noticed by its silence.
window.addEventListener('pagehide', () => {
  if (lines.size === 0) return
  const calls = told.map(({ callId, isMuted }): Carried => ({ callId, isMuted }))
  sessionStorage.setItem(RELOAD_MARK, JSON.stringify({ calls, at: Date.now() }))
})

/** The calls that this tab carried until it was reloaded just now. Tells once. */
export function takeCarried(): readonly Carried[] {
  const mark = sessionStorage.getItem(RELOAD_MARK)
  sessionStorage.removeItem(RELOAD_MARK)
  if (!mark) return []
  const { calls = [], at }: { calls?: readonly Carried[]; at: number } = JSON.parse(mark)
  return Date.now() - at < RELOAD_MS ? calls : []
}
