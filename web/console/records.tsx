import { endReason, type WireRecord } from '@tandem/contract'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { ReceiptText } from 'lucide-react'
import { useContext, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { membersQuery, recordsQuery, type RecordFilter } from '#session'
import {
  Badge,
  Button,
  Choice,
  Drawer,
  EmptyState,
  Field,
  PlaceContext,
  startOfDay,
  Table,
  TableCard,
  useFormat,
  usePhoneNumber,
  type Column,
} from '#ui'
import { Page } from './page.tsx'
import { RecordDetail } from './record-detail.tsx'

/** What the boxes of the filter bar hold; `from` and `until` are days, both inclusive. */
type Filter = {
  readonly number: string
  readonly memberId: string
  readonly endReason: string
  readonly from: string
  readonly until: string
}

const ANY: Filter = { number: '', memberId: '', endReason: '', from: '', until: '' }

export function RecordsPage() {
  const { t } = useTranslation(['console', 'app'])
  const { zone } = useContext(PlaceContext)
  const [filter, setFilter] = useState(ANY)
  const records = useInfiniteQuery(recordsQuery(toQuery(filter, zone)))
  const format = useFormat()
  const columns = useColumns()
  const { call } = useSearch({ strict: false }) as { call?: string }
  const [openedId, setOpenedId] = useState(call)
  const rows = records.data?.pages.flatMap((page) => page.items) ?? []
  const listed = rows.find((record) => record.callId === openedId)
  // A link from the ledger may lead to a call that is on no page yet.
  const linked = useInfiniteQuery({
    ...recordsQuery({ callId: openedId }),
    enabled: openedId !== undefined && !listed && !records.isPending,
  })
  const opened = openedId === undefined ? undefined : (listed ?? linked.data?.pages[0]?.items[0])
  return (
    <Page
      title={t('records.title')}
      about={t('records.about')}
      isPending={records.isPending && filter === ANY}
      error={records.error}
    >
      <TableCard
        filters={<Filters filter={filter} onFilter={setFilter} />}
        foot={
          records.hasNextPage && (
            <Button look="quiet" onClick={() => void records.fetchNextPage()}>
              {t('app:more')}
            </Button>
          )
        }
      >
        {rows.length === 0 ? (
          <EmptyState
            icon={<ReceiptText size={20} aria-hidden />}
            title={t(filter === ANY ? 'records.none' : 'filter.none')}
          />
        ) : (
          <Table
            label={t('records.title')}
            columns={columns}
            rows={rows}
            rowKey={(record) => record.id}
            onOpen={(record) => setOpenedId(record.callId)}
            openLabel={(record) =>
              t('records.open', {
                time: format.shortTime(record.placedAt),
                name: record.memberName,
                number: record.dialled,
              })
            }
          />
        )}
      </TableCard>
      <Drawer isOpen={opened !== undefined} onClose={() => setOpenedId(undefined)} title={t('app:record.title')}>
        {opened && <RecordDetail record={opened} />}
      </Drawer>
    </Page>
  )
}

function toQuery(filter: Filter, zone: string | undefined): RecordFilter {
  return {
    number: filter.number.replace(/\D/g, '') || undefined,
    memberId: filter.memberId || undefined,
    endReason: filter.endReason || undefined,
    from: filter.from ? startOfDay(filter.from, zone) : undefined,
    until: filter.until ? startOfDay(nextDay(filter.until), zone) : undefined,
  }
}

const nextDay = (day: string): string => new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10)

function Filters({ filter, onFilter }: { readonly filter: Filter; readonly onFilter: (filter: Filter) => void }) {
  const { t } = useTranslation(['console', 'app'])
  const members = useQuery(membersQuery).data ?? []
  const box = (name: keyof Filter) => ({
    value: filter[name],
    onChange: (event: { readonly target: { readonly value: string } }) =>
      onFilter({ ...filter, [name]: event.target.value }),
  })
  return (
    <>
      <Field
        label={t('records.number')}
        type="search"
        inputMode="tel"
        maxLength={20}
        {...box('number')}
        className="min-w-0 grow basis-34 sm:w-40 sm:grow-0 sm:basis-auto"
      />
      <Choice
        label={t('records.member')}
        {...box('memberId')}
        options={[
          { value: '', label: t('filter.all') },
          ...members.map(({ id, name }) => ({ value: id, label: name })),
        ]}
        className="min-w-0 grow basis-34 sm:w-44 sm:grow-0 sm:basis-auto"
      />
      <Choice
        label={t('records.reason')}
        {...box('endReason')}
        options={[
          { value: '', label: t('filter.all') },
          ...endReason.options.map((value) => ({ value, label: t(`endedBy.${value}`) })),
        ]}
        className="w-full sm:w-48"
      />
      <Field
        label={t('records.from')}
        type="date"
        {...box('from')}
        className="min-w-0 grow basis-34 sm:grow-0 sm:basis-auto"
      />
      <Field
        label={t('records.until')}
        type="date"
        {...box('until')}
        className="min-w-0 grow basis-34 sm:grow-0 sm:basis-auto"
      />
      {filter !== ANY && (
        <Button look="quiet" onClick={() => onFilter(ANY)}>
          {t('filter.clear')}
        </Button>
      )}
    </>
  )
}

function useColumns(): readonly Column<WireRecord>[] {
  const { t } = useTranslation('console')
  const format = useFormat()
  const write = usePhoneNumber()
  return [
    {
      key: 'placed',
      title: t('records.placed'),
      cell: (record) => <span className="whitespace-nowrap figures">{format.shortTime(record.placedAt)}</span>,
    },
    { key: 'member', title: t('records.member'), isWideOnly: true, cell: (record) => record.memberName },
    {
      key: 'callee',
      title: t('records.callee'),
      cell: (record) => (
        <span className="grid">
          {record.calleeName && <span>{record.calleeName}</span>}
          <span className={record.calleeName ? 'text-xs text-soft figures' : 'figures'}>{write(record.dialled)}</span>
        </span>
      ),
    },
    { key: 'reason', title: t('records.reason'), isWideOnly: true, cell: (record) => <Reason record={record} /> },
    {
      key: 'rated',
      title: t('records.rated'),
      isNumber: true,
      cell: (record) => (record.ratedMs > 0 ? format.minutes(record.ratedMs) : '—'),
    },
  ]
}

function Reason({ record }: { readonly record: WireRecord }) {
  const { t } = useTranslation('console')
  return (
    <Badge tone={record.answeredAt ? 'good' : record.endReason === 'cancelled' ? 'none' : 'bad'}>
      {t(`endedBy.${record.endReason}`)}
    </Badge>
  )
}
