import type { WireCall, WireEndReason, WireSession } from '@tandem/contract'
import { Link } from '@tanstack/react-router'
import { Headset, Phone } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { isFromMe } from '#session'
import { Avatar, Button, buttonClass, useFormat } from '#ui'
import type { Directory } from './directory.ts'
import { useEndWords } from './end-words.ts'
import type { Flow } from './flow.ts'
import { Others } from './other-calls.tsx'
import { Panel } from './panel.tsx'

const NORMAL: ReadonlySet<WireEndReason> = new Set(['hangup-caller', 'hangup-callee', 'cancelled'])

type Props = {
  readonly call: WireCall
  readonly session: WireSession
  readonly directory: Directory
  readonly flow: Flow
}

/** What became of the call, why, and what next. */
export function EndedPanel({ call, session, directory, flow }: Props) {
  const { t } = useTranslation()
  const format = useFormat()
  const words = useEndWords(session.memberId)
  const name = directory.nameOfCall(call)
  const { endReason: reason } = call
  const ended = reason && { ...call, endReason: reason }
  const talkedMs = call.answeredAt && call.endedAt ? Date.parse(call.endedAt) - Date.parse(call.answeredAt) : null
  return (
    <Panel
      label={t('call.title')}
      onEscape={flow.close}
      data-call-id={call.id}
      data-call-state="ended"
      data-end-reason={reason}
      className="flex flex-1 flex-col items-center gap-2 p-5 pt-9 text-center"
    >
      <div className="grid w-full gap-2 text-left">
        <Others flow={flow} directory={directory} />
      </div>
      <Avatar name={name} size="lg" />
      <h2 className="mt-3 max-w-full text-xl font-semibold figures">{name}</h2>
      <div role="status" className="grid gap-1">
        <p className={reason && !NORMAL.has(reason) ? 'font-medium text-danger' : 'font-medium'}>
          {ended ? words.reason(ended, name) : t('call.state.ended')}
        </p>
        {talkedMs !== null && <p className="text-soft figures">{format.minutes(talkedMs)}</p>}
        {ended && !(NORMAL.has(ended.endReason) && ended.endReason !== 'cancelled') && (
          <p className="max-w-72 text-pretty text-soft">{words.advice(ended, name)}</p>
        )}
      </div>
      <div className="mt-auto grid w-full max-w-72 gap-2 pt-6">
        <NextCalls call={call} isFromMe={isFromMe(call, session.memberId)} directory={directory} flow={flow} />
        <Link to="/calls/$id" params={{ id: call.id }} className={buttonClass('plain')}>
          {t('call.record')}
        </Link>
        <Button look="quiet" onClick={flow.close}>
          {t('close')}
        </Button>
      </div>
    </Panel>
  )
}

type NextProps = Omit<Props, 'session'> & { readonly isFromMe: boolean }

/** The best way to the other one first: who is not reachable in the app may have a phone. */
function NextCalls({ call, isFromMe: isOwn, directory, flow }: NextProps) {
  const { t } = useTranslation()
  const again = directory.targetOfCall(call)
  const isUnanswered = call.kind === 'network' && !call.answeredAt
  const phone = isUnanswered && 'memberId' in again.to ? directory.phoneOf(again.to.memberId) : null
  const isPhoneFirst = isOwn && call.endReason === 'unreachable' && phone !== null
  const isInApp = call.kind === 'network'
  const label = isOwn ? (isInApp ? 'call.inAppAgain' : 'call.again') : 'call.back'
  const ways = [
    {
      target: again,
      text: t(label),
      icon: isInApp ? <Headset size={18} aria-hidden /> : <Phone size={18} aria-hidden />,
    },
    ...(phone ? [{ target: phone, text: t('call.phone'), icon: <Phone size={18} aria-hidden /> }] : []),
  ]
  return (isPhoneFirst ? ways.toReversed() : ways).map(({ target, text, icon }, index) => (
    <Button key={text} look={index === 0 ? 'brand' : 'plain'} icon={icon} onClick={() => flow.place(target)}>
      {text}
    </Button>
  ))
}
