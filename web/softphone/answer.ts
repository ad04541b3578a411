import type { WireCall } from '@tandem/contract'
import {
  ApiProblem,
  closeMicrophone,
  closeSpeech,
  openMicrophone,
  openSpeech,
  prepareAgent,
  ringScreen,
  whetherAnswered,
  type Ring,
} from '#session'

/**
 * Answers a call that rings: dials what this screen was told to dial. Refused, it is asked anew once, since the server may
 * be another by now. Resolves with whether this page talks; if not, the call's own state says why. Rejects with
 * `MicrophoneProblem` or `ApiProblem`.
 */
export async function answer({ id }: Pick<WireCall, 'id'>, known: Ring | undefined): Promise<boolean> {
  void prepareAgent()
  for (const ring of [known, undefined]) {
    // Asked first: who has to allow it takes his time, and the call waits for him.
    const microphone = await openMicrophone()
    const asked = ring ?? (await askFor(id, microphone))
    if (!asked) return false
    if (await dial(id, asked, microphone)) return true
  }
  return false
}

/** `undefined`: it rings no more. */
const askFor = (id: string, microphone: MediaStream): Promise<Ring | undefined> =>
  ringScreen(id).catch((error: unknown) => {
    closeMicrophone(microphone)
    if (error instanceof ApiProblem && OVER.has(error.code)) return undefined
    throw error
  })

const OVER: ReadonlySet<string> = new Set(['call-ended', 'call-not-ringing', 'not-found'])

async function dial(callId: string, { dialIn }: Ring, microphone: MediaStream): Promise<boolean> {
  await openSpeech({ callId, dialIn, microphone, isMuted: false }).catch(() => undefined)
  const isAnswered = await whetherAnswered(callId)
  // Whatever is left of it must not look like a call that goes on here.
  if (!isAnswered) closeSpeech(callId)
  return isAnswered
}
