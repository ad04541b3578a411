import type { WireMember } from '@tandem/contract'
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Plus, Users } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { departmentsQuery, memberPagesQuery, memberQuery } from '#session'
import { Button, Choice, Drawer, EmptyState, Loading, Table, TableCard, usePhoneNumber, type Column } from '#ui'
import { SearchBox, useSought } from './filters.tsx'
import { Failed, isMissing, List, Missing, More } from './list.tsx'
import { MemberDetail, Standing } from './member-detail.tsx'
import { EditMember, NewMember } from './member-form.tsx'
import { Page } from './page.tsx'
import { isFiltered } from './search.ts'
import { inTreeOrder } from './tree.ts'

const route = getRouteApi('/member/console/members')

export function MembersPage() {
  const { t } = useTranslation('console')
  const { text, role, standing, department } = route.useSearch()
  const navigate = route.useNavigate()
  const sought = useSought()(text)
  const filter = { text: sought.number ?? sought.text, role, standing, departmentId: department }
  const members = useInfiniteQuery({ ...memberPagesQuery(filter), placeholderData: keepPreviousData })
  const columns = useColumns()
  const rows = members.data?.pages.flatMap(({ items }) => items) ?? []
  const open = (member: string) => void navigate({ search: (old) => ({ ...old, member }), resetScroll: false })
  return (
    <Page
      title={t('members.title')}
      about={t('members.about')}
      actions={
        <Button look="brand" icon={<Plus size={17} aria-hidden />} onClick={() => open('new')}>
          {t('members.add')}
        </Button>
      }
    >
      <TableCard filters={<Filters />} foot={members.hasNextPage && <More of={members} />}>
        <List
          of={members}
          count={rows.length}
          onClear={isFiltered(filter) ? () => void navigate({ search: {} }) : undefined}
          none={<EmptyState icon={<Users size={20} aria-hidden />} title={t('members.none')} />}
        >
          <Table
            label={t('members.title')}
            columns={columns}
            rows={rows}
            rowKey={({ id }) => id}
            onOpen={({ id }) => open(id)}
            openLabel={({ name }) => t('open', { name })}
          />
        </List>
      </TableCard>
      <OpenedMember />
    </Page>
  )
}

function Filters() {
  const { t } = useTranslation('console')
  const { text, role, standing, department } = route.useSearch()
  const navigate = route.useNavigate()
  const departments = useQuery(departmentsQuery).data ?? []
  const set = (part: Partial<ReturnType<typeof route.useSearch>>, replace = false) =>
    void navigate({ search: (old) => ({ ...old, ...part }), replace, resetScroll: false })
  const all = { value: '', label: t('filter.all') }
  const half = 'min-w-0 grow basis-34 sm:w-44 sm:grow-0 sm:basis-auto'
  return (
    <>
      <SearchBox
        label={t('filter.search')}
        value={text}
        onSearch={(sought) => set({ text: sought }, text !== undefined)}
      />
      <Choice
        label={t('members.departments')}
        value={department ?? ''}
        onChange={(event) => set({ department: event.target.value || undefined })}
        options={[
          all,
          ...inTreeOrder(departments).map(({ id, name, depth }) => ({
            value: id,
            label: `${'\u2003'.repeat(depth)}${name}`,
          })),
        ]}
        className="w-full sm:w-44"
      />
      <Choice
        label={t('members.role')}
        value={role ?? ''}
        onChange={(event) => set({ role: (event.target.value || undefined) as typeof role })}
        options={[
          all,
          { value: 'member', label: t('role.member') },
          { value: 'administrator', label: t('role.administrator') },
        ]}
        className={half}
      />
      <Choice
        label={t('members.standing')}
        value={standing ?? ''}
        onChange={(event) => set({ standing: (event.target.value || undefined) as typeof standing })}
        options={[
          all,
          { value: 'active', label: t('standing.active') },
          { value: 'suspended', label: t('standing.suspended') },
        ]}
        className={half}
      />
    </>
  )
}

/** Who is named by the address, in the drawer; `new` is nobody yet. */
function OpenedMember() {
  const { t } = useTranslation('console')
  const { member: id, isEditing } = route.useSearch()
  const navigate = route.useNavigate()
  const isNew = id === 'new'
  const member = useQuery({ ...memberQuery(id ?? ''), enabled: id !== undefined && !isNew })
  const close = () =>
    void navigate({
      search: ({ member: _member, isEditing: _isEditing, ...rest }) => rest,
      resetScroll: false,
    })
  const edit = (next?: 'true') =>
    void navigate({ search: (old) => ({ ...old, isEditing: next }), resetScroll: false, replace: next === undefined })
  const name = member.data?.value.name
  const title = isNew ? t('members.add') : id === undefined ? '' : (name ?? t('members.title'))
  return (
    <Drawer isOpen={id !== undefined} onClose={close} title={title}>
      {isNew && <NewMember onDone={close} />}
      {!isNew && member.isPending && id !== undefined && <Loading label={t('members.title')} />}
      {member.isError && !member.data && isMissing(member.error) && <Missing title={t('members.missing')} />}
      {member.isError && !member.data && !isMissing(member.error) && (
        <Failed error={member.error} onTry={member.refetch} />
      )}
      {member.data && !isEditing && <MemberDetail seen={member.data} onEdit={() => edit('true')} />}
      {member.data && isEditing && (
        <EditMember key={member.data.value.id} seen={member.data} onDone={() => edit(undefined)} />
      )}
    </Drawer>
  )
}

function useColumns(): readonly Column<WireMember>[] {
  const { t } = useTranslation('console')
  const write = usePhoneNumber()
  return [
    {
      key: 'name',
      title: t('members.name'),
      cell: ({ name }) => <span className="line-clamp-3 wrap-anywhere">{name}</span>,
    },
    {
      key: 'departments',
      title: t('members.departments'),
      isWideOnly: true,
      cell: (member) => member.departments.join(' / ') || '—',
    },
    {
      key: 'phone',
      title: t('members.phone'),
      cell: (member) => <span className="whitespace-nowrap figures">{member.phone ? write(member.phone) : '—'}</span>,
    },
    { key: 'extension', title: t('members.extension'), isWideOnly: true, cell: (member) => member.extension ?? '—' },
    { key: 'role', title: t('members.role'), isWideOnly: true, cell: (member) => t(`role.${member.role}`) },
    {
      key: 'mayCall',
      title: t('members.mayCall'),
      isWideOnly: true,
      cell: (member) => (
        <span className="whitespace-nowrap">{t(`mayCall.${member.limits.mayCall ?? 'inherited'}`)}</span>
      ),
    },
    { key: 'standing', title: t('members.standing'), cell: (member) => <Standing member={member} /> },
  ]
}
