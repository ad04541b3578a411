import type { WireCall } from '@tandem/contract'
import { Grid3x3, MicOff, Pause, PhoneOff } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { hangUp, pressInSpeech, sendDigitsToCall, setMuted, type Speech } from '#session'
import { Button, Keypad, RoundButton, useProblemText, notice } from '#ui'
import { useHold } from './hold.ts'

type Props = {
  readonly call: WireCall
  readonly speech: Speech | undefined
  readonly isKeypad: boolean
  readonly onKeypad: (isOpen: boolean) => void
  readonly isEnding: boolean
}

export function CallControls({ call, speech, isKeypad, onKeypad, isEnding }: Props) {
  const { t } = useTranslation()
  const end = useHangUp(call.id)
  const hold = useHold()
  const isConnected = call.state === 'connected'
  return (
    <>
      <div className="mt-auto grid gap-3">
        {isKeypad && <CallKeypad call={call} />}
        <div className="mx-auto grid w-full max-w-72 grid-cols-3">
          <RoundButton
            label={t('call.mute')}
            isOn={speech?.isMuted ?? false}
            disabled={!speech}
            onClick={() => setMuted(call.id, !speech?.isMuted)}
            icon={<MicOff size={22} aria-hidden />}
          >
            {t('call.mute')}
          </RoundButton>
          <RoundButton
            label={t('call.hold')}
            isOn={call.isOnHold}
            disabled={!isConnected}
            onClick={() => void hold(call, !call.isOnHold)}
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
      </div>
      <Button
        look="danger"
        disabled={isEnding}
        // A short screen scrolls under it: hanging up is always one tap away. It stays within what is around it, so it is
        // the panel's own child.
        className="sticky bottom-18 z-10 mx-auto h-13 w-full max-w-72 shrink-0 rounded-full text-base lg:bottom-2"
        icon={<PhoneOff size={20} aria-hidden />}
        onClick={end}
      >
        {t(isEnding ? 'call.ending' : 'call.hangUp')}
      </Button>
    </>
  )
}

/** A hang-up that was refused says why; the button works again. */
function useHangUp(callId: string): () => void {
  const say = useProblemText()
  return () => void hangUp(callId).then((code) => code && notice.failed(say(code)))
}

/** Keys of the screen and of the keyboard. */
function CallKeypad({ call }: { readonly call: WireCall }) {
  const { t } = useTranslation()
  const [sent, setSent] = useState('')
  const { id } = call
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (/^[0-9*#]$/.test(event.key)) press(event.key)
    }
    const press = (key: string) => {
      pressKey(id, key)
      setSent((before) => before + key)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [id])
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
  if (!pressInSpeech(callId, key)) void sendDigitsToCall(callId, key).catch(() => undefined)
}
