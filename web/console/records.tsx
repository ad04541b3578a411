import { endReason, type WireRecord } from '@tandem/contract'
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import clsx from 'clsx'
import { ReceiptText } from 'lucide-react'
import { useContext } from 'react'
import { useTranslation } from 'react-i18next'
import { memberQuery, recordsQuery } from '#session'
import {
  Badge,
  Choice,
  Drawer,
  EmptyState,
  Loading,
  PlaceContext,
  Table,
  TableCard,
  useFormat,
  usePhoneNumber,
  type Column,
} from '#ui'
import { DayRange, FilterChip, periodOf, SearchBox, useSought } from './filters.tsx'
import { Failed, isMissing, List, Missing, More } from './list.tsx'
import { Page } from './page.tsx'
import { RecordDetail } from './record-detail.tsx'
import { isFiltered } from './search.ts'

const route = getRouteApi('/member/console/records')

export function RecordsPage() {
  const { t } = useTranslation('console')
  const { zone } = useContext(PlaceContext)
  const { call: _call, ...filter } = route.useSearch()
  const navigate = route.useNavigate()
  const { text, reason, member } = filter
  const records = useInfiniteQuery({
    ...recordsQuery({ ...useSought()(text), memberId: member, endReason: reason, ...periodOf(filter, zone) }),
    placeholderData: keepPreviousData,
  })
  const format = useFormat()
  const columns = useColumns()
  const write = usePhoneNumber()
  const rows = records.data?.pages.flatMap((page) => page.items) ?? []
  const open = (call?: string) => void navigate({ search: (old) => ({ ...old, call }), resetScroll: false })
  return (
    <Page title={t('records.title')} about={t('records.about')}>
      <TableCard filters={<Filters />} foot={records.hasNextPage && <More of={records} />}>
        <List
          of={records}
          count={rows.length}
          onClear={isFiltered(filter) ? () => void navigate({ search: {} }) : undefined}
          none={<EmptyState icon={<ReceiptText size={20} aria-hidden />} title={t('records.none')} />}
        >
          <Table
            label={t('records.title')}
            columns={columns}
            rows={rows}
            rowKey={(record) => record.id}
            onOpen={(record) => open(record.callId)}
            openLabel={(record) =>
              t('records.open', {
                time: format.shortTime(record.placedAt),
                name: record.memberName,
                number: record.kind === 'network' ? (record.calleeName ?? '') : write(record.dialled),
              })
            }
          />
        </List>
      </TableCard>
      <OpenedRecord listed={rows} onClose={() => open(undefined)} />
    </Page>
  )
}

type OpenedProps = { readonly listed: readonly WireRecord[]; readonly onClose: () => void }

/** The record of the call that the address names; it may be on a page of the list that is not loaded. */
function OpenedRecord({ listed, onClose }: OpenedProps) {
  const { t } = useTranslation(['console', 'app'])
  const { call: callId } = route.useSearch()
  const inList = listed.find((record) => record.callId === callId)
  const asked = useInfiniteQuery({ ...recordsQuery({ callId }), enabled: callId !== undefined && !inList })
  const record = inList ?? asked.data?.pages[0]?.items[0]
  const isMissed = asked.isSuccess || (asked.isError && isMissing(asked.error))
  return (
    <Drawer isOpen={callId !== undefined} onClose={onClose} title={t('app:record.title')}>
      {record && <RecordDetail record={record} />}
      {!record && callId !== undefined && asked.isPending && <Loading label={t('app:loading')} />}
      {!record && isMissed && <Missing title={t('records.missing')} />}
      {!record && asked.isError && !isMissed && <Failed error={asked.error} onTry={asked.refetch} />}
    </Drawer>
  )
}

function Filters() {
  const { t } = useTranslation('console')
  const { text, reason, from, until, member } = route.useSearch()
  const navigate = route.useNavigate()
  const set = (part: Partial<ReturnType<typeof route.useSearch>>, replace = false) =>
    void navigate({ search: (old) => ({ ...old, ...part }), replace, resetScroll: false })
  const name = useQuery({ ...memberQuery(member ?? ''), enabled: member !== undefined }).data?.value.name
  return (
    <>
      {member !== undefined && (
        <FilterChip
          text={name === undefined ? t('records.member') : t('records.of', { name })}
          onRemove={() => set({ member: undefined })}
        />
      )}
      <SearchBox
        label={t('records.search')}
        value={text}
        onSearch={(sought) => set({ text: sought }, text !== undefined)}
        className="w-full sm:w-56"
      />
      <Choice
        label={t('records.reason')}
        value={reason ?? ''}
        onChange={(event) => set({ reason: event.target.value || undefined })}
        options={[
          { value: '', label: t('filter.all') },
          ...endReason.options.map((value) => ({ value, label: t(`endedBy.${value}`) })),
        ]}
        className="w-full sm:w-48"
      />
      <DayRange from={from} until={until} onChange={set} />
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
      cell: (record) => (
        <span className="grid">
          <span className="whitespace-nowrap figures">{format.shortTime(record.placedAt)}</span>{' '}
          <span className="text-xs font-normal text-soft wrap-anywhere md:hidden">{record.memberName}</span>
        </span>
      ),
    },
    { key: 'member', title: t('records.member'), isWideOnly: true, cell: (record) => record.memberName },
    {
      key: 'callee',
      title: t('records.callee'),
      cell: (record) => (
        <span className="grid">
          {record.calleeName && <span className="wrap-anywhere">{record.calleeName}</span>}
          <span className={clsx('whitespace-nowrap figures', record.calleeName && 'text-xs text-soft')}>
            {record.kind === 'network' ? t('records.inApp') : write(record.dialled)}
          </span>
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
