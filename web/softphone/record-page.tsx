import type { WireRecord, WireSession } from '@tandem/contract'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ArrowLeft, SearchX } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { ApiProblem, callQuery, isFromMe, recordsQuery } from '#session'
import { Avatar, buttonClass, Card, EmptyState, Facts, Loading, useFormat, type Fact } from '#ui'
import { useDirectory } from './directory.ts'
import { isMissed, useEndWords } from './end-words.ts'
import { Unread } from './unread.tsx'

/** One call of the member's own: what it cost, from which pool, why it ended. */
export function RecordPage({ callId, session }: { readonly callId: string; readonly session: WireSession }) {
  const { t } = useTranslation()
  const records = useInfiniteQuery(recordsQuery({ callId, memberId: session.memberId }))
  const record = records.data?.pages[0]?.items[0]
  return (
    <div className="mx-auto grid w-full max-w-2xl gap-3 p-3 sm:p-4">
      <h1 className="sr-only">{t('record.title')}</h1>
      <Link to="/" className={buttonClass('quiet', 'justify-self-start')}>
        <ArrowLeft size={18} aria-hidden />
        {t('nav.back')}
      </Link>
      <Card aria-label={t('record.title')}>
        {records.isPending && <Loading label={t('loading')} />}
        {record && <Detail record={record} session={session} />}
        {records.isSuccess && !record && <Missing callId={callId} />}
        {isNoId(records.error) && <EmptyState icon={<SearchX size={20} aria-hidden />} title={t('record.notFound')} />}
        {records.isError && !record && !isNoId(records.error) && (
          <Unread error={records.error} onTry={() => void records.refetch()} />
        )}
      </Card>
    </div>
  )
}

/** The address may hold something that is no call's id. */
const isNoId = (error: unknown): boolean => error instanceof ApiProblem && error.code === 'bad-request'

/** No record: the call still goes on, or has just ended, or is none of this member's. */
function Missing({ callId }: { readonly callId: string }) {
  const { t } = useTranslation()
  const call = useQuery(callQuery(callId))
  if (call.isPending) return <Loading label={t('loading')} />
  const text = !call.data ? t('record.notFound') : t(call.data.state === 'ended' ? 'record.pending' : 'record.running')
  return <EmptyState icon={<SearchX size={20} aria-hidden />} title={text} />
}

function Detail({ record, session }: { readonly record: WireRecord; readonly session: WireSession }) {
  const directory = useDirectory(session)
  const { t } = useTranslation()
  const words = useEndWords(session.memberId)
  const name = directory.nameOfRecord(record)
  const about = record.kind === 'network' ? t('record.kinds.network') : directory.write(record.dialled)
  return (
    <div className="grid gap-6 p-5 sm:p-6" data-call-id={record.callId} data-end-reason={record.endReason}>
      <header className="flex items-center gap-4">
        <Avatar name={name} />
        <div className="min-w-0">
          <h2 className="text-lg font-semibold figures">{name}</h2>
          {name !== about && <p className="text-soft figures">{about}</p>}
        </div>
      </header>
      <div className="rounded-control bg-sunken p-4">
        <p className="font-medium">{words.reason(record, name)}</p>
        <p className="text-pretty text-soft">{words.advice(record, name)}</p>
      </div>
      <Facts facts={useFacts(record, session.memberId, directory.write)} />
    </div>
  )
}

function useFacts(record: WireRecord, memberId: string, write: (number: string) => string): readonly Fact[] {
  const { t } = useTranslation()
  const format = useFormat()
  const talkedMs = record.answeredAt ? Date.parse(record.endedAt) - Date.parse(record.answeredAt) : 0
  const cost = record.ratedMs === 0 ? t('record.free') : format.minutes(record.ratedMs)
  const draws = record.draws.map((draw) => (
    <span key={`${draw.poolId}${draw.legId}`} className="block">
      {t('record.share', { minutes: format.minutes(draw.usedMs), pool: t(`pool.${draw.bucket}`) })}
    </span>
  ))
  const isOwn = isFromMe(record, memberId)
  const direction = isMissed(record, memberId) ? 'missed' : isOwn ? 'outgoing' : 'incoming'
  return [
    // Inside the app nothing is counted.
    ...(record.kind === 'network'
      ? [{ term: t('record.direction'), value: t(`recents.${direction}`) }]
      : [{ term: t('record.cost'), value: <strong>{cost}</strong> }]),
    ...(draws.length > 0 ? [{ term: t('record.from'), value: draws }] : []),
    { term: t('record.lasted'), value: record.answeredAt ? format.minutes(talkedMs) : t('record.notAnswered') },
    { term: t(isOwn ? 'record.placed' : 'record.began'), value: format.dateTime(record.placedAt) },
    ...(record.answeredAt ? [{ term: t('record.answered'), value: format.fullTime(record.answeredAt) }] : []),
    { term: t('record.ended'), value: format.fullTime(record.endedAt) },
    ...(record.callerNumber ? [{ term: t('record.shown'), value: write(record.callerNumber) }] : []),
  ]
}
