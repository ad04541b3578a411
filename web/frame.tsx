import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router'
import { ChevronDown, LayoutDashboard, LogOut, Phone, PhoneCall, Smartphone, UserRoundCog, WifiOff } from 'lucide-react'
import { lazy, Suspense, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { WireSession } from '@tandem/contract'
import {
  changeOwn,
  isMine,
  isSignedOut,
  keys,
  leavePush,
  liveCallsQuery,
  missedQuery,
  renewPush,
  sessionQuery,
  signOut,
  useHangUps,
  useLive,
  useTalkable,
  type LiveState,
} from '#session'
import {
  Avatar,
  Badge,
  Banner,
  buttonClass,
  chooseLanguage,
  LanguageMenu,
  Menu,
  MenuItem,
  MenuSeparator,
  PlaceContext,
  ReaderContext,
  useFormat,
  useMissedInTitle,
  type Language,
} from '#ui'
import { Incoming } from './softphone/incoming.tsx'
import { UndisturbedButton, UndisturbedItems } from './undisturbed.tsx'

/** What every page of a signed-in member has around it. */
export function MemberFrame() {
  const session = useQuery(sessionQuery)
  const navigate = useNavigate()
  const live = useLive()
  const isOut = isSignedOut(session.error)
  useEffect(() => {
    if (isOut) void navigate({ to: '/sign-in' })
  }, [isOut, navigate])
  const missed = useQuery(missedQuery).data?.count ?? 0
  useMissedInTitle(missed)
  useEffect(() => void renewPush().catch(() => undefined), [])
  if (!session.data) return null
  return (
    <PlaceContext value={session.data.organization}>
      <ReaderContext value={session.data.role}>
        <div className="flex min-h-dvh flex-col" data-live={live}>
          <Header session={session.data} />
          <Lost state={live} />
          <LiveCallBar session={session.data} />
          <main className="flex flex-1 flex-col">
            <Outlet />
          </main>
          <Incoming session={session.data} />
        </div>
      </ReaderContext>
    </PlaceContext>
  )
}

const MINUTE = 60_000

function Header({ session }: { readonly session: WireSession }) {
  const format = useFormat()
  const left = useTalkable(session.memberId)
  const { t } = useTranslation()
  const keepLanguage = useOwnLanguage(session)
  return (
    <header className="sticky top-0 z-30 flex h-14 items-center gap-2 border-b border-line bg-surface px-3 sm:px-4">
      <Link to="/" className="flex min-h-control min-w-0 items-center gap-2.5 rounded-control pr-2">
        <img src="/icon.svg" alt="" className="size-7" />
        <span className="truncate font-semibold max-[26rem]:sr-only">{session.organization.name}</span>
      </Link>
      <span className="flex-1" />
      {left !== undefined && (
        <Badge tone={left >= 10 * MINUTE ? 'good' : left > 0 ? 'warn' : 'bad'}>
          <span className="figures" data-testid="minutes-left" data-ms={left}>
            {left > 0 && left < MINUTE
              ? t('dial.underMinute')
              : t('dial.minutesLeft', { minutes: format.wholeMinutes(left) })}
          </span>
        </Badge>
      )}
      <UndisturbedButton session={session} />
      <LanguageMenu onChosen={keepLanguage} />
      <AccountMenu session={session} />
    </header>
  )
}

/** The language that he chose goes with him to every browser; what he chooses here is kept for the next one. */
function useOwnLanguage(session: WireSession): (language: Language) => void {
  const client = useQueryClient()
  const own = session.language
  useEffect(() => {
    if (own) void chooseLanguage(own)
  }, [own])
  return (language) => {
    client.setQueryData<WireSession>(keys.session, { ...session, language })
    // Chosen in this browser in any case; where it can't be kept now, it is chosen again.
    void changeOwn({ language }).catch(() => undefined)
  }
}

const OwnAccount = lazy(() => import('./own-account.tsx').then((module) => ({ default: module.OwnAccount })))

function AccountMenu({ session }: { readonly session: WireSession }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const client = useQueryClient()
  const [isOwn, setOwn] = useState(false)
  const leave = async () => {
    await leavePush()
    await signOut().catch(() => undefined)
    client.clear()
    await navigate({ to: '/sign-in' })
  }
  return (
    <>
      <Menu
        trigger={
          <button type="button" className={buttonClass('quiet', 'px-1.5')}>
            <span className="sr-only">{t('nav.account')}</span>
            <Avatar name={session.name} />
            <span className="max-w-40 truncate max-sm:sr-only">{session.name}</span>
            <ChevronDown size={16} aria-hidden className="hidden sm:block" />
          </button>
        }
      >
        <MenuItem icon={<Phone size={17} aria-hidden />} onClick={() => void navigate({ to: '/' })}>
          {t('nav.phone')}
        </MenuItem>
        {session.role === 'administrator' && (
          <MenuItem
            icon={<LayoutDashboard size={17} aria-hidden />}
            onClick={() => void navigate({ to: '/console/members' })}
          >
            {t('nav.console')}
          </MenuItem>
        )}
        {session.isDemo && (
          <MenuItem
            icon={<Smartphone size={17} aria-hidden />}
            onClick={() => window.open('/handset', '_blank', 'noopener')}
          >
            {t('nav.handset')}
          </MenuItem>
        )}
        <MenuSeparator />
        <UndisturbedItems session={session} />
        <MenuSeparator />
        <MenuItem icon={<UserRoundCog size={17} aria-hidden />} onClick={() => setOwn(true)}>
          {t('account.title')}
        </MenuItem>
        <MenuItem icon={<LogOut size={17} aria-hidden />} onClick={() => void leave()}>
          {t('nav.signOut')}
        </MenuItem>
      </Menu>
      <Suspense>{isOwn && <OwnAccount session={session} onClose={() => setOwn(false)} />}</Suspense>
    </>
  )
}

/** A page that is loading has no connection yet. */
const PATIENCE_MS = 2000

function Lost({ state }: { readonly state: LiveState }) {
  const { t } = useTranslation()
  const [isShown, setShown] = useState(false)
  useEffect(() => {
    if (state !== 'connecting') return setShown(state === 'lost')
    const timer = setTimeout(() => setShown(true), PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [state])
  if (!isShown) return null
  return (
    <div className="px-3 pt-3 sm:px-4">
      <Banner tone="warn" icon={<WifiOff size={18} aria-hidden />}>
        {t('live.lost')}
      </Banner>
    </div>
  )
}

/** Away from the phone's page, a call that goes on is one tap away. */
function LiveCallBar({ session }: { readonly session: WireSession }) {
  const { t } = useTranslation()
  const { pathname } = useLocation()
  const calls = useQuery({ ...liveCallsQuery, queryKey: keys.liveCalls }).data ?? []
  const hangUps = useHangUps()
  const mine = calls.find((call) => isMine(call, session.memberId) && !hangUps.has(call.id))
  if (!mine || pathname === '/') return null
  return (
    <Link
      to="/"
      className="flex min-h-control items-center justify-center gap-2 bg-brand px-4 font-medium text-on-brand"
    >
      <PhoneCall size={17} aria-hidden />
      {t('live.returnToCall')}
    </Link>
  )
}
