import type { WireDecision } from '@tandem/contract'
import { Link } from '@tanstack/react-router'
import { UserRound } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { buttonClass, Facts, useFormat, usePhoneNumber, useToldText } from '#ui'

/** Who can change what a call was refused for; nobody for the others. */
const REMEDY: Readonly<Record<string, 'member' | 'operator'>> = {
  'member-suspended': 'member',
  'caller-barred': 'member',
  'callee-not-colleague': 'member',
  'callee-not-contact': 'member',
  'monthly-limit-reached': 'member',
  'organization-suspended': 'operator',
  'zone-denied': 'operator',
  'licence-missing': 'operator',
  'no-caller-number': 'operator',
  'no-plan': 'operator',
  'service-not-in-plan': 'operator',
  'too-many-calls': 'operator',
  'no-minutes': 'operator',
  'no-route': 'operator',
}

/** What was decided, what the member was told, and who can change it. */
export function DecisionDetail({ decision }: { readonly decision: WireDecision }) {
  const { t } = useTranslation('console')
  const format = useFormat()
  const write = usePhoneNumber()
  const tell = useToldText()
  const { code, alternatives } = decision
  const wait = alternatives.find((each) => each.kind === 'wait-until')
  return (
    <div className="grid grid-cols-1 gap-5">
      {code && (
        <div className="grid gap-2 rounded-control bg-danger-soft p-4">
          <p className="font-medium text-danger">{t(`refusal.${code as 'no-plan'}`)}</p>
          <p className="text-xs text-soft">{t('refusals.told')}</p>
          <blockquote className="border-l-2 border-edge pl-3 text-pretty wrap-anywhere">
            {tell(code, decision.params)}
          </blockquote>
          <Remedy decision={decision} />
        </div>
      )}
      <Facts
        facts={[
          { term: t('refusals.at'), value: format.preciseTime(decision.at) },
          { term: t('records.member'), value: decision.memberName },
          {
            term: t('records.callee'),
            value: <span className="wrap-anywhere">{decision.calleeName ?? write(decision.dialled)}</span>,
          },
          { term: t('records.kind'), value: t(`kind.${decision.kind}`) },
          { term: t('refusals.reason'), value: code ? <code>{code}</code> : t('refusals.admitted') },
          ...(wait ? [{ term: t('refusals.again'), value: format.dateTime(wait.at) }] : []),
          { term: t('refusals.id'), value: <code className="break-all text-xs">{decision.id}</code> },
        ]}
      />
    </div>
  )
}

function Remedy({ decision: { code, memberId } }: { readonly decision: WireDecision }) {
  const { t } = useTranslation('console')
  const remedy = code === null ? undefined : REMEDY[code]
  if (remedy === undefined) return null
  return (
    <>
      <p>{t(`refusals.remedy.${remedy}`)}</p>
      {remedy === 'member' && (
        <Link
          to="/console/members"
          search={{ member: memberId }}
          className={buttonClass('plain', 'justify-self-start')}
        >
          <UserRound size={16} aria-hidden />
          {t('refusals.openMember')}
        </Link>
      )}
    </>
  )
}
