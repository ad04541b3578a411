import { Phone as PhoneIcon, PhoneOff, Smartphone } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { MicrophoneProblem, playCadence, RING } from '#session'
import { Avatar, Badge, Button, Keypad, Timer, usePhoneNumber, notice } from '#ui'
import { Line, type HandsetCall, type LineState } from './line.ts'

type Props = { readonly number: string; readonly owner: string | undefined; readonly onPutDown: () => void }

export function Phone({ number, owner, onPutDown }: Props) {
  const { t } = useTranslation('handset')
  const write = usePhoneNumber()
  const [state, setState] = useState<LineState>({ registration: 'connecting', call: null })
  const line = useRef<Line>(undefined)
  useEffect(() => {
    const opened = new Line(number, setState)
    line.current = opened
    void opened.open()
    return () => opened.close()
  }, [number])
  const isRinging = state.call?.state === 'ringing'
  useEffect(() => (isRinging ? playCadence(RING) : undefined), [isRinging])
  return (
    <section
      aria-label={t('phone')}
      data-handset={number}
      data-registration={state.registration}
      data-call-state={state.call?.state ?? 'idle'}
      className="flex flex-1 flex-col"
    >
      <header className="flex items-center gap-2 border-b border-line px-4 py-3">
        <div className="min-w-0 flex-1">
          <p className="truncate font-semibold">{owner ?? t('phone')}</p>
          <p className="text-xs text-soft figures">{write(number)}</p>
        </div>
        <Badge tone={state.registration === 'ready' ? 'good' : 'warn'}>{t(`registration.${state.registration}`)}</Badge>
      </header>
      {state.call ? <Conversation call={state.call} line={line} /> : <Waiting onPutDown={onPutDown} />}
    </section>
  )
}

function Waiting({ onPutDown }: { readonly onPutDown: () => void }) {
  const { t } = useTranslation('handset')
  return (
    <div className="flex flex-1 flex-col items-center justify-center gap-3 p-6 text-center">
      <span className="grid size-20 place-items-center rounded-full bg-sunken text-soft">
        <Smartphone size={32} aria-hidden />
      </span>
      <p className="font-medium">{t('waiting')}</p>
      <p className="max-w-64 text-pretty text-soft">{t('waitingHint')}</p>
      <Button className="mt-4" onClick={onPutDown}>
        {t('other')}
      </Button>
    </div>
  )
}

function Conversation({
  call,
  line,
}: {
  readonly call: HandsetCall
  readonly line: React.RefObject<Line | undefined>
}) {
  const { t } = useTranslation(['handset', 'app'])
  const write = usePhoneNumber()
  const from = write(call.from)
  const answer = () =>
    line.current?.answer().catch((error: unknown) => {
      if (!(error instanceof MicrophoneProblem)) throw error
      notice.failed(t(`app:microphone.${error.fault}`))
    })
  const [answerButton, talk] = useFocusOf(call.state)
  if (call.state === 'ringing') {
    return (
      <div
        role="alertdialog"
        aria-label={t('incoming', { from })}
        className="flex flex-1 flex-col items-center gap-3 p-6 pt-14 text-center"
      >
        <span className="rounded-full animate-ring">
          <Avatar name={from} size="lg" />
        </span>
        <p className="mt-2 text-xl font-semibold figures">{from}</p>
        <p className="text-soft">{t('calls')}</p>
        <div className="mt-auto grid w-full max-w-72 grid-cols-2 gap-3">
          <Button
            look="danger"
            className="h-13 rounded-full"
            icon={<PhoneOff size={18} aria-hidden />}
            onClick={() => line.current?.reject()}
          >
            {t('reject')}
          </Button>
          <Button
            look="brand"
            ref={answerButton}
            className="h-13 rounded-full"
            icon={<PhoneIcon size={18} aria-hidden />}
            onClick={() => void answer()}
          >
            {t('answer')}
          </Button>
        </div>
      </div>
    )
  }
  return (
    <div ref={talk} tabIndex={-1} className="flex flex-1 flex-col items-center gap-3 p-5 text-center outline-none">
      <p className="pt-2 text-lg font-semibold figures">{from}</p>
      <p className="text-2xl font-light">{call.answeredAt && <Timer since={call.answeredAt} now={Date.now} />}</p>
      <dl className="grid min-h-12 w-full max-w-72 grid-cols-[auto_1fr] gap-x-3 text-left">
        <dt className="text-soft">{t('heard')}</dt>
        <dd data-testid="heard-digits" className="truncate font-medium figures">
          {call.heard}
        </dd>
        <dt className="text-soft">{t('sent')}</dt>
        <dd className="truncate figures">{call.sent}</dd>
      </dl>
      <Keypad label={t('app:call.keypad')} onPress={(key) => line.current?.press(key)} />
      <Button
        look="danger"
        className="mt-auto h-13 w-full max-w-72 rounded-full"
        icon={<PhoneOff size={18} aria-hidden />}
        onClick={() => line.current?.hangUp()}
      >
        {t('app:call.hangUp')}
      </Button>
    </div>
  )
}

/**
 * Gives the focus to the button that answers, then to the talk: not to a button of it, since who answers with Enter must
 * not hang up with the next one. The phone is seen from its top: the list below it may have been scrolled to.
 */
function useFocusOf(state: HandsetCall['state']) {
  const answerButton = useRef<HTMLButtonElement>(null)
  const talk = useRef<HTMLDivElement>(null)
  useEffect(() => {
    window.scrollTo(0, 0)
    ;(answerButton.current ?? talk.current)?.focus({ preventScroll: true })
  }, [state])
  return [answerButton, talk] as const
}
