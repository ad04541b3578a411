import type { WireRecord, WireSession } from '@tandem/contract'
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import clsx from 'clsx'
import { Clock, Headset, Phone, PhoneIncoming, PhoneMissed, PhoneOff, PhoneOutgoing } from 'lucide-react'
import { useEffect, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { isFromMe, keys, missedQuery, recordsQuery, seeMissed } from '#session'
import { Badge, Button, EmptyState, formatClock, IconButton, Loading, useFormat } from '#ui'
import type { Directory } from './directory.ts'
import { isMissed, useEndWords } from './end-words.ts'
import type { Target } from './target.ts'
import { Unread } from './unread.tsx'

type Props = {
  readonly session: WireSession
  readonly directory: Directory
  /** The list can be seen: on a narrow screen, it is the one that is open. */
  readonly isShown: boolean
  readonly onCall: (target: Target) => void
}

export function Recents({ session, directory, isShown, onCall }: Props) {
  const { t } = useTranslation()
  const records = useInfiniteQuery(recordsQuery({ memberId: session.memberId }))
  const rows = records.data?.pages.flatMap((page) => page.items) ?? []
  const missed = useQuery(missedQuery).data?.count ?? 0
  useSeen(rows, isShown)
  return (
    <>
      <h2 className="flex items-center gap-2 p-4 pb-2 text-base font-semibold">
        {t('recents.title')}
        {missed > 0 && <Badge tone="bad">{t('recents.missedNumber', { number: missed })}</Badge>}
      </h2>
      {records.isPending && <Loading label={t('loading')} />}
      {records.isLoadingError && <Unread error={records.error} onTry={() => void records.refetch()} />}
      {records.isSuccess && rows.length === 0 && (
        <EmptyState icon={<Clock size={20} aria-hidden />} title={t('recents.empty')}>
          {t('recents.emptyHint')}
        </EmptyState>
      )}
      <ul aria-label={t('recents.title')} className="pb-2">
        {rows.map((record) => (
          <li key={record.id} className="flex items-center pr-2 hover:bg-sunken">
            <RecentRow record={record} session={session} directory={directory} onCall={onCall} />
          </li>
        ))}
      </ul>
      {records.hasNextPage && (
        <Button look="quiet" className="mx-auto mb-3" onClick={() => void records.fetchNextPage()}>
          {t('more')}
        </Button>
      )}
    </>
  )
}

/** So long somebody must have had the list before him. */
const GLANCE_MS = 1200

/** Missed calls that stand in the list, before somebody who looks at it, are seen; on his other screens too. */
function useSeen(rows: readonly WireRecord[], isShown: boolean): void {
  const client = useQueryClient()
  const count = useQuery(missedQuery).data?.count ?? 0
  const isLookedAt = useLookedAt() && isShown && count > 0
  const newest = rows.reduce<string>((latest, { placedAt }) => (placedAt > latest ? placedAt : latest), '')
  useEffect(() => {
    if (!isLookedAt || newest === '') return
    const timer = setTimeout(() => {
      // If it fails, they stay missed and are seen with the next look.
      void seeMissed(newest).then(
        (missed) => client.setQueryData(keys.missed, missed),
        () => undefined,
      )
    }, GLANCE_MS)
    return () => clearTimeout(timer)
  }, [isLookedAt, newest, client])
}

/** The page is in view and has the focus. */
function useLookedAt(): boolean {
  return useSyncExternalStore(hearLooks, () => document.visibilityState === 'visible' && document.hasFocus())
}

function hearLooks(listener: () => void): () => void {
  const heard = ['focus', 'blur'] as const
  for (const name of heard) window.addEventListener(name, listener)
  document.addEventListener('visibilitychange', listener)
  return () => {
    for (const name of heard) window.removeEventListener(name, listener)
    document.removeEventListener('visibilitychange', listener)
  }
}

type RowProps = Pick<Props, 'session' | 'directory' | 'onCall'> & { readonly record: WireRecord }

function RecentRow({ record, session, directory, onCall }: RowProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const name = directory.nameOfRecord(record)
  const target = directory.targetOf(record)
  const talkedMs = record.answeredAt ? Date.parse(record.endedAt) - Date.parse(record.answeredAt) : 0
  const { Icon, tone, direction } = looks(record, session.memberId)
  const text = useRowText(record, session.memberId)
  return (
    <>
      <Link
        to="/calls/$id"
        params={{ id: record.callId }}
        className="flex min-w-0 flex-1 items-center gap-3 py-2 pl-4 -outline-offset-2"
      >
        <span className="sr-only">
          {t('recents.details')} {t(`recents.${direction}`)}
        </span>
        <Icon size={18} aria-hidden className={clsx('shrink-0', tone)} />
        <span className="min-w-0 flex-1">
          <span className={clsx('block truncate font-medium figures', direction === 'missed' && 'text-danger')}>
            {name}
          </span>
          {/* A long reason gives way; the time is told whole. */}
          <span className="flex gap-1 text-xs text-soft">
            {record.kind === 'network' && <Headset size={13} aria-hidden className="mt-0.5 shrink-0" />}
            <span className="truncate">{text}</span>
            {record.answeredAt && <span className="shrink-0 figures">· {formatClock(talkedMs)}</span>}
          </span>
        </span>
        <span className="text-xs text-soft figures">{format.recent(record.placedAt)}</span>
      </Link>
      {target && (
        <IconButton label={t('recents.again', { name })} onClick={() => onCall(target)}>
          {target.kind === 'network' ? <Headset size={17} aria-hidden /> : <Phone size={17} aria-hidden />}
        </IconButton>
      )}
    </>
  )
}

/** Which way a call went, for the eye; the word is for who reads by ear. */
function looks(record: WireRecord, memberId: string) {
  if (isMissed(record, memberId)) return { Icon: PhoneMissed, tone: 'text-danger', direction: 'missed' } as const
  if (!isFromMe(record, memberId)) {
    const tone = record.answeredAt ? 'text-brand' : 'text-soft'
    return { Icon: record.answeredAt ? PhoneIncoming : PhoneOff, tone, direction: 'incoming' } as const
  }
  // What one gave up oneself went as one wished.
  const isVain = !record.answeredAt && record.endReason !== 'cancelled'
  const tone = record.answeredAt ? 'text-brand' : isVain ? 'text-danger' : 'text-soft'
  return { Icon: isVain ? PhoneMissed : PhoneOutgoing, tone, direction: 'outgoing' } as const
}

function useRowText(record: WireRecord, memberId: string): string {
  const { t } = useTranslation()
  const words = useEndWords(memberId)
  const isOwn = isFromMe(record, memberId)
  const inApp = (text: string) => `${text} · ${t('people.inApp')}`
  if (record.kind === 'business') return t(`endReason.${record.endReason}`)
  if (record.answeredAt) return inApp(t(isOwn ? 'recents.outgoing' : 'recents.incoming'))
  if (isOwn) return words.reason(record, record.calleeName ?? '')
  return inApp(t(record.endReason === 'rejected' ? 'recents.declined' : 'recents.missed'))
}
