import type { WirePool } from '@tandem/contract'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Timer } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { poolsQuery, useFound } from '#session'
import { Button, Choice, compareNames, Drawer, EmptyState, Facts, Table, TableCard, useFormat, type Column } from '#ui'
import { SearchBox } from './filters.tsx'
import { Ledger } from './ledger.tsx'
import { List, Missing } from './list.tsx'
import { Page } from './page.tsx'
import { isFiltered } from './search.ts'

const route = getRouteApi('/member/console/pools')

/** Rows that are drawn at a time; all pools come in one answer, so what is filtered is all of them. */
const SHOWN = 100

/** Pools of minutes; behind each figure stand the ledger's entries that it is the sum of. */
export function PoolsPage() {
  const { t } = useTranslation(['console', 'app'])
  const { text, bucket, pool: openedId } = route.useSearch()
  const navigate = route.useNavigate()
  const pools = useQuery(poolsQuery)
  const columns = usePoolColumns()
  const nameOf = usePoolName()
  const [shown, setShown] = useState(SHOWN)
  // The server also knows how names are read; whoever is named as it is written is found at once.
  const found = useFound((text ?? '').trim().toLowerCase())
  const rows = sorted((pools.data ?? []).filter((pool) => fits(pool, { text, bucket, found })))
  const opened = pools.data?.find((pool) => pool.id === openedId)
  const open = (pool?: string) => void navigate({ search: (old) => ({ ...old, pool }), resetScroll: false })
  return (
    <Page title={t('pools.title')} about={t('pools.about')}>
      <TableCard
        filters={<Filters />}
        foot={
          rows.length > shown && (
            <Button look="quiet" onClick={() => setShown(shown + SHOWN)}>
              {t('app:more')}
            </Button>
          )
        }
      >
        <List
          of={pools}
          count={rows.length}
          onClear={isFiltered({ text, bucket }) ? () => void navigate({ search: {} }) : undefined}
          none={
            <EmptyState icon={<Timer size={20} aria-hidden />} title={t('pools.none')}>
              {t('pools.noneHint')}
            </EmptyState>
          }
        >
          <Table
            label={t('pools.title')}
            columns={columns}
            rows={rows.slice(0, shown)}
            rowKey={(pool) => pool.id}
            onOpen={(pool) => open(pool.id)}
            openLabel={(pool) => t('pools.openLedger', { name: nameOf(pool) })}
          />
        </List>
      </TableCard>
      <Drawer
        isOpen={openedId !== undefined}
        onClose={() => open(undefined)}
        title={opened ? nameOf(opened) : t('pools.title')}
      >
        {opened && <PoolDetail pool={opened} />}
        {openedId !== undefined && pools.isSuccess && !opened && <Missing title={t('pools.missing')} />}
      </Drawer>
    </Page>
  )
}

type Filter = {
  readonly text?: string | undefined
  readonly bucket?: string | undefined
  /** Ids of members whom the server finds by the text. */
  readonly found: ReadonlySet<string>
}

const fits = (pool: WirePool, { text, bucket, found }: Filter): boolean =>
  (bucket === undefined || pool.bucket === bucket) &&
  (text === undefined ||
    (pool.memberName ?? '').toLowerCase().includes(text.trim().toLowerCase()) ||
    (pool.memberId !== null && found.has(pool.memberId)))

/** The organization's first, then the latest month, then by name. */
const sorted = (pools: readonly WirePool[]): readonly WirePool[] =>
  pools.toSorted(
    (a, b) =>
      Number(b.memberId === null) - Number(a.memberId === null) ||
      b.periodFrom.localeCompare(a.periodFrom) ||
      compareNames(a.memberName ?? '', b.memberName ?? ''),
  )

function Filters() {
  const { t } = useTranslation('console')
  const { text, bucket } = route.useSearch()
  const navigate = route.useNavigate()
  return (
    <>
      <SearchBox
        label={t('filter.search')}
        value={text}
        onSearch={(sought) =>
          void navigate({
            search: (old) => ({ ...old, text: sought }),
            replace: text !== undefined,
            resetScroll: false,
          })
        }
      />
      <Choice
        label={t('pools.owner')}
        value={bucket ?? ''}
        onChange={(event) =>
          void navigate({
            search: (old) => ({ ...old, bucket: (event.target.value || undefined) as typeof bucket }),
            resetScroll: false,
          })
        }
        options={[
          { value: '', label: t('filter.all') },
          { value: 'organization', label: t('pools.organization') },
          { value: 'member', label: t('pools.members') },
        ]}
        className="w-full sm:w-56"
      />
    </>
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
    { key: 'owner', title: t('pools.owner'), cell: (pool) => <span className="wrap-anywhere">{nameOf(pool)}</span> },
    {
      key: 'period',
      title: t('pools.period'),
      isWideOnly: true,
      cell: (pool) => (
        <span className="whitespace-nowrap figures">
          {format.day(pool.periodFrom)} – {format.day(lastInstant(pool))}
        </span>
      ),
    },
    {
      key: 'granted',
      title: t('pools.granted'),
      isNumber: true,
      isWideOnly: true,
      cell: (pool) => format.minutes(pool.grantedMs),
    },
    {
      key: 'used',
      title: t('pools.used'),
      isNumber: true,
      isWideOnly: true,
      cell: (pool) => format.minutes(pool.usedMs),
    },
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
