import { memberChange, newMember, type WireMember } from '@tandem/contract'
import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState, type FormEvent, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem, changeMember, createMember, keys, memberQuery, type Seen } from '#session'
import { Banner, Button, Field, notice, useE164, useProblemText } from '#ui'
import {
  changeOf,
  differences,
  draftOf,
  EMPTY_DRAFT,
  FIELD_OF_CODE,
  fieldOfPath,
  wholeOf,
  type DraftField,
  type MemberDraft,
} from './member-draft.ts'
import { LimitFields, PersonFields, type Faults } from './member-fields.tsx'
import { Unsaved } from './unsaved.tsx'

/** A member as he is now, to be changed. */
export function EditMember({ seen, onDone }: { readonly seen: Seen<WireMember>; readonly onDone: () => void }) {
  const { t } = useTranslation('console')
  // As he was when the form was opened, or when its save was refused: what comes in meanwhile must not be overwritten.
  const [known, setKnown] = useState(seen)
  const [touched, setTouched] = useState<Partial<MemberDraft>>({})
  const [changedBy, setChangedBy] = useState<readonly DraftField[]>()
  const isSaved = useRef(false)
  const client = useQueryClient()
  const read = useE164()
  const { faults, problem, show, showProblem } = useFaults()
  const base = draftOf(known.value)
  const draft = { ...base, ...touched }

  const lookAgain = async () => {
    const now = await client.fetchQuery({ ...memberQuery(known.value.id), staleTime: 0 })
    setChangedBy(differences(base, draftOf(now.value)))
    setKnown(now)
  }

  const submit = async () => {
    setChangedBy(undefined)
    const sent = { ...draft, phone: read(draft.phone) ?? draft.phone }
    const parsed = memberChange.safeParse(changeOf(sent, base))
    if (!show(parsed.error?.issues, sent) || !parsed.success) return
    try {
      const saved = await changeMember(known, parsed.data)
      isSaved.current = true
      client.setQueryData(keys.member(saved.value.id), saved)
    } catch (error) {
      if (error instanceof ApiProblem && error.code === 'changed-meanwhile') return lookAgain().catch(showProblem)
      return showProblem(error)
    }
    await client.invalidateQueries({ queryKey: keys.members })
    for (const queryKey of [keys.session, keys.minutes]) void client.invalidateQueries({ queryKey })
    notice.done(t('form.saved'))
    onDone()
  }

  return (
    <Form problem={problem} onSubmit={submit} onCancel={onDone}>
      {changedBy && <ChangedMeanwhile fields={changedBy} />}
      <PersonFields draft={draft} faults={faults} onChange={(part) => setTouched({ ...touched, ...part })} />
      <LimitFields draft={draft} faults={faults} onChange={(part) => setTouched({ ...touched, ...part })} />
      <Unsaved isUnsaved={() => !isSaved.current && differences(draft, base).length > 0} />
    </Form>
  )
}

export function NewMember({ onDone }: { readonly onDone: (id?: string) => void }) {
  const { t } = useTranslation('console')
  const [draft, setDraft] = useState(EMPTY_DRAFT)
  const [password, setPassword] = useState('')
  const [passwordFault, setPasswordFault] = useState<string>()
  const isSaved = useRef(false)
  const client = useQueryClient()
  const read = useE164()
  const say = useProblemText()
  const { faults, problem, show, showProblem } = useFaults()
  const change = (part: Partial<MemberDraft>) => setDraft({ ...draft, ...part })

  const submit = async () => {
    const sent = { ...draft, phone: read(draft.phone) ?? draft.phone }
    const parsed = newMember.safeParse({ ...wholeOf(sent), ...(password ? { password } : {}) })
    const isPasswordWrong = parsed.error?.issues.some(({ path }) => path[0] === 'password')
    setPasswordFault(isPasswordWrong ? t('members.passwordHint') : undefined)
    if (!show(parsed.error?.issues, sent) || !parsed.success) return
    try {
      const { id, name, login } = await createMember(parsed.data)
      isSaved.current = true
      for (const queryKey of [keys.members, keys.pools]) void client.invalidateQueries({ queryKey })
      notice.done(t('members.added', { name, login }))
      onDone(id)
    } catch (error) {
      if (error instanceof ApiProblem && error.code === 'password-weak') return setPasswordFault(say(error.code))
      showProblem(error)
    }
  }

  return (
    <Form problem={problem} onSubmit={submit} onCancel={() => onDone()}>
      <PersonFields isNew draft={draft} faults={faults} onChange={change} />
      <Field
        label={t('members.password')}
        type="password"
        autoComplete="new-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        hint={t('members.passwordHint')}
        fault={passwordFault}
      />
      <LimitFields draft={draft} faults={faults} onChange={change} />
      <Unsaved isUnsaved={() => !isSaved.current && (password !== '' || differences(draft, EMPTY_DRAFT).length > 0)} />
    </Form>
  )
}

type FormProps = {
  readonly problem: ApiProblem | undefined
  readonly onSubmit: () => Promise<void>
  readonly onCancel: () => void
  readonly children: ReactNode
}

/** A form in a drawer: what no box is to blame for on top, its buttons below. */
export function Form({ problem, onSubmit, onCancel, children }: FormProps) {
  const { t } = useTranslation('app')
  const say = useProblemText()
  const [isBusy, setBusy] = useState(false)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    await onSubmit().finally(() => setBusy(false))
  }
  return (
    <form onSubmit={(event) => void submit(event)} noValidate className="grid grid-cols-1 gap-4">
      {problem && (
        <Banner tone="bad" isUrgent>
          {say(problem.code, problem.params)}
        </Banner>
      )}
      {children}
      <div className="sticky -bottom-5 -mx-5 -mb-5 flex justify-end gap-2 rounded-b-card border-t border-line bg-raised px-5 py-3">
        <Button onClick={onCancel}>{t('cancel')}</Button>
        <Button type="submit" look="brand" disabled={isBusy}>
          {t('save')}
        </Button>
      </div>
    </form>
  )
}

function ChangedMeanwhile({ fields }: { readonly fields: readonly DraftField[] }) {
  const { t } = useTranslation('console')
  const names = [...new Set(fields.map((field) => t(`members.${TITLES[field]}`)))]
  return (
    <Banner tone="warn" isUrgent>
      {names.length === 0 ? t('form.changedNothing') : t('form.changed', { fields: names.join(' · ') })}
    </Banner>
  )
}

const TITLES = {
  name: 'name',
  login: 'login',
  role: 'role',
  phone: 'phone',
  extension: 'extension',
  departmentIds: 'departments',
  tags: 'tags',
  mayCall: 'mayCall',
  monthly: 'monthly',
  isShielded: 'shielded',
  isNumberHidden: 'hidden',
  hasHours: 'hours',
  weekdays: 'hours',
  hoursFrom: 'hours',
  hoursUntil: 'hours',
} as const satisfies Readonly<Record<DraftField, string>>

type Issue = { readonly path: readonly PropertyKey[] }

/** What is wrong with which box; a refusal that no box is to blame for is the whole form's. */
function useFaults() {
  const { t } = useTranslation(['console', 'app'])
  const say = useProblemText()
  const [faults, setFaults] = useState<Faults>({})
  const [problem, setProblem] = useState<ApiProblem>()
  const textOf: Readonly<Record<DraftField, string | undefined>> = {
    ...EMPTY_FAULTS,
    name: t('members.nameFault'),
    login: t('members.loginFault'),
    phone: t('app:people.numberFault'),
    extension: t('members.extensionFault'),
    tags: t('members.tagsFault'),
    monthly: t('members.monthlyFault'),
    hasHours: t('members.hoursFault'),
  }
  const mark = (fields: readonly (DraftField | undefined)[]) =>
    setFaults(
      Object.fromEntries(fields.flatMap((field) => (field ? [[field, textOf[field] ?? say('bad-request')]] : []))),
    )
  return {
    faults,
    problem,
    /** Whether nothing is wrong. */
    show: (issues: readonly Issue[] = [], { hasHours, weekdays }: MemberDraft): boolean => {
      const fields = issues.map(({ path }) => fieldOfPath(path.join('.')))
      const all = hasHours && weekdays.length === 0 ? [...fields, 'hasHours' as const] : fields
      mark(all)
      setProblem(undefined)
      return all.length === 0
    },
    showProblem: (error: unknown): void => {
      const told = error instanceof ApiProblem ? error : new ApiProblem('unreadable')
      const field = FIELD_OF_CODE[told.code]
      if (field) return setFaults({ [field]: say(told.code, told.params) })
      mark(told.faults.map(({ path }) => fieldOfPath(path)))
      setProblem(told)
    },
  }
}

const EMPTY_FAULTS = {
  role: undefined,
  departmentIds: undefined,
  mayCall: undefined,
  isShielded: undefined,
  isNumberHidden: undefined,
  weekdays: undefined,
  hoursFrom: undefined,
  hoursUntil: undefined,
} as const
