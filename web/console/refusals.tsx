import { ERRORS, type WireDecision } from '@tandem/contract'
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { CircleCheck } from 'lucide-react'
import { useContext, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { decisionsQuery, memberQuery } from '#session'
import {
  Badge,
  Choice,
  Drawer,
  EmptyState,
  PlaceContext,
  Table,
  TableCard,
  useFormat,
  usePhoneNumber,
  type Column,
} from '#ui'
import { DecisionDetail } from './decision-detail.tsx'
import { DayRange, FilterChip, periodOf, SearchBox, useSought } from './filters.tsx'
import { List, More } from './list.tsx'
import { Page } from './page.tsx'
import { isFiltered } from './search.ts'

const route = getRouteApi('/member/console/refusals')

/** What was decided about each wish to call: who was told no, and why. */
export function RefusalsPage() {
  const { t } = useTranslation('console')
  const format = useFormat()
  const { zone } = useContext(PlaceContext)
  const columns = useColumns()
  const write = usePhoneNumber()
  const { show, ...filter } = route.useSearch()
  const navigate = route.useNavigate()
  const [opened, setOpened] = useState<WireDecision>()
  const { text, code, member: memberId } = filter
  const decisions = useInfiniteQuery({
    ...decisionsQuery({
      ...useSought({ asDialled: true })(text),
      code,
      memberId,
      ...periodOf(filter, zone),
      admitted: show === 'all' ? undefined : 'false',
    }),
    placeholderData: keepPreviousData,
  })
  const rows = decisions.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <Page title={t('refusals.title')} about={t('refusals.about')}>
      <TableCard filters={<Filters />} foot={decisions.hasNextPage && <More of={decisions} />}>
        <List
          of={decisions}
          count={rows.length}
          onClear={isFiltered(filter) ? () => void navigate({ search: { show } }) : undefined}
          none={
            <EmptyState
              icon={<CircleCheck size={20} aria-hidden />}
              title={t(show === 'all' ? 'refusals.noneAtAll' : 'refusals.none')}
            />
          }
        >
          <Table
            label={t('refusals.title')}
            columns={columns}
            rows={rows}
            rowKey={(decision) => decision.id}
            onOpen={setOpened}
            openLabel={(decision) =>
              t('records.open', {
                time: format.shortTime(decision.at),
                name: decision.memberName,
                number: decision.calleeName ?? write(decision.dialled),
              })
            }
          />
        </List>
      </TableCard>
      <Drawer isOpen={opened !== undefined} onClose={() => setOpened(undefined)} title={t('refusals.decision')}>
        {opened && <DecisionDetail decision={opened} />}
      </Drawer>
    </Page>
  )
}

/** The codes for which a call is refused. */
const REFUSALS = Object.entries(ERRORS)
  .filter(([code, { status }]) => status === 403 && code !== 'not-allowed' && code !== 'origin-refused')
  .map(([code]) => code as 'no-plan')

function Filters() {
  const { t } = useTranslation('console')
  const { text, show, code, from, until, member } = route.useSearch()
  const navigate = route.useNavigate()
  const set = (part: Partial<ReturnType<typeof route.useSearch>>, replace = false) =>
    void navigate({ search: (old) => ({ ...old, ...part }), replace, resetScroll: false })
  const name = useQuery({ ...memberQuery(member ?? ''), enabled: member !== undefined }).data?.value.name
  return (
    <>
      {member !== undefined && (
        <FilterChip
          text={name === undefined ? t('records.member') : t('refusals.of', { name })}
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
        label={t('refusals.reason')}
        value={code ?? ''}
        onChange={(event) => set({ code: (event.target.value || undefined) as typeof code })}
        options={[
          { value: '', label: t('filter.all') },
          ...REFUSALS.map((value) => ({ value, label: t(`refusal.${value}`) })),
        ]}
        className="min-w-0 grow basis-34 sm:w-48 sm:grow-0 sm:basis-auto"
      />
      <Choice
        label={t('refusals.show')}
        value={show ?? ''}
        onChange={(event) => set({ show: (event.target.value || undefined) as typeof show })}
        options={[
          { value: '', label: t('refusals.refused') },
          { value: 'all', label: t('refusals.all') },
        ]}
        className="min-w-0 grow basis-34 sm:w-40 sm:grow-0 sm:basis-auto"
      />
      <DayRange from={from} until={until} onChange={set} />
    </>
  )
}

function useColumns(): readonly Column<WireDecision>[] {
  const { t } = useTranslation('console')
  const format = useFormat()
  const write = usePhoneNumber()
  return [
    {
      key: 'at',
      title: t('refusals.at'),
      cell: (decision) => <span className="whitespace-nowrap figures">{format.shortTime(decision.at)}</span>,
    },
    {
      key: 'member',
      title: t('records.member'),
      cell: (decision) => (
        <span className="grid">
          <span className="wrap-anywhere">{decision.memberName}</span>
          <span className="text-xs text-soft figures wrap-anywhere md:hidden">
            {decision.calleeName ?? write(decision.dialled)}
          </span>
        </span>
      ),
    },
    {
      key: 'dialled',
      title: t('records.callee'),
      isWideOnly: true,
      cell: (decision) => <Callee decision={decision} />,
    },
    {
      key: 'code',
      title: t('refusals.reason'),
      cell: (decision) =>
        decision.code ? (
          t(`refusal.${decision.code as 'no-plan'}`)
        ) : (
          <Badge tone="good">{t('refusals.admitted')}</Badge>
        ),
    },
  ]
}

function Callee({ decision }: { readonly decision: WireDecision }) {
  const { t } = useTranslation('console')
  const write = usePhoneNumber()
  if (decision.kind === 'business') return <span className="whitespace-nowrap figures">{write(decision.dialled)}</span>
  return (
    <span className="grid">
      <span className="wrap-anywhere">{decision.calleeName}</span>
      <span className="text-xs text-soft">{t('records.inApp')}</span>
    </span>
  )
}
