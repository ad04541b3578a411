import { Link, Outlet, useLocation } from '@tanstack/react-router'
import { Building2, CircleSlash, Network, PhoneOutgoing, ReceiptText, Timer, Users } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'

/** The administrator's pages: their list at the side, above on a narrow screen. */
export function ConsoleFrame() {
  const { t } = useTranslation('console')
  const { pathname } = useLocation()
  const nav = useRef<HTMLElement>(null)
  // On a narrow screen the sections are wider than it: the one that is open is brought into view.
  useEffect(() => {
    nav.current?.querySelector('[aria-current=page]')?.scrollIntoView({ inline: 'center', block: 'nearest' })
  }, [pathname])
  const sections = [
    { to: '/console/members', label: t('members.title'), icon: <Users size={17} aria-hidden /> },
    { to: '/console/departments', label: t('departments.title'), icon: <Network size={17} aria-hidden /> },
    { to: '/console/pools', label: t('pools.title'), icon: <Timer size={17} aria-hidden /> },
    { to: '/console/records', label: t('records.title'), icon: <ReceiptText size={17} aria-hidden /> },
    { to: '/console/refusals', label: t('refusals.title'), icon: <CircleSlash size={17} aria-hidden /> },
    { to: '/console/offer', label: t('offer.title'), icon: <PhoneOutgoing size={17} aria-hidden /> },
    { to: '/console/organization', label: t('organization.title'), icon: <Building2 size={17} aria-hidden /> },
  ] as const
  return (
    <div className="flex flex-1 flex-col md:flex-row">
      <nav
        ref={nav}
        aria-label={t('sections')}
        className="flex shrink-0 gap-1 overflow-x-auto border-b border-line bg-surface p-2 md:sticky md:top-14 md:h-[calc(100dvh-3.5rem)] md:w-52 md:flex-col md:border-b-0 md:border-r md:p-3"
      >
        {sections.map(({ to, label, icon }) => (
          <Link
            key={to}
            to={to}
            className="flex min-h-control shrink-0 items-center gap-2.5 whitespace-nowrap rounded-control px-3 text-soft hover:bg-sunken hover:text-ink"
            activeProps={{ className: 'bg-brand-soft font-medium text-brand-strong!' }}
          >
            {icon}
            {label}
          </Link>
        ))}
      </nav>
      <div className="min-w-0 flex-1 p-3 sm:p-5">
        <div className="mx-auto max-w-6xl">
          <Outlet />
        </div>
      </div>
    </div>
  )
}
