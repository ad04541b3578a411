import type { WireCall, WireEndReason } from '@tandem/contract'
import { Link } from '@tanstack/react-router'
import { Phone } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Avatar, Button, buttonClass, useEndAdvice, useFormat } from '#ui'
import type { Directory } from './directory.ts'
import type { Flow } from './flow.ts'
import { Others } from './other-calls.tsx'
import { Panel } from './panel.tsx'

const NORMAL: ReadonlySet<WireEndReason> = new Set(['hangup-caller', 'hangup-callee', 'cancelled'])

/** What became of the call, why, and what next. */
export function EndedPanel({
  call,
  directory,
  flow,
}: {
  readonly call: WireCall
  readonly directory: Directory
  readonly flow: Flow
}) {
  const { t } = useTranslation()
  const format = useFormat()
  const advise = useEndAdvice()
  const name = directory.nameOfCall(call)
  const reason = call.endReason
  const talkedMs = call.answeredAt && call.endedAt ? Date.parse(call.endedAt) - Date.parse(call.answeredAt) : null
  const to = call.to.memberId ? { memberId: call.to.memberId } : { number: call.to.number ?? '' }
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
          {reason ? t(`endReason.${reason}`) : t('call.state.ended')}
        </p>
        {talkedMs !== null && <p className="text-soft figures">{format.minutes(talkedMs)}</p>}
        {reason && !(NORMAL.has(reason) && reason !== 'cancelled') && (
          <p className="max-w-72 text-pretty text-soft">{advise(reason)}</p>
        )}
      </div>
      <div className="mt-auto grid w-full max-w-72 gap-2 pt-6">
        <Button look="brand" icon={<Phone size={18} aria-hidden />} onClick={() => flow.place({ to, label: name })}>
          {t('call.again')}
        </Button>
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
