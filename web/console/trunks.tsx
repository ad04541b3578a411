import type { WireTrunk } from '@tandem/contract'
import { useQuery } from '@tanstack/react-query'
import { Network } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { carriersQuery, trunksQuery } from '#session'
import { Badge, Choice, Drawer, EmptyState, Facts, Table, TableCard, type Column, type Fact } from '#ui'
import { Page } from './page.tsx'

/** The lines to the phone network, and whether they answer just now. */
export function TrunksPage() {
  const { t } = useTranslation('console')
  const trunks = useQuery(trunksQuery)
  const columns = useColumns()
  const [state, setState] = useState('')
  const [openedId, setOpenedId] = useState<string>()
  const rows = (trunks.data ?? [])
    .filter((trunk) => state === '' || trunk.reachability === state)
    .toSorted((a, b) => a.priority - b.priority)
  const opened = trunks.data?.find((trunk) => trunk.id === openedId)
  return (
    <Page title={t('trunks.title')} about={t('trunks.about')} isPending={trunks.isPending} error={trunks.error}>
      <TableCard
        filters={
          <Choice
            label={t('trunks.state')}
            value={state}
            onChange={(event) => setState(event.target.value)}
            options={[
              { value: '', label: t('filter.all') },
              ...(['up', 'down', 'unknown'] as const).map((value) => ({ value, label: t(`reachability.${value}`) })),
            ]}
            className="w-full sm:w-44"
          />
        }
      >
        {rows.length === 0 ? (
          <EmptyState icon={<Network size={20} aria-hidden />} title={t('trunks.none')}>
            {t('trunks.noneHint')}
          </EmptyState>
        ) : (
          <Table
            label={t('trunks.title')}
            columns={columns}
            rows={rows}
            rowKey={(trunk) => trunk.id}
            onOpen={(trunk) => setOpenedId(trunk.id)}
            openLabel={(trunk) => t('open', { name: trunk.name })}
          />
        )}
      </TableCard>
      <Drawer isOpen={opened !== undefined} onClose={() => setOpenedId(undefined)} title={opened?.name ?? ''}>
        {opened && <TrunkDetail trunk={opened} />}
      </Drawer>
    </Page>
  )
}

const TONES = { up: 'good', down: 'bad', unknown: 'none' } as const

function State({ trunk }: { readonly trunk: WireTrunk }) {
  const { t } = useTranslation('console')
  return (
    <span data-reachability={trunk.reachability}>
      <Badge tone={TONES[trunk.reachability]}>{t(`reachability.${trunk.reachability}`)}</Badge>
    </span>
  )
}

function useColumns(): readonly Column<WireTrunk>[] {
  const { t } = useTranslation('console')
  const carriers = useQuery(carriersQuery).data ?? []
  return [
    { key: 'name', title: t('trunks.name'), cell: (trunk) => trunk.name },
    { key: 'state', title: t('trunks.state'), cell: (trunk) => <State trunk={trunk} /> },
    {
      key: 'carrier',
      title: t('trunks.carrier'),
      isWideOnly: true,
      cell: (trunk) => carriers.find(({ id }) => id === trunk.carrierId)?.name ?? '—',
    },
    { key: 'address', title: t('trunks.address'), isWideOnly: true, cell: (trunk) => `${trunk.host}:${trunk.port}` },
    { key: 'auth', title: t('trunks.auth'), isWideOnly: true, cell: (trunk) => t(`auth.${trunk.auth.kind}`) },
    { key: 'priority', title: t('trunks.priority'), isNumber: true, cell: (trunk) => trunk.priority },
  ]
}

function TrunkDetail({ trunk }: { readonly trunk: WireTrunk }) {
  const { t } = useTranslation('console')
  const facts: readonly Fact[] = [
    { term: t('trunks.state'), value: <State trunk={trunk} /> },
    { term: t('trunks.standing'), value: t(`standing.${trunk.standing}`) },
    { term: t('trunks.address'), value: `${trunk.host}:${trunk.port} (${trunk.transport.toUpperCase()})` },
    {
      term: t('trunks.auth'),
      value: trunk.auth.username
        ? `${t(`auth.${trunk.auth.kind}`)} · ${trunk.auth.username}`
        : t(`auth.${trunk.auth.kind}`),
    },
    { term: t('trunks.registers'), value: t(trunk.registers ? 'yes' : 'no') },
    { term: t('trunks.format'), value: t(`numberFormat.${trunk.numberFormat}`) },
    {
      term: t('trunks.zones'),
      value: trunk.zones.length > 0 ? trunk.zones.map((zone) => t(`zones.${zone}`)).join(', ') : t('filter.all'),
    },
    { term: t('trunks.priority'), value: trunk.priority },
    { term: t('trunks.failover'), value: t(trunk.failsOverOnTimeout ? 'yes' : 'no') },
  ]
  return <Facts facts={facts} />
}
