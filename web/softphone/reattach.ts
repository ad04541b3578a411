import type { WireCall } from '@tandem/contract'
import { useEffect, useState } from 'react'
import { restMicrophone, useLiveState, useSpeeches, type Speech } from '#session'
import { attachAfterMs } from './decide.ts'

/** The server lets a silent browser go after 15 s; who was away for longer is not listened to. */
const REST_MS = 20_000

type Attach = (callId: string, isMuted: boolean) => Promise<void>

/** Takes up by itself the speech whose connection was lost, as soon as the server can be reached. */
export function useReattach(calls: readonly WireCall[], attach: Attach): void {
  const speeches = useSpeeches()
  const live = useLiveState()
  const [tries, setTries] = useState(0)
  const due = speeches
    .map((speech) => ({
      speech,
      afterMs: attachAfterMs({ speech, call: calls.find(({ id }) => id === speech.callId), live, tries }),
    }))
    .find(({ afterMs }) => afterMs !== null)
  const callId = due?.speech.callId
  const isMuted = due?.speech.isMuted ?? false
  const afterMs = due?.afterMs ?? 0
  useEffect(() => {
    if (callId === undefined) return setTries(0)
    const timer = setTimeout(() => {
      void attach(callId, isMuted)
        .catch(() => undefined)
        .finally(() => setTries((before) => before + 1))
    }, afterMs)
    return () => clearTimeout(timer)
  }, [callId, isMuted, afterMs, tries, attach])
  useRest(speeches)
}

/** A microphone that nobody can hear is closed after a while; taking the speech up again opens it. */
function useRest(speeches: readonly Speech[]): void {
  const silent = speeches
    .filter(({ state }) => state === 'interrupted')
    .map(({ callId }) => callId)
    .join(' ')
  useEffect(() => {
    if (!silent) return
    const timer = setTimeout(() => silent.split(' ').forEach(restMicrophone), REST_MS)
    return () => clearTimeout(timer)
  }, [silent])
}
