import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { departmentsQuery, sessionQuery } from '#session'
import { Check, Choice, Field } from '#ui'
import type { DraftField, MemberDraft } from './member-draft.ts'
import { inTreeOrder } from './tree.ts'

export type Faults = Readonly<Partial<Record<DraftField, string>>>

export type FieldsProps = {
  readonly draft: MemberDraft
  readonly faults: Faults
  readonly onChange: (part: Partial<MemberDraft>) => void
  readonly isNew?: boolean
}

/** A text box of the draft. */
function boxOf<F extends 'name' | 'login' | 'phone' | 'extension' | 'tags' | 'monthly'>(
  { draft, faults, onChange }: FieldsProps,
  field: F,
) {
  return {
    name: field,
    value: draft[field],
    fault: faults[field],
    autoComplete: 'off',
    onChange: (event: { readonly target: { readonly value: string } }) => onChange({ [field]: event.target.value }),
  }
}

/** Who the member is. */
export function PersonFields(props: FieldsProps) {
  const { t } = useTranslation(['console', 'app'])
  const { draft, faults, onChange, isNew } = props
  const code = useQuery(sessionQuery).data?.organization.code
  return (
    <>
      <Field label={t('members.name')} {...boxOf(props, 'name')} />
      <Field
        label={t('members.login')}
        {...boxOf(props, 'login')}
        autoCapitalize="none"
        spellCheck={false}
        hint={code && t('members.loginHint', { code })}
      />
      <Field label={t('members.phone')} type="tel" {...boxOf(props, 'phone')} hint={t('app:people.numberHint')} />
      <Field
        label={t('members.extension')}
        inputMode="numeric"
        {...boxOf(props, 'extension')}
        hint={t(isNew ? 'members.extensionHint' : 'members.extensionNone')}
      />
      <Choice
        label={t('members.role')}
        value={draft.role}
        fault={faults.role}
        onChange={(event) => onChange({ role: event.target.value })}
        options={[
          { value: 'member', label: t('role.member') },
          { value: 'administrator', label: t('role.administrator') },
        ]}
      />
      <Departments {...props} />
      <Field label={t('members.tags')} {...boxOf(props, 'tags')} hint={t('members.tagsHint')} />
    </>
  )
}

function Departments({ draft, faults, onChange }: FieldsProps) {
  const { t } = useTranslation('console')
  const departments = useQuery(departmentsQuery).data ?? []
  const chosen = new Set(draft.departmentIds)
  const toggle = (id: string) => {
    if (!chosen.delete(id)) chosen.add(id)
    onChange({ departmentIds: [...chosen].toSorted() })
  }
  return (
    <fieldset className="min-w-0">
      <legend className="text-sm font-medium">{t('members.departments')}</legend>
      {departments.length === 0 && <p className="text-xs text-soft">{t('members.noDepartments')}</p>}
      <div className="relative max-h-56 overflow-y-auto">
        {inTreeOrder(departments).map(({ id, name, depth }) => (
          <div key={id} style={{ paddingInlineStart: `${depth * 1.25}rem` }}>
            <Check label={name} checked={chosen.has(id)} onChange={() => toggle(id)} />
          </div>
        ))}
      </div>
      {faults.departmentIds && <p className="text-xs text-danger">{faults.departmentIds}</p>}
    </fieldset>
  )
}

/** Whom he may call, how much, and when he may be rung. */
export function LimitFields(props: FieldsProps) {
  const { t } = useTranslation('console')
  const { draft, onChange } = props
  return (
    <>
      <MayCall
        label={t('members.mayCall')}
        unset={t('mayCall.inherited')}
        value={draft.mayCall}
        onChange={(mayCall) => onChange({ mayCall })}
      />
      <Field
        label={t('members.monthly')}
        inputMode="decimal"
        {...boxOf(props, 'monthly')}
        hint={t('members.monthlyHint')}
      />
      <Check
        label={t('members.shielded')}
        hint={t('members.shieldedHint')}
        checked={draft.isShielded}
        onChange={(event) => onChange({ isShielded: event.target.checked })}
      />
      <Check
        label={t('members.hidden')}
        hint={t('members.hiddenHint')}
        checked={draft.isNumberHidden}
        onChange={(event) => onChange({ isNumberHidden: event.target.checked })}
      />
      <Hours {...props} />
    </>
  )
}

type MayCallProps = {
  readonly label: string
  /** What it says when nothing is set here. */
  readonly unset: string
  readonly value: string
  readonly onChange: (value: string) => void
}

export function MayCall({ label, unset, value, onChange }: MayCallProps) {
  const { t } = useTranslation('console')
  return (
    <Choice
      label={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      options={[
        { value: '', label: unset },
        ...CIRCLES.map((circle) => ({ value: circle, label: t(`mayCall.${circle}`) })),
      ]}
    />
  )
}

const CIRCLES = ['anybody', 'contacts', 'colleagues', 'nobody'] as const

function Hours({ draft, faults, onChange }: FieldsProps) {
  const { t, i18n } = useTranslation('console')
  const weekdays = weekdayNames(i18n.language)
  const toggle = (day: number) =>
    onChange({
      weekdays: draft.weekdays.includes(day)
        ? draft.weekdays.filter((each) => each !== day)
        : [...draft.weekdays, day].toSorted(),
    })
  return (
    <div className="grid gap-2">
      <Check
        label={t('members.hours')}
        hint={t('members.hoursHint')}
        checked={draft.hasHours}
        onChange={(event) => onChange({ hasHours: event.target.checked })}
      />
      {draft.hasHours && (
        <fieldset className="grid gap-2 pl-7">
          <legend className="sr-only">{t('members.hours')}</legend>
          <div className="flex flex-wrap gap-x-4">
            {weekdays.map((name, index) => (
              <Check
                key={name}
                label={name}
                checked={draft.weekdays.includes(index + 1)}
                onChange={() => toggle(index + 1)}
              />
            ))}
          </div>
          <div className="grid grid-cols-2 gap-3">
            <Field
              label={t('members.hoursFrom')}
              type="time"
              value={draft.hoursFrom}
              onChange={(event) => onChange({ hoursFrom: event.target.value })}
            />
            <Field
              label={t('members.hoursUntil')}
              type="time"
              value={draft.hoursUntil}
              onChange={(event) => onChange({ hoursUntil: event.target.value })}
            />
          </div>
        </fieldset>
      )}
      {faults.hasHours && <p className="pl-7 text-xs text-danger">{faults.hasHours}</p>}
    </div>
  )
}

/** Monday first, as ISO 8601 numbers them. */
export function weekdayNames(language: string): readonly string[] {
  const format = new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' })
  // 5 January 1970 was a Monday.
  return [5, 6, 7, 8, 9, 10, 11].map((day) => format.format(Date.UTC(1970, 0, day)))
}
