import type { WireRecord } from '@tandem/contract'
import { useTranslation } from 'react-i18next'
import { Facts, useFormat, usePhoneNumber, type Fact } from '#ui'

/** A record with its legs, its causes, and what it drew from where. */
export function RecordDetail({ record }: { readonly record: WireRecord }) {
  const { t } = useTranslation('console')
  const write = usePhoneNumber()
  return (
    <div className="grid grid-cols-1 gap-6" data-call-id={record.callId} data-end-reason={record.endReason}>
      <Facts facts={useCallFacts(record, write)} />
      <section className="grid gap-3">
        <h3 className="font-semibold">{t('records.legs')}</h3>
        {record.legs.map((leg) => (
          <LegCard key={leg.legId} leg={leg} />
        ))}
      </section>
      <section className="grid gap-2">
        <h3 className="font-semibold">{t('records.draws')}</h3>
        {record.draws.length === 0 && <p className="text-soft">{t('records.noDraws')}</p>}
        {record.draws.map((draw) => (
          <DrawLine key={`${draw.legId}${draw.poolId}`} draw={draw} />
        ))}
      </section>
    </div>
  )
}

function useCallFacts(record: WireRecord, write: (number: string) => string): readonly Fact[] {
  const { t } = useTranslation('console')
  const format = useFormat()
  const number = record.kind === 'network' ? '' : write(record.dialled)
  return [
    { term: t('records.member'), value: record.memberName },
    { term: t('records.callee'), value: [record.calleeName, number].filter(Boolean).join(' · ') },
    { term: t('records.kind'), value: t(`kind.${record.kind}`) },
    { term: t('records.shown'), value: record.callerNumber ? write(record.callerNumber) : '—' },
    { term: t('records.path'), value: t(`path.${record.path}`) },
    { term: t('records.placed'), value: format.preciseTime(record.placedAt) },
    { term: t('records.answered'), value: record.answeredAt ? format.preciseTime(record.answeredAt) : '—' },
    { term: t('records.ended'), value: format.preciseTime(record.endedAt) },
    { term: t('records.reason'), value: t(`endedBy.${record.endReason}`) },
    { term: t('records.rated'), value: <strong>{format.minutes(record.ratedMs)}</strong> },
    { term: t('records.overrun'), value: format.milliseconds(record.overrunMs) },
    { term: t('records.callId'), value: <code className="break-all text-xs">{record.callId}</code> },
    ...(record.supersedes
      ? [{ term: t('records.supersedes'), value: <code className="break-all text-xs">{record.supersedes}</code> }]
      : []),
  ]
}

function LegCard({ leg }: { readonly leg: WireRecord['legs'][number] }) {
  const { t } = useTranslation('console')
  const format = useFormat()
  const route = [leg.trunkName, leg.carrierName].filter(Boolean).join(' · ')
  return (
    <div className="rounded-control border border-line p-3">
      <p className="mb-2 font-medium">
        {t(`leg.${leg.kind}`)} {route && <span className="font-normal text-soft">· {route}</span>}
      </p>
      <Facts
        facts={[
          { term: t('records.started'), value: format.preciseTime(leg.startedAt) },
          { term: t('records.answered'), value: leg.answeredAt ? format.preciseTime(leg.answeredAt) : '—' },
          { term: t('records.ended'), value: format.preciseTime(leg.endedAt) },
          { term: t('records.cause'), value: causeText(leg) },
        ]}
      />
    </div>
  )
}

const causeText = ({ sipStatus, q850Cause }: WireRecord['legs'][number]): string =>
  [sipStatus === null ? '' : `SIP ${sipStatus}`, q850Cause === null ? '' : `Q.850 ${q850Cause}`]
    .filter(Boolean)
    .join(' · ') || '—'

function DrawLine({ draw }: { readonly draw: WireRecord['draws'][number] }) {
  const { t } = useTranslation('console')
  const format = useFormat()
  return (
    <p className="flex justify-between gap-4 rounded-control bg-sunken px-3 py-2">
      <span>{t(`bucket.${draw.bucket}`)}</span>
      <span className="text-right figures">
        <strong>{format.minutes(draw.usedMs)}</strong>
        <span className="block text-xs text-soft">{t('records.entries', { seqs: draw.ledgerSeqs.join(', ') })}</span>
      </span>
    </p>
  )
}
