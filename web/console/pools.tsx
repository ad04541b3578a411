import type { WirePool } from '@tandem/contract'
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Timer } from 'lucide-react'
import { useContext } from 'react'
import { useTranslation } from 'react-i18next'
import { poolPagesQuery, poolQuery } from '#session'
import { Choice, Drawer, EmptyState, Facts, Loading, PlaceContext, Table, TableCard, useFormat, type Column } from '#ui'
import { SearchBox } from './filters.tsx'
import { Ledger } from './ledger.tsx'
import { Failed, isMissing, List, Missing, More } from './list.tsx'
import { Page } from './page.tsx'
import { isFiltered } from './search.ts'

const route = getRouteApi('/member/console/pools')

/** Pools of minutes; behind each figure stand the ledger's entries that it is the sum of. */
export function PoolsPage() {
  const { t } = useTranslation(['console', 'app'])
  const { pool: _pool, ...filter } = route.useSearch()
  const navigate = route.useNavigate()
  const pools = useInfiniteQuery({ ...poolPagesQuery(filter), placeholderData: keepPreviousData })
  const columns = usePoolColumns()
  const nameOf = usePoolName()
  const rows = pools.data?.pages.flatMap(({ items }) => items) ?? []
  const open = (pool?: string) => void navigate({ search: (old) => ({ ...old, pool }), resetScroll: false })
  return (
    <Page title={t('pools.title')} about={t('pools.about')}>
      <TableCard filters={<Filters />} foot={pools.hasNextPage && <More of={pools} />}>
        <List
          of={pools}
          count={rows.length}
          onClear={isFiltered(filter) ? () => void navigate({ search: {} }) : undefined}
          none={
            <EmptyState icon={<Timer size={20} aria-hidden />} title={t('pools.none')}>
              {t('pools.noneHint')}
            </EmptyState>
          }
        >
          <Table
            label={t('pools.title')}
            columns={columns}
            rows={rows}
            rowKey={(pool) => pool.id}
            onOpen={(pool) => open(pool.id)}
            openLabel={(pool) => t('pools.openLedger', { name: nameOf(pool) })}
          />
        </List>
      </TableCard>
      <OpenedPool listed={rows} onClose={() => open(undefined)} />
    </Page>
  )
}

type OpenedProps = { readonly listed: readonly WirePool[]; readonly onClose: () => void }

/** The pool that the address names; it may be of another month, or on a page of the list that is not loaded. */
function OpenedPool({ listed, onClose }: OpenedProps) {
  const { t } = useTranslation(['console', 'app'])
  const { pool: id } = route.useSearch()
  const nameOf = usePoolName()
  const inList = listed.find((one) => one.id === id)
  const asked = useQuery({ ...poolQuery(id ?? ''), enabled: id !== undefined && !inList })
  const pool = inList ?? (id === undefined ? undefined : asked.data)
  const isMissed = asked.isError && isMissing(asked.error)
  return (
    <Drawer isOpen={id !== undefined} onClose={onClose} title={pool ? nameOf(pool) : t('pools.title')}>
      {pool && <PoolDetail pool={pool} />}
      {!pool && id !== undefined && asked.isPending && <Loading label={t('app:loading')} />}
      {!pool && isMissed && <Missing title={t('pools.missing')} />}
      {!pool && asked.isError && !isMissed && <Failed error={asked.error} onTry={asked.refetch} />}
    </Drawer>
  )
}

function Filters() {
  const { t } = useTranslation('console')
  const { text, month, bucket } = route.useSearch()
  const navigate = route.useNavigate()
  const set = (part: Partial<ReturnType<typeof route.useSearch>>, replace = false) =>
    void navigate({ search: (old) => ({ ...old, ...part }), replace, resetScroll: false })
  const half = 'min-w-0 grow basis-34 sm:w-48 sm:grow-0 sm:basis-auto'
  return (
    <>
      <SearchBox
        label={t('filter.search')}
        value={text}
        onSearch={(sought) => set({ text: sought }, text !== undefined)}
      />
      <Choice
        label={t('pools.month')}
        value={month ?? ''}
        onChange={(event) => set({ month: event.target.value || undefined })}
        options={useMonths(month)}
        className={half}
      />
      <Choice
        label={t('pools.owner')}
        value={bucket ?? ''}
        onChange={(event) => set({ bucket: (event.target.value || undefined) as typeof bucket })}
        options={[
          { value: '', label: t('filter.all') },
          { value: 'organization', label: t('pools.organization') },
          { value: 'member', label: t('pools.members') },
        ]}
        className={half}
      />
    </>
  )
}

/** Months before the current one that are offered; an address may name any. */
const MONTHS_BACK = 12

function useMonths(asked: string | undefined) {
  const { t, i18n } = useTranslation('console')
  const { zone } = useContext(PlaceContext)
  const name = new Intl.DateTimeFormat(i18n.language, { year: 'numeric', month: 'long', timeZone: 'UTC' })
  const before = monthsBefore(new Date(), zone)
  const months = asked === undefined || asked === 'all' || before.includes(asked) ? before : [asked, ...before]
  return [
    { value: '', label: t('pools.thisMonth') },
    ...months.map((month) => ({ value: month, label: monthName(month, name) })),
    { value: 'all', label: t('pools.allMonths') },
  ]
}

/** The months before that of `now` in the zone, latest first. */
function monthsBefore(now: Date, zone: string | undefined): readonly string[] {
  const parts = new Intl.DateTimeFormat('en', {
    ...(zone ? { timeZone: zone } : {}),
    year: 'numeric',
    month: 'numeric',
  }).formatToParts(now)
  const part = (type: string) => Number(parts.find((each) => each.type === type)?.value)
  const [year, month] = [part('year'), part('month')]
  return Array.from({ length: MONTHS_BACK }, (_, back) =>
    new Date(Date.UTC(year, month - 2 - back)).toISOString().slice(0, 7),
  )
}

function monthName(month: string, name: Intl.DateTimeFormat): string {
  const first = Date.parse(`${month}-01`)
  return Number.isNaN(first) ? month : name.format(first)
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
