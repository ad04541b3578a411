import type { WireLedgerEntry } from '@tandem/contract'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ScrollText } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { ledgerQuery } from '#session'
import { Badge, EmptyState, Table, TableCard, useFormat, type Column } from '#ui'
import { List, More } from './list.tsx'

/** The entries that a pool's figures are the sum of. */
export function Ledger({ poolId }: { readonly poolId: string }) {
  const { t } = useTranslation('console')
  const ledger = useInfiniteQuery(ledgerQuery(poolId))
  const columns = useColumns()
  const rows = ledger.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <section aria-label={t('ledger.title')}>
      <h3 className="font-semibold">{t('ledger.title')}</h3>
      <p className="mb-2 text-pretty text-soft">{t('ledger.about')}</p>
      <TableCard foot={ledger.hasNextPage && <More of={ledger} />}>
        <List
          of={ledger}
          count={rows.length}
          none={<EmptyState icon={<ScrollText size={20} aria-hidden />} title={t('ledger.none')} />}
        >
          <Table label={t('ledger.title')} columns={columns} rows={rows} rowKey={(entry) => String(entry.seq)} />
        </List>
      </TableCard>
    </section>
  )
}

function useColumns(): readonly Column<WireLedgerEntry>[] {
  const { t } = useTranslation('console')
  return [
    {
      key: 'seq',
      title: t('ledger.seq'),
      isWideOnly: true,
      cell: (entry) => <span className="text-soft figures">{entry.seq}</span>,
    },
    { key: 'kind', title: t('ledger.kind'), cell: (entry) => <Entry entry={entry} /> },
    { key: 'granted', title: t('pools.granted'), isNumber: true, cell: (entry) => <Delta ms={entry.grantedDeltaMs} /> },
    { key: 'held', title: t('pools.held'), isNumber: true, cell: (entry) => <Delta ms={entry.heldDeltaMs} /> },
    { key: 'used', title: t('pools.used'), isNumber: true, cell: (entry) => <Delta ms={entry.usedDeltaMs} /> },
  ]
}

function Entry({ entry }: { readonly entry: WireLedgerEntry }) {
  const { t } = useTranslation('console')
  const format = useFormat()
  return (
    <span className="grid justify-items-start gap-0.5">
      <Badge tone={entry.kind === 'grant' ? 'good' : entry.kind === 'settle' ? 'info' : 'none'}>
        {t(`ledger.${entry.kind}`)}
      </Badge>
      <span className="whitespace-nowrap text-xs text-soft figures">{format.dateTime(entry.at)}</span>
      {entry.callId && (
        <Link
          to="/console/records"
          search={{ call: entry.callId }}
          className="text-xs text-brand underline underline-offset-2"
        >
          {t('ledger.call')}
        </Link>
      )}
      {!entry.callId && entry.note && (
        <span className="text-xs text-soft wrap-anywhere">
          {entry.note === 'monthly' ? t('ledger.monthly') : entry.note}
        </span>
      )}
    </span>
  )
}

function Delta({ ms }: { readonly ms: number }) {
  const format = useFormat()
  return <span className={ms === 0 ? 'text-soft' : undefined}>{format.signedMinutes(ms)}</span>
}
