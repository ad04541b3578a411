import type { number, subscription } from '@tandem/contract'
import { useQuery } from '@tanstack/react-query'
import { Phone, Timer } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { z } from 'zod'
import { networkQuery, numbersQuery, plansQuery, subscriptionsQuery } from '#session'
import { Badge, EmptyState, Table, TableCard, useFormat, usePhoneNumber, type Column } from '#ui'
import { Page } from './page.tsx'

type NumberRight = z.infer<typeof number>
type Subscription = z.infer<typeof subscription>

/** What the organization has of the operator: the plans that it is on, and the numbers that it may show. */
export function OfferPage() {
  const { t } = useTranslation('console')
  const numbers = useQuery(numbersQuery)
  const subscriptions = useQuery(subscriptionsQuery)
  return (
    <Page
      title={t('offer.title')}
      about={t('offer.about')}
      isPending={numbers.isPending || subscriptions.isPending}
      error={numbers.error ?? subscriptions.error}
      actions={<NetworkState />}
    >
      <div className="grid gap-4">
        <Plans rows={subscriptions.data ?? []} />
        <Numbers rows={numbers.data ?? []} />
      </div>
    </Page>
  )
}

function NetworkState() {
  const { t } = useTranslation('console')
  const isReachable = useQuery(networkQuery).data?.isReachable
  if (isReachable === undefined) return null
  return <Badge tone={isReachable ? 'good' : 'bad'}>{t(isReachable ? 'offer.reachable' : 'offer.unreachable')}</Badge>
}

function Plans({ rows }: { readonly rows: readonly Subscription[] }) {
  const { t } = useTranslation('console')
  const { dateTime } = useFormat()
  const plans = useQuery(plansQuery).data ?? []
  const columns: readonly Column<Subscription>[] = [
    { key: 'plan', title: t('offer.plan'), cell: ({ planId }) => plans.find(({ id }) => id === planId)?.name ?? '—' },
    { key: 'from', title: t('offer.from'), cell: ({ from }) => dateTime(from) },
    { key: 'until', title: t('offer.until'), cell: ({ until }) => (until === null ? '—' : dateTime(until)) },
  ]
  return (
    <TableCard>
      {rows.length === 0 ? (
        <EmptyState icon={<Timer size={20} aria-hidden />} title={t('offer.noPlan')}>
          {t('offer.fromOperator')}
        </EmptyState>
      ) : (
        <Table label={t('offer.plans')} columns={columns} rows={rows} rowKey={({ id }) => id} />
      )}
    </TableCard>
  )
}

function Numbers({ rows }: { readonly rows: readonly NumberRight[] }) {
  const { t } = useTranslation('console')
  const { dateTime } = useFormat()
  const format = usePhoneNumber()
  const columns: readonly Column<NumberRight>[] = [
    {
      key: 'number',
      title: t('offer.number'),
      cell: ({ number, isDefault }) => (
        <span className="flex flex-wrap items-center gap-2">
          {format(number)}
          {isDefault && <Badge tone="good">{t('offer.shown')}</Badge>}
        </span>
      ),
    },
    { key: 'proof', title: t('offer.proof'), isWideOnly: true, cell: ({ proof }) => proof },
    { key: 'until', title: t('offer.until'), cell: ({ validUntil }) => (validUntil ? dateTime(validUntil) : '—') },
  ]
  return (
    <TableCard>
      {rows.length === 0 ? (
        <EmptyState icon={<Phone size={20} aria-hidden />} title={t('offer.noNumbers')}>
          {t('offer.fromOperator')}
        </EmptyState>
      ) : (
        <Table
          label={t('offer.numbers')}
          columns={columns}
          rows={rows}
          rowKey={({ number, validFrom }) => `${number} ${validFrom}`}
        />
      )}
    </TableCard>
  )
}
