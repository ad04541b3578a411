import type { WireCall } from '@tandem/contract'
import { useTranslation } from 'react-i18next'
import { Avatar, Button } from '#ui'
import type { Directory } from './directory.ts'
import type { Flow } from './flow.ts'
import { Panel } from './panel.tsx'

type Props = { readonly call: WireCall; readonly directory: Directory; readonly flow: Flow }

/** Over for whoever hung up, though the server could not be told yet. */
export function HungUpPanel({ call, directory, flow }: Props) {
  const { t } = useTranslation()
  const name = directory.nameOfCall(call)
  return (
    <Panel
      label={t('call.title')}
      onEscape={flow.close}
      data-call-id={call.id}
      data-call-state="hung-up"
      className="flex flex-1 flex-col items-center gap-2 p-5 pt-9 text-center"
    >
      <Avatar name={name} size="lg" />
      <h2 className="mt-3 max-w-full text-xl font-semibold figures">{name}</h2>
      <div role="status" className="grid gap-1">
        <p className="font-medium">{t('endReason.hangup-caller')}</p>
        <p className="max-w-72 text-pretty text-soft">{t('call.untold')}</p>
      </div>
      <Button className="mt-auto w-full max-w-72" onClick={flow.close}>
        {t('close')}
      </Button>
    </Panel>
  )
}
