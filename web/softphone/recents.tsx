import type { WireRecord, WireSession } from '@tandem/contract'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import clsx from 'clsx'
import { Clock, Phone, PhoneMissed, PhoneOutgoing } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { recordsQuery } from '#session'
import { Button, EmptyState, formatClock, IconButton, Loading, useFormat } from '#ui'
import type { Directory } from './directory.ts'
import type { Target } from './flow.ts'
import { Unread } from './unread.tsx'

type Props = { readonly session: WireSession; readonly directory: Directory; readonly onCall: (target: Target) => void }

export function Recents({ session, directory, onCall }: Props) {
  const { t } = useTranslation()
  const records = useInfiniteQuery(recordsQuery({ memberId: session.memberId }))
  const rows = records.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <>
      <h2 className="p-4 pb-2 text-base font-semibold">{t('recents.title')}</h2>
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
            <RecentRow record={record} directory={directory} onCall={onCall} />
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

function RecentRow({ record, directory, onCall }: Omit<Props, 'session'> & { readonly record: WireRecord }) {
  const { t } = useTranslation()
  const format = useFormat()
  const name = directory.nameOfRecord(record)
  const to = directory.calleeOf(record)
  const time = format.recent(record.placedAt)
  const talkedMs = record.answeredAt ? Date.parse(record.endedAt) - Date.parse(record.answeredAt) : 0
  // What one gave up oneself went as one wished.
  const isMissed = !record.answeredAt && record.endReason !== 'cancelled'
  const Icon = isMissed ? PhoneMissed : PhoneOutgoing
  return (
    <>
      <Link
        to="/calls/$id"
        params={{ id: record.callId }}
        className="flex min-w-0 flex-1 items-center gap-3 py-2 pl-4 -outline-offset-2"
      >
        <span className="sr-only">{t('recents.details')}</span>
        <Icon
          size={18}
          aria-hidden
          className={clsx('shrink-0', record.answeredAt ? 'text-brand' : isMissed ? 'text-danger' : 'text-soft')}
        />
        <span className="min-w-0 flex-1">
          <span className="block truncate font-medium figures">{name}</span>
          {/* A long reason gives way; the time is told whole. */}
          <span className="flex gap-1 text-xs text-soft">
            <span className="truncate">{t(`endReason.${record.endReason}`)}</span>
            {record.answeredAt && <span className="shrink-0 figures">· {formatClock(talkedMs)}</span>}
          </span>
        </span>
        <span className="text-xs text-soft figures">{time}</span>
      </Link>
      {to && (
        <IconButton label={t('recents.again', { name })} onClick={() => onCall({ to, label: name })}>
          <Phone size={17} aria-hidden />
        </IconButton>
      )}
    </>
  )
}
