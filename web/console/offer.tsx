import type { number, subscription } from '@tandem/contract'
import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import { Phone, Timer } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { z } from 'zod'
import { networkQuery, numbersQuery, plansQuery, subscriptionsQuery } from '#session'
import { Badge, EmptyState, Table, TableCard, useFormat, usePhoneNumber, type Column } from '#ui'
import { List } from './list.tsx'
import { Page } from './page.tsx'

type NumberRight = z.infer<typeof number>
type Subscription = z.infer<typeof subscription>

/** What the organization has of the operator: the plans that it is on, and the numbers that it may show. */
export function OfferPage() {
  const { t } = useTranslation('console')
  const numbers = useQuery(numbersQuery)
  const subscriptions = useQuery(subscriptionsQuery)
  return (
    <Page title={t('offer.title')} about={t('offer.about')} actions={<NetworkState />}>
      <div className="grid gap-4">
        <Plans of={subscriptions} />
        <Numbers of={numbers} />
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

function Plans({ of }: { readonly of: UseQueryResult<Subscription[]> }) {
  const { t } = useTranslation('console')
  const { dateTime } = useFormat()
  const plans = useQuery(plansQuery).data ?? []
  const columns: readonly Column<Subscription>[] = [
    { key: 'plan', title: t('offer.plan'), cell: ({ planId }) => plans.find(({ id }) => id === planId)?.name ?? '—' },
    { key: 'from', title: t('offer.from'), cell: ({ from }) => dateTime(from) },
    {
      key: 'seats',
      title: t('offer.seats'),
      isWideOnly: true,
      cell: ({ seats }) => (seats === null ? t('offer.seatsAll') : seats),
    },
    { key: 'until', title: t('offer.until'), cell: ({ until }) => (until === null ? '—' : dateTime(until)) },
  ]
  return (
    <TableCard>
      <List
        of={of}
        count={of.data?.length ?? 0}
        none={
          <EmptyState icon={<Timer size={20} aria-hidden />} title={t('offer.noPlan')}>
            {t('offer.fromOperator')}
          </EmptyState>
        }
      >
        <Table label={t('offer.plans')} columns={columns} rows={of.data ?? []} rowKey={({ id }) => id} />
      </List>
    </TableCard>
  )
}

function Numbers({ of }: { readonly of: UseQueryResult<NumberRight[]> }) {
  const { t } = useTranslation('console')
  const { dateTime } = useFormat()
  const format = usePhoneNumber()
  const columns: readonly Column<NumberRight>[] = [
    {
      key: 'number',
      title: t('offer.number'),
      cell: ({ number, isDefault }) => (
        <span className="flex flex-wrap items-center gap-2">
          <span className="whitespace-nowrap figures">{format(number)}</span>
          {isDefault && <Badge tone="good">{t('offer.shown')}</Badge>}
        </span>
      ),
    },
    { key: 'proof', title: t('offer.proof'), isWideOnly: true, cell: ({ proof }) => proof },
    { key: 'until', title: t('offer.until'), cell: ({ validUntil }) => (validUntil ? dateTime(validUntil) : '—') },
  ]
  return (
    <TableCard>
      <List
        of={of}
        count={of.data?.length ?? 0}
        none={
          <EmptyState icon={<Phone size={20} aria-hidden />} title={t('offer.noNumbers')}>
            {t('offer.fromOperator')}
          </EmptyState>
        }
      >
        <Table
          label={t('offer.numbers')}
          columns={columns}
          rows={of.data ?? []}
          rowKey={({ number, validFrom }) => `${number} ${validFrom}`}
        />
      </List>
    </TableCard>
  )
}
