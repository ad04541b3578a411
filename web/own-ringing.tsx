import { useEffect, useRef, useState } from 'react'
import { BellRing, Square } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import {
  ApiProblem,
  keepRingtone,
  mayChooseSpeaker,
  playRingtone,
  ringtone,
  turnPushOff,
  turnPushOn,
  usePush,
  type Ringtone,
} from '#session'
import { Banner, Button, Choice, useProblemText } from '#ui'

/** How this browser rings: which of its speakers, how loud, and whether it does while no page of ours is open. */
export function OwnRinging() {
  const { t } = useTranslation()
  return (
    <section aria-label={t('ringing.title')} className="grid gap-4">
      <h3 className="font-semibold">{t('ringing.title')}</h3>
      <OwnRingtone />
      <OwnPush />
    </section>
  )
}

function OwnRingtone() {
  const { t } = useTranslation()
  const [chosen, setChosen] = useState(ringtone)
  const speakers = useSpeakers()
  const { isPlaying, play, stop } = useTrial()
  const choose = (change: Partial<Ringtone>) => {
    const next = { ...chosen, ...change }
    setChosen(next)
    keepRingtone(next)
    if (isPlaying) play()
  }
  return (
    <>
      {mayChooseSpeaker() && (
        <Choice
          label={t('ringing.device')}
          value={speakers.some(({ deviceId }) => deviceId === chosen.deviceId) ? chosen.deviceId : ''}
          hint={speakers.length === 0 ? t('ringing.deviceHint') : undefined}
          options={[
            { value: '', label: t('ringing.defaultDevice') },
            ...speakers.map(({ deviceId, label }, index) => ({
              value: deviceId,
              label: label || t('ringing.unnamedDevice', { number: index + 1 }),
            })),
          ]}
          onChange={(event) => choose({ deviceId: event.target.value })}
        />
      )}
      <label className="grid gap-1 text-sm font-medium">
        {t('ringing.volume')}
        <input
          type="range"
          min={0}
          max={100}
          step={5}
          value={chosen.volume}
          onChange={(event) => choose({ volume: Number(event.target.value) })}
          className="min-h-control w-full accent-brand"
        />
      </label>
      <Button
        className="justify-self-start"
        icon={isPlaying ? <Square size={16} aria-hidden /> : <BellRing size={16} aria-hidden />}
        onClick={isPlaying ? stop : play}
      >
        {t(isPlaying ? 'ringing.stop' : 'ringing.play')}
      </Button>
    </>
  )
}

function useTrial() {
  const [isPlaying, setPlaying] = useState(false)
  const silence = useRef<() => void>(undefined)
  useEffect(() => () => silence.current?.(), [])
  const play = () => {
    silence.current?.()
    silence.current = playRingtone(false, () => undefined)
    setPlaying(true)
  }
  const stop = () => {
    silence.current?.()
    setPlaying(false)
  }
  return { isPlaying, play, stop }
}

/** None before the browser may use the microphone: it names no devices to a page that nobody trusts. */
function useSpeakers(): readonly MediaDeviceInfo[] {
  const [speakers, setSpeakers] = useState<readonly MediaDeviceInfo[]>([])
  useEffect(() => {
    // Offered to secure pages only.
    const devices = navigator.mediaDevices as MediaDevices | undefined
    const look = () =>
      void devices?.enumerateDevices().then((all) => {
        const isOwn = ({ kind, deviceId }: MediaDeviceInfo) =>
          kind === 'audiooutput' && deviceId !== '' && deviceId !== 'default'
        setSpeakers(all.filter(isOwn))
      })
    look()
    devices?.addEventListener('devicechange', look)
    return () => devices?.removeEventListener('devicechange', look)
  }, [])
  return speakers
}

function OwnPush() {
  const { t } = useTranslation()
  const { state, changed } = usePush()
  const [isBusy, setBusy] = useState(false)
  const say = useProblemText()
  const [fault, setFault] = useState<string | null>(null)
  if (!state) return null
  const turn = async () => {
    setBusy(true)
    setFault(null)
    await (state === 'on' ? turnPushOff() : turnPushOn()).catch((error: unknown) => {
      console.warn('Ringing while closed could not be switched', error)
      setFault(error instanceof ApiProblem ? say(error.code, error.params) : t('ringing.failed'))
    })
    await changed()
    setBusy(false)
  }
  return (
    <div className="grid gap-2" data-push={state}>
      <p className="text-sm font-medium">{t('ringing.push')}</p>
      <p role="status" className="text-pretty text-xs text-soft">
        {t(`ringing.state.${state}`)}
      </p>
      {fault && (
        <Banner tone="bad" isUrgent>
          {fault}
        </Banner>
      )}
      {state !== 'unsupported' && (
        <Button className="justify-self-start" disabled={isBusy} onClick={() => void turn()}>
          {t(state === 'on' ? 'ringing.turnOff' : state === 'blocked' ? 'tryAgain' : 'ringing.turnOn')}
        </Button>
      )}
    </div>
  )
}
