import type { WireCall } from '@tandem/contract'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { playRingtone, ringScreen, serverNow, showMessage, useLiveState, type Ring } from '#session'

/** The end of the ring comes as an event; a page that hears none stops by itself so long after it. */
const UNTOLD_MS = 3000

type Heard = { readonly isHeard: boolean; readonly isTalking: boolean }

export type Ringing = {
  /** What to dial in order to answer; `undefined` until the server has said it. */
  readonly ring: Ring | undefined
  readonly isSilenced: boolean
  readonly silence: () => void
  /** The browser keeps the ringtone from sounding. */
  readonly isBlocked: boolean
  /** It has rung for as long as it may, and nobody has told us what became of it. */
  readonly isOver: boolean
}

/** This screen rings: heard, shown beside the page when nobody looks at it, and known to the caller. */
export function useRinging(call: WireCall, { isHeard, isTalking }: Heard): Ringing {
  const { t } = useTranslation()
  const ring = useRing(call.id)
  const [isSilenced, setSilenced] = useState(false)
  const [isBlocked, setBlocked] = useState(false)
  const isOver = useOver(ring?.ringsUntil)
  const sounds = isHeard && !isSilenced && !isOver
  useEffect(() => (sounds ? playRingtone(isTalking, setBlocked) : undefined), [sounds, isTalking])
  const title = t('incoming.calls', { name: call.from.name })
  const body = t('incoming.inApp')
  useEffect(() => {
    const show = () => void showMessage(call.id, { title, body, isRinging: true }).catch(() => undefined)
    show()
    document.addEventListener('visibilitychange', show)
    return () => document.removeEventListener('visibilitychange', show)
  }, [call.id, title, body])
  return { ring, isSilenced, silence: () => setSilenced(true), isBlocked, isOver }
}

/** Asked once, and anew whenever the connection to the server has come back: what it said before may no longer hold. */
function useRing(callId: string): Ring | undefined {
  const [ring, setRing] = useState<Ring>()
  const isOpen = useLiveState() === 'open'
  useEffect(() => {
    if (!isOpen) return
    let isCurrent = true
    // Refused: it is answered, or over, and an event says so; or answering asks once more.
    void ringScreen(callId)
      .then((told) => isCurrent && setRing(told))
      .catch(() => isCurrent && setRing(undefined))
    return () => void (isCurrent = false)
  }, [callId, isOpen])
  return ring
}

function useOver(ringsUntil: string | undefined): boolean {
  const [isOver, setOver] = useState(false)
  useEffect(() => {
    setOver(false)
    if (ringsUntil === undefined) return
    const timer = setTimeout(() => setOver(true), Date.parse(ringsUntil) + UNTOLD_MS - serverNow())
    return () => clearTimeout(timer)
  }, [ringsUntil])
  return isOver
}
