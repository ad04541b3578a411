import type { WireLedgerEntry, WirePool } from '@tandem/contract'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Timer } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ledgerQuery, poolsQuery } from '#session'
import {
  Badge,
  Button,
  Choice,
  Drawer,
  EmptyState,
  Facts,
  Loading,
  Table,
  TableCard,
  useFormat,
  type Column,
} from '#ui'
import { Page } from './page.tsx'

/** Pools of minutes; behind each figure stand the ledger's entries that it is the sum of. */
export function PoolsPage() {
  const { t } = useTranslation('console')
  const pools = useQuery(poolsQuery)
  const columns = usePoolColumns()
  const nameOf = usePoolName()
  const [bucket, setBucket] = useState('')
  const [openedId, setOpenedId] = useState<string>()
  const rows = (pools.data ?? [])
    .filter((pool) => bucket === '' || pool.bucket === bucket)
    .toSorted(
      (a, b) => Number(b.memberId === null) - Number(a.memberId === null) || b.periodFrom.localeCompare(a.periodFrom),
    )
  const opened = pools.data?.find((pool) => pool.id === openedId)
  return (
    <Page title={t('pools.title')} about={t('pools.about')} isPending={pools.isPending} error={pools.error}>
      <TableCard
        filters={
          <Choice
            label={t('pools.owner')}
            value={bucket}
            onChange={(event) => setBucket(event.target.value)}
            options={[
              { value: '', label: t('filter.all') },
              { value: 'organization', label: t('pools.organization') },
              { value: 'member', label: t('pools.members') },
            ]}
            className="w-full sm:w-56"
          />
        }
      >
        {rows.length === 0 ? (
          <EmptyState icon={<Timer size={20} aria-hidden />} title={t('pools.none')}>
            {t('pools.noneHint')}
          </EmptyState>
        ) : (
          <Table
            label={t('pools.title')}
            columns={columns}
            rows={rows}
            rowKey={(pool) => pool.id}
            onOpen={(pool) => setOpenedId(pool.id)}
            openLabel={(pool) => t('pools.openLedger', { name: nameOf(pool) })}
          />
        )}
      </TableCard>
      <Drawer isOpen={opened !== undefined} onClose={() => setOpenedId(undefined)} title={opened ? nameOf(opened) : ''}>
        {opened && <PoolDetail pool={opened} />}
      </Drawer>
    </Page>
  )
}

const leftOf = (pool: WirePool): number => pool.grantedMs - pool.usedMs - pool.heldMs

function usePoolName(): (pool: WirePool) => string {
  const { t } = useTranslation('console')
  return (pool) => pool.memberName ?? t('pools.organization')
}

function usePoolColumns(): readonly Column<WirePool>[] {
  const { t } = useTranslation('console')
  const format = useFormat()
  const nameOf = usePoolName()
  return [
    { key: 'owner', title: t('pools.owner'), cell: nameOf },
    {
      key: 'period',
      title: t('pools.period'),
      isWideOnly: true,
      cell: (pool) => `${format.day(pool.periodFrom)} – ${format.day(lastInstant(pool))}`,
    },
    {
      key: 'granted',
      title: t('pools.granted'),
      isNumber: true,
      isWideOnly: true,
      cell: (pool) => format.minutes(pool.grantedMs),
    },
    { key: 'used', title: t('pools.used'), isNumber: true, cell: (pool) => format.minutes(pool.usedMs) },
    {
      key: 'held',
      title: t('pools.held'),
      isNumber: true,
      isWideOnly: true,
      cell: (pool) => format.minutes(pool.heldMs),
    },
    {
      key: 'left',
      title: t('pools.left'),
      isNumber: true,
      cell: (pool) => <strong>{format.minutes(leftOf(pool))}</strong>,
    },
    { key: 'share', title: t('pools.share'), isWideOnly: true, cell: (pool) => <Share pool={pool} /> },
  ]
}

/** The period's end is exclusive. */
const lastInstant = (pool: WirePool): string => new Date(Date.parse(pool.periodUntil) - 1).toISOString()

/** Used, held and free as a bar; the figures stand beside it. */
function Share({ pool }: { readonly pool: WirePool }) {
  const percent = (ms: number) => (pool.grantedMs === 0 ? 0 : (ms / pool.grantedMs) * 100)
  return (
    <svg
      viewBox="0 0 100 6"
      preserveAspectRatio="none"
      aria-hidden
      className="h-1.5 w-28 overflow-hidden rounded-full bg-sunken"
    >
      <rect width={percent(pool.usedMs)} height="6" className="fill-brand" />
      <rect x={percent(pool.usedMs)} width={percent(pool.heldMs)} height="6" className="fill-warn" />
    </svg>
  )
}

function PoolDetail({ pool }: { readonly pool: WirePool }) {
  const { t } = useTranslation('console')
  const format = useFormat()
  return (
    <div className="grid grid-cols-1 gap-5">
      <Facts
        facts={[
          {
            term: t('pools.period'),
            value: `${format.dateTime(pool.periodFrom)} – ${format.dateTime(lastInstant(pool))}`,
          },
          { term: t('pools.granted'), value: format.minutes(pool.grantedMs) },
          { term: t('pools.used'), value: format.minutes(pool.usedMs) },
          { term: t('pools.held'), value: format.minutes(pool.heldMs) },
          { term: t('pools.left'), value: <strong>{format.minutes(leftOf(pool))}</strong> },
        ]}
      />
      <Ledger poolId={pool.id} />
    </div>
  )
}

function Ledger({ poolId }: { readonly poolId: string }) {
  const { t } = useTranslation(['console', 'app'])
  const ledger = useInfiniteQuery(ledgerQuery(poolId))
  const columns = useLedgerColumns()
  const rows = ledger.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <section aria-label={t('ledger.title')}>
      <h3 className="font-semibold">{t('ledger.title')}</h3>
      <p className="mb-2 text-pretty text-soft">{t('ledger.about')}</p>
      {ledger.isPending ? (
        <Loading label={t('app:loading')} />
      ) : (
        <TableCard
          foot={
            ledger.hasNextPage && (
              <Button look="quiet" onClick={() => void ledger.fetchNextPage()}>
                {t('app:more')}
              </Button>
            )
          }
        >
          <Table label={t('ledger.title')} columns={columns} rows={rows} rowKey={(entry) => String(entry.seq)} />
        </TableCard>
      )}
    </section>
  )
}

function useLedgerColumns(): readonly Column<WireLedgerEntry>[] {
  const { t } = useTranslation('console')
  const format = useFormat()
  return [
    { key: 'seq', title: t('ledger.seq'), cell: (entry) => <span className="text-soft figures">{entry.seq}</span> },
    {
      key: 'kind',
      title: t('ledger.kind'),
      cell: (entry) => (
        <span className="grid justify-items-start gap-0.5">
          <Badge tone={entry.kind === 'grant' ? 'good' : entry.kind === 'settle' ? 'info' : 'none'}>
            {t(`ledger.${entry.kind}`)}
          </Badge>
          <span className="whitespace-nowrap text-xs text-soft figures">{format.dateTime(entry.at)}</span>
          {entry.callId ? (
            <Link
              to="/console/records"
              search={{ call: entry.callId } as never}
              className="text-xs text-brand underline underline-offset-2"
            >
              {t('ledger.call')}
            </Link>
          ) : (
            entry.note && (
              <span className="text-xs text-soft">{entry.note === 'monthly' ? t('ledger.monthly') : entry.note}</span>
            )
          )}
        </span>
      ),
    },
    { key: 'granted', title: t('pools.granted'), isNumber: true, cell: (entry) => <Delta ms={entry.grantedDeltaMs} /> },
    { key: 'held', title: t('pools.held'), isNumber: true, cell: (entry) => <Delta ms={entry.heldDeltaMs} /> },
    { key: 'used', title: t('pools.used'), isNumber: true, cell: (entry) => <Delta ms={entry.usedDeltaMs} /> },
  ]
}

function Delta({ ms }: { readonly ms: number }) {
  const format = useFormat()
  return <span className={ms === 0 ? 'text-soft' : 'whitespace-nowrap'}>{format.signedMinutes(ms)}</span>
}
