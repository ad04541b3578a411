import type { WireDepartment } from '@tandem/contract'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Network, Plus } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { departmentsQuery } from '#session'
import { Button, Drawer, EmptyState, Table, TableCard, useFormat, type Column } from '#ui'
import { DepartmentForm } from './department-form.tsx'
import { List, Missing } from './list.tsx'
import { Page } from './page.tsx'
import { inTreeOrder } from './tree.ts'

const route = getRouteApi('/member/console/departments')

/** The tree of departments, with the limits that each one sets. */
export function DepartmentsPage() {
  const { t } = useTranslation('console')
  const { department: id } = route.useSearch()
  const navigate = route.useNavigate()
  const departments = useQuery(departmentsQuery)
  const columns = useColumns()
  const rows = inTreeOrder(departments.data ?? [])
  const opened = rows.find((each) => each.id === id)
  const open = (department?: string) => void navigate({ search: { department }, resetScroll: false })
  const close = () => open(undefined)
  return (
    <Page
      title={t('departments.title')}
      about={t('departments.about')}
      actions={
        <Button look="brand" icon={<Plus size={17} aria-hidden />} onClick={() => open('new')}>
          {t('departments.add')}
        </Button>
      }
    >
      <TableCard>
        <List
          of={departments}
          count={rows.length}
          none={<EmptyState icon={<Network size={20} aria-hidden />} title={t('departments.none')} />}
        >
          <Table
            label={t('departments.title')}
            columns={columns}
            rows={rows}
            rowKey={(each) => each.id}
            onOpen={(each) => open(each.id)}
            openLabel={({ name }) => t('open', { name })}
          />
        </List>
      </TableCard>
      <Drawer
        isOpen={id !== undefined}
        onClose={close}
        title={id === 'new' ? t('departments.add') : (opened?.name ?? t('departments.title'))}
      >
        {id === 'new' && <DepartmentForm all={rows} onDone={close} />}
        {opened && <DepartmentForm key={opened.id} department={opened} all={rows} onDone={close} />}
        {id !== 'new' && departments.isSuccess && !opened && <Missing title={t('departments.missing')} />}
      </Drawer>
    </Page>
  )
}

function useColumns(): readonly Column<WireDepartment>[] {
  const { t } = useTranslation('console')
  const format = useFormat()
  return [
    {
      key: 'name',
      title: t('departments.name'),
      cell: ({ name, depth }) => (
        <span className="block wrap-anywhere" style={{ paddingInlineStart: `${depth * 1.25}rem` }}>
          {name}
        </span>
      ),
    },
    {
      key: 'mayCall',
      title: t('departments.mayCall'),
      cell: ({ limits }) => (limits.mayCall === null ? <Dash /> : t(`mayCall.${limits.mayCall}`)),
    },
    {
      key: 'monthly',
      title: t('departments.monthly'),
      isNumber: true,
      cell: ({ limits }) => (limits.monthlyMs === null ? <Dash /> : format.minutes(limits.monthlyMs)),
    },
  ]
}

function Dash() {
  const { t } = useTranslation('console')
  return <span className="text-soft">{t('departments.notSet')}</span>
}
