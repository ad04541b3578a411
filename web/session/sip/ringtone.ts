import { CALL_WAITING, playCadence, RING, type Cadence } from './sound.ts'

/** How this browser rings; kept in it. */
export type Ringtone = {
  /** Of an audio output; empty: the browser's own. */
  readonly deviceId: string
  /** 0 (silent) to 100. */
  readonly volume: number
}

const KEPT_AS = 'tandem.ringtone'
const AS_IT_COMES: Ringtone = { deviceId: '', volume: 70 }
const LOUDEST = 0.4

export function ringtone(): Ringtone {
  try {
    return { ...AS_IT_COMES, ...(JSON.parse(localStorage.getItem(KEPT_AS) ?? '{}') as Partial<Ringtone>) }
  } catch {
    return AS_IT_COMES
  }
}

export const keepRingtone = (chosen: Ringtone): void => localStorage.setItem(KEPT_AS, JSON.stringify(chosen))

/** Not in TypeScript's library yet: https://webaudio.github.io/web-audio-api/#dom-audiocontext-setsinkid */
type WithSink = AudioContext & { setSinkId?: (id: string) => Promise<void> }

export const mayChooseSpeaker = (): boolean => 'setSinkId' in AudioContext.prototype

let context: WithSink | undefined
let sink = ''

/** Not the one of the talk: a ringtone is heard in the room, the other party in the headset. */
async function ringer(deviceId: string): Promise<AudioContext> {
  context ??= new AudioContext()
  if (context.setSinkId && deviceId !== sink) {
    // A device that is unplugged: the browser's own is better than silence.
    const isSet = await context.setSinkId(deviceId).then(
      () => true,
      () => context!.setSinkId?.('').then(() => false),
    )
    sink = isSet ? deviceId : ''
  }
  return context
}

/**
 * Rings until it is stopped; softly, by two beeps, while somebody talks. `onBlocked` hears whether the browser keeps it
 * silent: it lets no page sound before somebody has touched it. Of several pages of one browser, one sounds.
 */
export function playRingtone(isTalking: boolean, onBlocked: (isSo: boolean) => void): () => void {
  const over = new AbortController()
  const { deviceId, volume } = ringtone()
  const level = isTalking ? CALL_WAITING.level : LOUDEST * (volume / 100) ** 2
  const cadence = { ...(isTalking ? CALL_WAITING : RING), level }
  const ring = async () => {
    const through = await ringer(deviceId)
    // Before it is this page's turn: one that is kept silent must not keep others from sounding.
    await running(through, over.signal, onBlocked)
    if (!over.signal.aborted) await oneOfThePages(() => sound(cadence, through, over.signal), over.signal)
  }
  void ring().catch((error: unknown) => {
    if (!over.signal.aborted) console.warn('The ringtone could not be played', error)
  })
  return () => over.abort()
}

async function sound(cadence: Cadence, through: AudioContext, over: AbortSignal): Promise<void> {
  if (over.aborted) return
  const stop = playCadence(cadence, through)
  await new Promise((resolve) => over.addEventListener('abort', resolve))
  stop()
}

/** Resolves when it may sound, or when nothing rings any more. */
async function running(through: AudioContext, over: AbortSignal, onBlocked: (isSo: boolean) => void): Promise<void> {
  if (through.state === 'running') return
  void through.resume()
  const hint = setTimeout(() => onBlocked(through.state !== 'running'), 400)
  await new Promise<void>((resolve) => {
    through.addEventListener('statechange', () => through.state === 'running' && resolve(), { signal: over })
    over.addEventListener('abort', () => resolve())
    for (const gesture of ['pointerdown', 'keydown'])
      window.addEventListener(gesture, () => void through.resume(), { signal: over })
  })
  clearTimeout(hint)
  onBlocked(false)
}

async function oneOfThePages(sound: () => Promise<void>, signal: AbortSignal): Promise<void> {
  // Browsers offer it to secure pages only.
  const locks = navigator.locks as LockManager | undefined
  if (locks) await locks.request('tandem.ringtone', { signal }, sound)
  else await sound()
}
