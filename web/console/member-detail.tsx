import type { WireMember } from '@tandem/contract'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { CircleSlash, Pencil, ReceiptText } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { poolPagesQuery, type Seen } from '#session'
import { Badge, Button, buttonClass, Facts, useFormat, usePhoneNumber, type Fact } from '#ui'
import { PasswordButton, StandingButton } from './member-actions.tsx'
import { weekdayNames } from './member-fields.tsx'

export function Standing({ member }: { readonly member: WireMember }) {
  const { t } = useTranslation('console')
  return <Badge tone={member.standing === 'active' ? 'good' : 'bad'}>{t(`standing.${member.standing}`)}</Badge>
}

/** A member: what is set for him, and what can be done. */
export function MemberDetail({ seen, onEdit }: { readonly seen: Seen<WireMember>; readonly onEdit: () => void }) {
  const { t } = useTranslation('console')
  const member = seen.value
  return (
    <div className="grid gap-5">
      <div className="flex flex-wrap gap-2">
        <Button look="brand" icon={<Pencil size={16} aria-hidden />} onClick={onEdit}>
          {t('form.edit')}
        </Button>
        <StandingButton seen={seen} />
        <PasswordButton member={member} />
      </div>
      <Facts facts={[...usePersonFacts(member), ...useLimitFacts(member)]} />
      <div className="flex flex-wrap gap-2">
        <Link to="/console/records" search={{ member: member.id }} className={buttonClass('plain')}>
          <ReceiptText size={16} aria-hidden />
          {t('members.calls')}
        </Link>
        <Link to="/console/refusals" search={{ member: member.id }} className={buttonClass('plain')}>
          <CircleSlash size={16} aria-hidden />
          {t('members.refusals')}
        </Link>
      </div>
    </div>
  )
}

function usePersonFacts(member: WireMember): readonly Fact[] {
  const { t } = useTranslation('console')
  const write = usePhoneNumber()
  const tags = member.tags.map((tag) => (
    <Badge key={tag}>
      <span className="max-w-40 truncate" title={tag}>
        {tag}
      </span>
    </Badge>
  ))
  return [
    { term: t('members.login'), value: <span className="wrap-anywhere">{member.login}</span> },
    { term: t('members.role'), value: t(`role.${member.role}`) },
    { term: t('members.standing'), value: <Standing member={member} /> },
    { term: t('members.departments'), value: member.departments.join(' / ') || '—' },
    { term: t('members.phone'), value: member.phone ? write(member.phone) : '—' },
    { term: t('members.extension'), value: member.extension ?? '—' },
    { term: t('members.tags'), value: tags.length > 0 ? <span className="flex flex-wrap gap-1">{tags}</span> : '—' },
  ]
}

function useLimitFacts(member: WireMember): readonly Fact[] {
  const { t, i18n } = useTranslation('console')
  const format = useFormat()
  const pools =
    useInfiniteQuery(poolPagesQuery({ memberId: member.id })).data?.pages.flatMap((page) => page.items) ?? []
  const { limits, workingHours: hours } = member
  const clock = (minute: number) =>
    [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0')).join(':')
  const days = weekdayNames(i18n.language)
  return [
    { term: t('members.mayCall'), value: t(`mayCall.${limits.mayCall ?? 'inherited'}`) },
    {
      term: t('members.monthly'),
      value: limits.monthlyMs === null ? t('members.unlimited') : format.minutes(limits.monthlyMs),
    },
    {
      term: t('members.hours'),
      value:
        hours === null
          ? t('members.anyTime')
          : `${hours.weekdays.map((day) => days[day - 1]).join(' ')} ${clock(hours.fromMinute)}–${clock(hours.untilMinute)}`,
    },
    ...(member.isShielded ? [{ term: t('members.shielded'), value: '✓' }] : []),
    ...(member.isNumberHidden ? [{ term: t('members.hidden'), value: '✓' }] : []),
    ...pools.map((pool) => ({
      term: t('members.quota'),
      value: t('members.quotaLeft', {
        left: format.minutes(pool.grantedMs - pool.usedMs - pool.heldMs),
        granted: format.minutes(pool.grantedMs),
      }),
    })),
  ]
}
