import type { WireCall } from '@tandem/contract'
import { useQueryClient } from '@tanstack/react-query'
import { Grid3x3, MicOff, Pause, PhoneOff } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  ApiProblem,
  applyCall,
  holdCall,
  pressInSpeech,
  resumeCall,
  sendDigitsToCall,
  setMuted,
  type Speech,
} from '#session'
import { Button, Keypad, RoundButton, useProblemText, notice } from '#ui'

type Props = {
  readonly call: WireCall
  readonly speech: Speech | undefined
  readonly isKeypad: boolean
  readonly onKeypad: (isOpen: boolean) => void
  readonly onHangUp: () => Promise<void>
}

export function CallControls({ call, speech, isKeypad, onKeypad, onHangUp }: Props) {
  const { t } = useTranslation()
  const [isEnding, setEnding] = useState(false)
  const toggleHold = useHold(call)
  const isConnected = call.state === 'connected'
  return (
    <div className="mt-auto grid gap-3">
      {isKeypad && <CallKeypad call={call} onClose={() => onKeypad(false)} />}
      <div className="mx-auto grid w-full max-w-72 grid-cols-3">
        <RoundButton
          label={t('call.mute')}
          isOn={speech?.isMuted ?? false}
          disabled={!speech}
          onClick={() => setMuted(!speech?.isMuted)}
          icon={<MicOff size={22} aria-hidden />}
        >
          {t('call.mute')}
        </RoundButton>
        <RoundButton
          label={t('call.hold')}
          isOn={call.isOnHold}
          disabled={!isConnected}
          onClick={toggleHold}
          icon={<Pause size={22} aria-hidden />}
        >
          {t('call.hold')}
        </RoundButton>
        <RoundButton
          label={t('call.keypad')}
          isOn={isKeypad}
          // The engine takes keys from the answer on; before it they would be lost.
          disabled={!isConnected}
          onClick={() => onKeypad(!isKeypad)}
          icon={<Grid3x3 size={22} aria-hidden />}
        >
          {t('call.keypad')}
        </RoundButton>
      </div>
      <Button
        look="danger"
        disabled={isEnding}
        // A short screen scrolls under it: hanging up is always one tap away.
        className="sticky bottom-18 z-10 mx-auto h-13 w-full max-w-72 rounded-full text-base lg:bottom-2"
        icon={<PhoneOff size={20} aria-hidden />}
        onClick={() => {
          setEnding(true)
          void onHangUp()
        }}
      >
        {t(isEnding ? 'call.ending' : 'call.hangUp')}
      </Button>
    </div>
  )
}

function useHold(call: WireCall): () => void {
  const client = useQueryClient()
  const say = useProblemText()
  return () => {
    const asked = call.isOnHold ? resumeCall(call.id) : holdCall(call.id)
    asked
      .then((next) => applyCall(client, next))
      .catch((error: unknown) => {
        if (error instanceof ApiProblem) notice.failed(say(error.code, error.params))
        else throw error
      })
  }
}

/** Keys of the screen and of the keyboard; Esc closes. */
function CallKeypad({ call, onClose }: { readonly call: WireCall; readonly onClose: () => void }) {
  const { t } = useTranslation()
  const [sent, setSent] = useState('')
  const { id } = call
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape') onClose()
      if (/^[0-9*#]$/.test(event.key)) press(event.key)
    }
    const press = (key: string) => {
      pressKey(id, key)
      setSent((before) => before + key)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [id, onClose])
  return (
    <div className="grid gap-2">
      <output aria-label={t('call.digits')} className="h-7 truncate text-center text-lg figures">
        {sent}
      </output>
      <Keypad
        label={t('call.keypad')}
        isDense
        onPress={(key) => {
          pressKey(id, key)
          setSent(sent + key)
        }}
      />
    </div>
  )
}

/** In the speech if it is here; else the engine presses it. */
function pressKey(callId: string, key: string): void {
  if (!pressInSpeech(key)) void sendDigitsToCall(callId, key).catch(() => undefined)
}
