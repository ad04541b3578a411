import type { WireDecision } from '@tandem/contract'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { CircleCheck } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { decisionsQuery } from '#session'
import {
  Badge,
  Button,
  Choice,
  Drawer,
  EmptyState,
  Facts,
  Field,
  Table,
  TableCard,
  useFormat,
  usePhoneNumber,
  useProblemText,
  type Column,
} from '#ui'
import { Page } from './page.tsx'

/** What was decided about each wish to call: who was told no, and why. */
export function RefusalsPage() {
  const { t } = useTranslation(['console', 'app'])
  const format = useFormat()
  const columns = useColumns()
  const [shown, setShown] = useState('refused')
  const [text, setText] = useState('')
  const [opened, setOpened] = useState<WireDecision>()
  const decisions = useInfiniteQuery({
    ...decisionsQuery({ text: text.trim(), admitted: shown === 'all' ? undefined : 'false' }),
    placeholderData: keepPreviousData,
  })
  const rows = decisions.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <Page
      title={t('refusals.title')}
      about={t('refusals.about')}
      isPending={decisions.isPending}
      error={decisions.error}
    >
      <TableCard
        filters={
          <>
            <Field
              label={t('filter.search')}
              type="search"
              value={text}
              onChange={(event) => setText(event.target.value)}
              className="w-full sm:w-64"
            />
            <Choice
              label={t('refusals.show')}
              value={shown}
              onChange={(event) => setShown(event.target.value)}
              options={[
                { value: 'refused', label: t('refusals.refused') },
                { value: 'all', label: t('refusals.all') },
              ]}
              className="w-full sm:w-44"
            />
          </>
        }
        foot={
          decisions.hasNextPage && (
            <Button look="quiet" onClick={() => void decisions.fetchNextPage()}>
              {t('app:more')}
            </Button>
          )
        }
      >
        {rows.length === 0 ? (
          <EmptyState
            icon={<CircleCheck size={20} aria-hidden />}
            title={t(text.trim() === '' ? 'refusals.none' : 'filter.none')}
          />
        ) : (
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
                number: decision.dialled,
              })
            }
          />
        )}
      </TableCard>
      <Drawer isOpen={opened !== undefined} onClose={() => setOpened(undefined)} title={t('refusals.decision')}>
        {opened && <DecisionDetail decision={opened} />}
      </Drawer>
    </Page>
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
    { key: 'member', title: t('records.member'), cell: (decision) => decision.memberName },
    {
      key: 'dialled',
      title: t('records.callee'),
      isWideOnly: true,
      cell: (decision) => <span className="whitespace-nowrap figures">{write(decision.dialled)}</span>,
    },
    {
      key: 'code',
      title: t('refusals.reason'),
      cell: (decision) =>
        decision.code ? (
          <span title={decision.code}>{t(`refusal.${decision.code as 'no-plan'}`)}</span>
        ) : (
          <Badge tone="good">{t('refusals.admitted')}</Badge>
        ),
    },
  ]
}

function DecisionDetail({ decision }: { readonly decision: WireDecision }) {
  const { t } = useTranslation('console')
  const format = useFormat()
  const write = usePhoneNumber()
  const say = useProblemText()
  const { code } = decision
  return (
    <div className="grid grid-cols-1 gap-5">
      {code && (
        <div className="rounded-control bg-danger-soft p-4">
          <p className="font-medium text-danger">{t(`refusal.${code as 'no-plan'}`)}</p>
          <p className="text-pretty">{say(code, decision.params)}</p>
        </div>
      )}
      <Facts
        facts={[
          { term: t('refusals.at'), value: format.preciseTime(decision.at) },
          { term: t('records.member'), value: decision.memberName },
          { term: t('records.callee'), value: write(decision.dialled) },
          { term: t('refusals.reason'), value: code ? <code>{code}</code> : t('refusals.admitted') },
          ...Object.entries(decision.params).map(([name, value]) => ({ term: name, value: String(value) })),
          { term: t('refusals.id'), value: <code className="break-all text-xs">{decision.id}</code> },
        ]}
      />
    </div>
  )
}
