import { useSyncExternalStore } from 'react'
import { hangUpCall } from './actions.ts'
import { ApiProblem, isPassing, type FailureCode } from './problem.ts'
import { closeSpeech } from './sip/speech.ts'

/** A call that somebody hung up in this page; kept as long as the page, since a late answer may still tell of it as live. */
export type HangUp = {
  /** ms since the epoch, by this machine's clock. */
  readonly at: number
  /** The server has not heard of it yet. */
  readonly isUntold: boolean
}

const AGAIN_MS = 1500

let hangUps: ReadonlyMap<string, HangUp> = new Map()
const listeners = new Set<() => void>()
const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** By call. For whoever hung up these calls are over, whatever the network does. */
export const useHangUps = (): ReadonlyMap<string, HangUp> => useSyncExternalStore(subscribe, () => hangUps)

function note(callId: string, hangUp: HangUp | null): void {
  const next = new Map(hangUps)
  if (hangUp) next.set(callId, hangUp)
  else next.delete(callId)
  hangUps = next
  for (const listener of listeners) listener()
}

const OTHER_TABS = 'tandem.hung-up'
/** Another tab may carry the speech; it needs no network to hear of it. */
window.addEventListener('storage', ({ key, newValue }) => {
  if (key === OTHER_TABS && newValue) closeSpeech(newValue)
})

/**
 * Ends the speech at once, here and in other tabs, and tells the server for as long as it takes. Resolves when the server
 * knows, or with the code by which it said no; then the call goes on, and may be hung up again.
 */
export async function hangUp(callId: string): Promise<FailureCode | undefined> {
  const at = Date.now()
  note(callId, { at, isUntold: true })
  closeSpeech(callId)
  localStorage.setItem(OTHER_TABS, callId)
  for (;;) {
    try {
      await hangUpCall(callId)
      break
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      // Over already, or no longer ours to see.
      if (error.code === 'call-ended' || error.code === 'not-found') break
      if (!isPassing(error)) {
        note(callId, null)
        return error.code
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    }
  }
  note(callId, { at, isUntold: false })
  return undefined
}
