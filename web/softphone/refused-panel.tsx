import type { WireAlternative } from '@tandem/contract'
import { Ambulance, CircleSlash, Headset, MicOff, Phone, RotateCcw } from 'lucide-react'
import { useEffect, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { isPassing, type ApiProblem, type MicrophoneFault } from '#session'
import { Avatar, Button, buttonClass, useFormat, useProblemText } from '#ui'
import type { Flow } from './flow.ts'
import { Panel } from './panel.tsx'
import type { Target } from './target.ts'

export function PlacingPanel({ target, onCancel }: { readonly target: Target; readonly onCancel: () => void }) {
  const { t } = useTranslation()
  return (
    <Panel
      label={t('call.title')}
      onEscape={onCancel}
      data-call-state="placing"
      className="flex flex-1 flex-col items-center gap-3 p-6 pt-14 text-center"
    >
      <Avatar name={target.label} size="lg" />
      <p className="max-w-full text-xl font-semibold figures">{target.label}</p>
      <p role="status" className="text-soft">
        {t('call.state.placed')}
      </p>
      <Button className="mt-auto w-full max-w-72" onClick={onCancel}>
        {t('cancel')}
      </Button>
    </Panel>
  )
}

/** What may be otherwise in a moment. */
const MAY_PASS: ReadonlySet<string> = new Set(['no-route', 'too-many-calls', 'too-many-attempts'])

/** Why not, and what works instead. */
export function RefusedPanel({
  problem,
  target,
  flow,
}: {
  readonly problem: ApiProblem
  readonly target: Target
  readonly flow: Flow
}) {
  const { t } = useTranslation()
  const say = useProblemText()
  const emergency = problem.alternatives.find((each) => each.kind === 'native-dialler')
  if (problem.code === 'emergency-number' && emergency) return <EmergencyPanel digits={emergency.digits} flow={flow} />
  return (
    <Notice
      icon={<CircleSlash size={28} aria-hidden />}
      title={t('refused.title')}
      code={problem.code}
      onClose={flow.close}
    >
      <p className="font-medium figures">{target.label}</p>
      <p className="text-pretty">{say(problem.code, problem.params)}</p>
      <Alternatives
        alternatives={problem.alternatives.filter((each) => !isSaid(each, problem))}
        target={target}
        flow={flow}
      />
      <div className="mt-auto grid gap-2 pt-6">
        {(isPassing(problem) || MAY_PASS.has(problem.code)) && (
          <Button look="brand" icon={<RotateCcw size={16} aria-hidden />} onClick={() => flow.place(target)}>
            {t('tryAgain')}
          </Button>
        )}
        <Button onClick={flow.close}>{t('refused.back')}</Button>
      </div>
    </Notice>
  )
}

/** The sentence of the refusal names the time itself. */
const isSaid = ({ kind }: WireAlternative, { params }: ApiProblem): boolean =>
  kind === 'wait-until' && 'againAt' in params

type AlternativesProps = {
  readonly alternatives: readonly WireAlternative[]
  readonly target: Target
  readonly flow: Flow
}

function Alternatives({ alternatives, target, flow }: AlternativesProps) {
  const { t } = useTranslation()
  const format = useFormat()
  // On a desktop there is no dialler to hand the number to.
  const isPhone = matchMedia('(pointer: coarse)').matches
  return alternatives.map((alternative) => {
    switch (alternative.kind) {
      case 'wait-until':
        return (
          <p key={alternative.kind} className="text-soft">
            {t('refused.waitUntil', { time: format.dateTime(alternative.at) })}
          </p>
        )
      // The sentence of the refusal says it already, in the form that fits its reader.
      case 'ask-administrator':
        return null
      case 'native-dialler':
        return isPhone ? (
          <a key={alternative.kind} href={`tel:${alternative.digits}`} className={buttonClass('plain')}>
            <Phone size={16} aria-hidden />
            {t('refused.dialNative', { digits: alternative.digits })}
          </a>
        ) : null
      case 'call-in-app': {
        const inApp: Target = { kind: 'network', to: { memberId: alternative.memberId }, label: target.label }
        return (
          <Button
            key={alternative.kind}
            look="brand"
            icon={<Headset size={16} aria-hidden />}
            onClick={() => flow.place(inApp)}
          >
            {t('refused.callInApp')}
          </Button>
        )
      }
    }
  })
}

/** Never carried, never refused: the phone's own dialler, or the number so large that it is read across a room. */
function EmergencyPanel({ digits, flow }: { readonly digits: string; readonly flow: Flow }) {
  const { t } = useTranslation()
  const isPhone = matchMedia('(pointer: coarse)').matches
  const address = `tel:${digits}`
  useEffect(() => {
    if (isPhone) location.assign(address)
  }, [isPhone, address])
  return (
    <Notice
      icon={<Ambulance size={28} aria-hidden />}
      title={t('emergency.title')}
      code="emergency-number"
      onClose={flow.close}
    >
      <p className="text-base font-medium">{t(isPhone ? 'emergency.phone' : 'emergency.desktop')}</p>
      {isPhone ? (
        <a href={address} className={buttonClass('danger', 'h-20 rounded-card text-5xl font-bold figures')}>
          <Phone size={32} aria-hidden />
          <span className="sr-only">{t('refused.dialNative', { digits })}</span>
          <span aria-hidden>{digits}</span>
        </a>
      ) : (
        <p className="py-2 text-8xl font-bold leading-none text-danger figures">{digits}</p>
      )}
      <p className="text-pretty text-soft">{t('emergency.why')}</p>
      <div className="mt-auto grid pt-6">
        <Button onClick={flow.close}>{t('refused.back')}</Button>
      </div>
    </Notice>
  )
}

export function MicrophonePanel({
  fault,
  target,
  flow,
}: {
  readonly fault: MicrophoneFault
  readonly target: Target | null
  readonly flow: Flow
}) {
  const { t } = useTranslation()
  return (
    <Notice
      icon={<MicOff size={28} aria-hidden />}
      title={t('microphone.title')}
      code={`microphone-${fault}`}
      onClose={flow.close}
    >
      <p className="text-pretty">{t(`microphone.${fault}`)}</p>
      <div className="mt-auto grid gap-2 pt-6">
        {target && (
          <Button look="brand" icon={<RotateCcw size={16} aria-hidden />} onClick={() => flow.place(target)}>
            {t('tryAgain')}
          </Button>
        )}
        <Button onClick={flow.close}>{t('refused.back')}</Button>
      </div>
    </Notice>
  )
}

function Notice({
  icon,
  title,
  code,
  onClose,
  children,
}: {
  readonly onClose: () => void
  readonly icon: ReactNode
  readonly title: string
  readonly code: string
  readonly children: ReactNode
}) {
  return (
    <Panel
      label={title}
      onEscape={onClose}
      role="alert"
      data-refusal={code}
      className="flex flex-1 flex-col gap-3 p-6 pt-10 text-center"
    >
      <span className="mx-auto grid size-16 place-items-center rounded-full bg-danger-soft text-danger">{icon}</span>
      <h2 className="text-lg font-semibold">{title}</h2>
      {children}
    </Panel>
  )
}
