import type { WireMember } from '@tandem/contract'
import { useQuery } from '@tanstack/react-query'
import { Plus, Users } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { membersQuery, poolsQuery } from '#session'
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
  type Column,
  type Fact,
} from '#ui'
import { AddMember } from './add-member.tsx'
import { Page } from './page.tsx'

export function MembersPage() {
  const { t } = useTranslation('console')
  const members = useQuery(membersQuery)
  const columns = useColumns()
  const [text, setText] = useState('')
  const [role, setRole] = useState('')
  const [opened, setOpened] = useState<WireMember>()
  const [isAdding, setAdding] = useState(false)
  const rows = (members.data ?? []).filter((member) => fits(member, text) && (role === '' || member.role === role))
  return (
    <Page
      title={t('members.title')}
      about={t('members.about')}
      isPending={members.isPending}
      error={members.error}
      actions={
        <Button look="brand" icon={<Plus size={17} aria-hidden />} onClick={() => setAdding(true)}>
          {t('members.add')}
        </Button>
      }
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
              label={t('members.role')}
              value={role}
              onChange={(event) => setRole(event.target.value)}
              options={[
                { value: '', label: t('filter.all') },
                { value: 'member', label: t('role.member') },
                { value: 'administrator', label: t('role.administrator') },
              ]}
              className="w-full sm:w-44"
            />
          </>
        }
      >
        {rows.length === 0 ? (
          <EmptyState icon={<Users size={20} aria-hidden />} title={t('filter.none')} />
        ) : (
          <Table
            label={t('members.title')}
            columns={columns}
            rows={rows}
            rowKey={(member) => member.id}
            onOpen={setOpened}
            openLabel={(member) => t('open', { name: member.name })}
          />
        )}
      </TableCard>
      <Drawer isOpen={opened !== undefined} onClose={() => setOpened(undefined)} title={opened?.name ?? ''}>
        {opened && <MemberDetail member={opened} />}
      </Drawer>
      <AddMember isOpen={isAdding} onClose={() => setAdding(false)} />
    </Page>
  )
}

const fits = (member: WireMember, text: string): boolean =>
  [member.name, member.login, member.phone ?? '', member.extension ?? '', ...member.departments, ...member.tags]
    .join(' ')
    .toLowerCase()
    .includes(text.trim().toLowerCase())

function useColumns(): readonly Column<WireMember>[] {
  const { t } = useTranslation('console')
  const write = usePhoneNumber()
  return [
    { key: 'name', title: t('members.name'), cell: (member) => member.name },
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
      cell: (member) => t(`mayCall.${member.limits.mayCall ?? 'inherited'}`),
    },
    { key: 'standing', title: t('members.standing'), cell: (member) => <Standing member={member} /> },
  ]
}

function Standing({ member }: { readonly member: WireMember }) {
  const { t } = useTranslation('console')
  return <Badge tone={member.standing === 'active' ? 'good' : 'bad'}>{t(`standing.${member.standing}`)}</Badge>
}

function MemberDetail({ member }: { readonly member: WireMember }) {
  const { t } = useTranslation('console')
  const format = useFormat()
  const write = usePhoneNumber()
  const pools = useQuery(poolsQuery).data?.filter((pool) => pool.memberId === member.id) ?? []
  const facts: readonly Fact[] = [
    { term: t('members.login'), value: member.login },
    { term: t('members.role'), value: t(`role.${member.role}`) },
    { term: t('members.standing'), value: <Standing member={member} /> },
    { term: t('members.departments'), value: member.departments.join(' / ') || '—' },
    { term: t('members.phone'), value: member.phone ? write(member.phone) : '—' },
    { term: t('members.extension'), value: member.extension ?? '—' },
    {
      term: t('members.tags'),
      value:
        member.tags.length > 0 ? (
          <span className="flex flex-wrap gap-1">
            {member.tags.map((tag) => (
              <Badge key={tag}>{tag}</Badge>
            ))}
          </span>
        ) : (
          '—'
        ),
    },
    { term: t('members.mayCall'), value: t(`mayCall.${member.limits.mayCall ?? 'inherited'}`) },
    {
      term: t('members.monthly'),
      value: member.limits.monthlyMs === null ? t('members.unlimited') : format.minutes(member.limits.monthlyMs),
    },
    ...pools.map((pool) => ({
      term: t('members.quota'),
      value: t('members.quotaLeft', {
        left: format.minutes(pool.grantedMs - pool.usedMs - pool.heldMs),
        granted: format.minutes(pool.grantedMs),
      }),
    })),
  ]
  return <Facts facts={facts} />
}
