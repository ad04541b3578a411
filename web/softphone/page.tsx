import type { WireSession } from '@tandem/contract'
import { useQuery } from '@tanstack/react-query'
import clsx from 'clsx'
import { Clock, Grid3x3, Users } from 'lucide-react'
import { lazy, Suspense, useEffect, useState, useSyncExternalStore, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { keepEmergencyPlan, missedQuery } from '#session'
import { Card } from '#ui'
import { CallPanel } from './call-panel.tsx'
import { DialPanel } from './dial-panel.tsx'
import { useDirectory } from './directory.ts'
import { useFlow } from './flow.ts'
import { People } from './people.tsx'
import { Recents } from './recents.tsx'
import { MicrophonePanel, PlacingPanel, RefusedPanel } from './refused-panel.tsx'

const AnotherCall = lazy(() =>
  import('./another-call.tsx').then(({ AnotherCall: component }) => ({ default: component })),
)

type Tab = 'dial' | 'people' | 'recents'

/** A member's phone: three panes side by side, or one at a time on a narrow screen. */
export function SoftphonePage({ session }: { readonly session: WireSession }) {
  const { t } = useTranslation()
  const [tab, setTab] = useState<Tab>('dial')
  const directory = useDirectory(session)
  const flow = useFlow(session.memberId)
  const isWide = useWide()
  const { scene } = flow
  // What was refused is still in the box, to be corrected; what was placed is not.
  const [typed, setTyped] = useState('')
  useEffect(() => {
    if (scene.kind === 'call') setTyped('')
  }, [scene.kind])
  useEffect(() => keepEmergencyPlan(session), [session])

  // Whatever happens to a call is seen at once, also from another tab of a narrow screen.
  useEffect(() => {
    if (scene.kind !== 'idle') setTab('dial')
  }, [scene])

  const phone = (): ReactNode => {
    switch (scene.kind) {
      case 'idle':
        return <DialPanel barredBy={session.barredBy} text={typed} onText={setTyped} onCall={flow.place} />
      case 'placing':
        return <PlacingPanel target={scene.target} onCancel={flow.cancel} />
      case 'call':
        return (
          <CallPanel key={scene.callId} callId={scene.callId} session={session} directory={directory} flow={flow} />
        )
      case 'refused':
        return <RefusedPanel problem={scene.problem} target={scene.target} flow={flow} />
      case 'no-microphone':
        return <MicrophonePanel fault={scene.fault} target={scene.target} flow={flow} />
    }
  }

  // Placed, as all that scrolls: what is in it for the ear only must not make the page itself longer.
  const pane = (name: Tab) =>
    clsx(
      tab === name ? 'flex' : 'hidden',
      'relative min-h-0 flex-col lg:flex lg:h-[calc(100dvh-5.5rem)] lg:overflow-y-auto',
    )
  return (
    <div className="mx-auto grid w-full max-w-7xl flex-1 grid-cols-1 items-stretch gap-4 p-3 pb-20 sm:p-4 sm:pb-20 lg:items-start lg:grid-cols-[22rem_minmax(0,1fr)_minmax(0,1fr)] lg:pb-4">
      <h1 className="sr-only">{t('nav.phone')}</h1>
      <Card className={pane('dial')}>{phone()}</Card>
      <Card className={pane('people')}>
        <People directory={directory} onCall={flow.place} />
      </Card>
      <Card className={pane('recents')}>
        <Recents session={session} directory={directory} isShown={isWide || tab === 'recents'} onCall={flow.place} />
      </Card>
      <TabBar tab={tab} onTab={setTab} />
      <Suspense>{flow.question && <AnotherCall question={flow.question} directory={directory} flow={flow} />}</Suspense>
    </div>
  )
}

/** All three panes are in view; the same breakpoint as the layout's. */
const WIDE = '(width >= 64rem)'

const useWide = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      const query = matchMedia(WIDE)
      query.addEventListener('change', listener)
      return () => query.removeEventListener('change', listener)
    },
    () => matchMedia(WIDE).matches,
  )

/** So many, or more: the server counts no further. */
const MOST = 100

function TabBar({ tab, onTab }: { readonly tab: Tab; readonly onTab: (tab: Tab) => void }) {
  const { t } = useTranslation()
  const missed = useQuery(missedQuery).data?.count ?? 0
  const tabs = [
    { name: 'dial', label: t('dial.title'), icon: <Grid3x3 size={20} aria-hidden />, count: 0 },
    { name: 'people', label: t('people.title'), icon: <Users size={20} aria-hidden />, count: 0 },
    { name: 'recents', label: t('recents.title'), icon: <Clock size={20} aria-hidden />, count: missed },
  ] as const
  return (
    <nav
      aria-label={t('nav.sections')}
      className="fixed inset-x-0 bottom-0 z-20 grid grid-cols-3 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] lg:hidden"
    >
      {tabs.map(({ name, label, icon, count }) => (
        <button
          key={name}
          type="button"
          aria-current={tab === name ? 'page' : undefined}
          onClick={() => onTab(name)}
          className={clsx(
            'grid min-h-14 content-center justify-items-center gap-0.5 text-xs -outline-offset-2',
            tab === name ? 'font-medium text-brand' : 'text-soft',
          )}
        >
          <span className="relative">
            {icon}
            {count > 0 && (
              <span
                data-testid="missed"
                className="absolute -top-1.5 left-3 grid min-w-4.5 place-items-center rounded-full bg-danger px-1 text-2xs font-semibold text-on-danger figures"
              >
                <span aria-hidden>{count >= MOST ? `${MOST - 1}+` : count}</span>
                <span className="sr-only">{t('recents.missedNumber', { number: count })}</span>
              </span>
            )}
          </span>
          {label}
        </button>
      ))}
    </nav>
  )
}
