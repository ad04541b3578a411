import type { WireCall, WireSession } from '@tandem/contract'
import { useQuery } from '@tanstack/react-query'
import clsx from 'clsx'
import { Hourglass, Volume2, WifiOff } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  callQuery,
  isFromMe,
  MicrophoneProblem,
  playCadence,
  RING_BACK,
  serverNow,
  useHangUps,
  useLiveState,
  useSpeeches,
  useTalkable,
  type HangUp,
  type Speech,
} from '#session'
import { Avatar, Banner, Button, Countdown, Loading, Timer, useFormat, notice } from '#ui'
import { CallControls } from './call-controls.tsx'
import type { Directory } from './directory.ts'
import { endingOf, OVER_MS, type Ending } from './decide.ts'
import { EndedPanel } from './ended-panel.tsx'
import type { Flow } from './flow.ts'
import { HungUpPanel } from './hung-up-panel.tsx'
import { Others } from './other-calls.tsx'
import { Panel } from './panel.tsx'

type Props = {
  readonly callId: string
  readonly session: WireSession
  readonly directory: Directory
  readonly flow: Flow
}

/** One call, as the server tells it; the speech is here or in another tab. */
export function CallPanel({ callId, session, directory, flow }: Props) {
  const { t } = useTranslation()
  const call = useQuery(callQuery(callId)).data
  const speech = useSpeeches().find((each) => each.callId === callId)
  const ending = useEnding(useHangUps().get(callId))
  const [isKeypad, setKeypad] = useState(false)
  useRingBack(call?.state === 'ringing' && isFromMe(call, session.memberId) && speech !== undefined)
  if (!call) return <Loading label={t('loading')} />
  if (call.state === 'ended') return <EndedPanel call={call} session={session} directory={directory} flow={flow} />
  if (ending === 'over') return <HungUpPanel call={call} directory={directory} flow={flow} />
  return (
    <Panel
      label={t('call.title')}
      onEscape={isKeypad ? () => setKeypad(false) : undefined}
      data-call-id={call.id}
      data-call-state={call.state}
      data-speech={speech?.state ?? 'elsewhere'}
      className="flex flex-1 flex-col gap-3 p-5"
    >
      <Others flow={flow} directory={directory} />
      <Party call={call} directory={directory} isCompact={isKeypad} />
      <Standing call={call} name={directory.nameOfCall(call)} memberId={session.memberId} isCompact={isKeypad} />
      {ending === 'none' && <Notices call={call} speech={speech} flow={flow} />}
      <CallControls call={call} speech={speech} isKeypad={isKeypad} onKeypad={setKeypad} isEnding={ending !== 'none'} />
    </Panel>
  )
}

type PartyProps = { readonly call: WireCall; readonly directory: Directory; readonly isCompact: boolean }

function Party({ call, directory, isCompact }: PartyProps) {
  const { t } = useTranslation()
  const name = directory.nameOfCall(call)
  const number = call.to.number ? directory.write(call.to.number) : t('people.hiddenNumber')
  const about = call.kind === 'network' ? t('call.inApp') : number
  const isRinging = call.state === 'ringing' || call.state === 'calling'
  return (
    <div className={clsx('grid justify-items-center gap-1 text-center', isCompact ? 'pt-0' : 'pt-4 short:pt-0')}>
      {/* A short screen has room for the keypad or the portrait. */}
      <span className={clsx(isRinging && 'rounded-full animate-ring', isCompact ? 'hidden' : 'mb-3 short:hidden')}>
        <Avatar name={name} size="lg" />
      </span>
      <h2 className="max-w-full text-xl font-semibold figures">{name}</h2>
      {name !== about && !isCompact && <p className="text-soft figures">{about}</p>}
    </div>
  )
}

type StandingProps = {
  readonly call: WireCall
  /** Of the other one. */
  readonly name: string
  readonly memberId: string
  readonly isCompact: boolean
}

/** State, time, and what is left (which the page's head shows too, when there is no room). */
function Standing({ call, name, memberId, isCompact }: StandingProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const talkable = useTalkable(memberId)
  const isInApp = call.kind === 'network'
  // Inside the app nothing is counted.
  const left = isInApp ? undefined : talkable
  const state = isInApp && call.state === 'calling' ? t('call.reaching', { name }) : t(`call.state.${call.state}`)
  return (
    <div
      className={clsx(
        'justify-center justify-items-center text-center',
        isCompact ? 'flex items-baseline gap-3' : 'grid gap-0.5',
      )}
    >
      <p aria-live="polite" className="font-medium">
        {call.isOnHold ? t('call.onHold') : state}
      </p>
      <p className="h-8 text-2xl font-light">
        {call.answeredAt && <Timer since={Date.parse(call.answeredAt)} now={serverNow} />}
      </p>
      {left !== undefined && !isCompact && (
        <p className="text-xs text-soft figures">
          {left > 0 && left < 60_000
            ? t('dial.underMinute')
            : t('dial.minutesLeft', { minutes: format.wholeMinutes(left) })}
        </p>
      )}
    </div>
  )
}

function Notices({
  call,
  speech,
  flow,
}: {
  readonly call: WireCall
  readonly speech: Speech | undefined
  readonly flow: Flow
}) {
  const { t } = useTranslation()
  const isElsewhere = useSettled(speech === undefined)
  const continueHere = () =>
    flow
      .continueHere(call.id)
      .catch((error: unknown) =>
        notice.failed(error instanceof MicrophoneProblem ? t(`microphone.${error.fault}`) : t('call.speechLost')),
      )
  return (
    <>
      {call.isLastMinute && call.paidUntil && (
        <Banner tone="warn" isUrgent icon={<Hourglass size={18} aria-hidden />}>
          {t('call.lastMinute')}{' '}
          <strong>
            <Countdown until={Date.parse(call.paidUntil)} now={serverNow} />
          </strong>
        </Banner>
      )}
      {speech?.state === 'interrupted' && (
        <Banner tone="warn" isUrgent icon={<WifiOff size={18} aria-hidden />}>
          {t('call.interrupted')}
        </Banner>
      )}
      {isElsewhere && (
        <Banner
          tone="info"
          icon={<Volume2 size={18} aria-hidden />}
          action={
            <Button look="brand" onClick={() => void continueHere()}>
              {t('call.continueHere')}
            </Button>
          }
        >
          {t('call.elsewhere')}
        </Banner>
      )}
    </>
  )
}

/** The local ring-back tone: where the network sends its own, the state is `early-media`. */
function useRingBack(isOn: boolean): void {
  useEffect(() => (isOn ? playCadence(RING_BACK) : undefined), [isOn])
}

/** Looks again when the server has had its time. */
function useEnding(hangUp: HangUp | undefined): Ending {
  const live = useLiveState()
  const [now, setNow] = useState(Date.now)
  const at = hangUp?.at
  useEffect(() => {
    setNow(Date.now())
    if (at === undefined) return
    const timer = setTimeout(() => setNow(Date.now()), at + OVER_MS + 50 - Date.now())
    return () => clearTimeout(timer)
  }, [at])
  return endingOf(hangUp, { live, now })
}

const SETTLE_MS = 1200

/** True once it has been so for a while: a speech that is being connected is not said to be elsewhere. */
function useSettled(isSo: boolean): boolean {
  const [isSettled, setSettled] = useState(false)
  useEffect(() => {
    if (!isSo) return setSettled(false)
    const timer = setTimeout(() => setSettled(true), SETTLE_MS)
    return () => clearTimeout(timer)
  }, [isSo])
  return isSo && isSettled
}
