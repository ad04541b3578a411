import { departmentChange, newDepartment, type WireDepartment } from '@tandem/contract'
import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Trash2, Users } from 'lucide-react'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem, changeDepartment, createDepartment, keys, removeDepartment } from '#session'
import { Button, buttonClass, Choice, Field, notice, useProblemText } from '#ui'
import { Confirm } from './confirm.tsx'
import { MayCall } from './member-fields.tsx'
import { Form } from './member-form.tsx'
import { withAllBelow } from './tree.ts'
import { Unsaved } from './unsaved.tsx'

/** What the boxes hold; `monthly` in minutes, `parentId` empty at the top. */
type Draft = { readonly name: string; readonly parentId: string; readonly mayCall: string; readonly monthly: string }

const draftOf = (department?: WireDepartment): Draft => ({
  name: department?.name ?? '',
  parentId: department?.parentId ?? '',
  mayCall: department?.limits.mayCall ?? '',
  monthly:
    department === undefined || department.limits.monthlyMs === null
      ? ''
      : String(department.limits.monthlyMs / 60_000),
})

type Props = {
  /** Left out: a new one. */
  readonly department?: WireDepartment
  readonly all: readonly WireDepartment[]
  readonly onDone: () => void
}

export function DepartmentForm({ department, all, onDone }: Props) {
  const { t } = useTranslation('console')
  const [base] = useState(() => draftOf(department))
  const [draft, setDraft] = useState(base)
  const isSaved = useRef(false)
  const client = useQueryClient()
  const { faults, problem, show, showProblem } = useFaults()
  const set = (part: Partial<Draft>) => setDraft({ ...draft, ...part })
  const finish = async (text: string) => {
    isSaved.current = true
    await client.invalidateQueries({ queryKey: keys.departments })
    void client.invalidateQueries({ queryKey: keys.members })
    notice.done(text)
    onDone()
  }
  const submit = async () => {
    const wanted = changeOf(draft, department ? base : undefined)
    const parsed = (department ? departmentChange : newDepartment).safeParse(wanted)
    if (!show(parsed.error?.issues) || !parsed.success) return
    try {
      await (department ? changeDepartment(department.id, parsed.data) : createDepartment(parsed.data))
    } catch (error) {
      return showProblem(error)
    }
    await finish(t('form.saved'))
  }
  return (
    <Form problem={problem} onSubmit={submit} onCancel={onDone}>
      {department && (
        <Actions
          department={department}
          onRemoved={() => finish(t('departments.removed', { name: department.name }))}
        />
      )}
      <Field
        label={t('departments.name')}
        value={draft.name}
        fault={faults.name}
        autoComplete="off"
        onChange={(event) => set({ name: event.target.value })}
      />
      <Parent
        department={department}
        all={all}
        value={draft.parentId}
        fault={faults.parentId}
        onChange={(parentId) => set({ parentId })}
      />
      <MayCall
        label={t('departments.mayCall')}
        unset={t('departments.notSet')}
        value={draft.mayCall}
        onChange={(mayCall) => set({ mayCall })}
      />
      <Field
        label={t('departments.monthly')}
        inputMode="decimal"
        hint={t('departments.monthlyHint')}
        value={draft.monthly}
        fault={faults.monthly}
        onChange={(event) => set({ monthly: event.target.value })}
      />
      <Unsaved isUnsaved={() => !isSaved.current && JSON.stringify(draft) !== JSON.stringify(base)} />
    </Form>
  )
}

type ParentProps = {
  readonly department: WireDepartment | undefined
  readonly all: readonly WireDepartment[]
  readonly value: string
  readonly fault: string | undefined
  readonly onChange: (id: string) => void
}

/** Where it may be moved: not into itself, nor into what is below it. */
function Parent({ department, all, value, fault, onChange }: ParentProps) {
  const { t } = useTranslation('console')
  const barred = department ? withAllBelow(all, department.id) : new Set<string>()
  return (
    <Choice
      label={t('departments.parent')}
      value={value}
      fault={fault}
      onChange={(event) => onChange(event.target.value)}
      options={[
        { value: '', label: t('departments.top') },
        ...all
          .filter(({ id }) => !barred.has(id))
          .map(({ id, name, depth }) => ({ value: id, label: `${'\u2003'.repeat(depth + 1)}${name}` })),
      ]}
    />
  )
}

type ActionsProps = { readonly department: WireDepartment; readonly onRemoved: () => Promise<void> }

function Actions({ department, onRemoved }: ActionsProps) {
  const { t } = useTranslation('console')
  const [isAsking, setAsking] = useState(false)
  const { id, name } = department
  return (
    <div className="flex flex-wrap gap-2">
      <Link to="/console/members" search={{ department: id }} className={buttonClass('plain')}>
        <Users size={16} aria-hidden />
        {t('departments.members')}
      </Link>
      <Button icon={<Trash2 size={16} aria-hidden />} onClick={() => setAsking(true)}>
        {t('departments.remove')}
      </Button>
      <Confirm
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        title={t('departments.removeTitle', { name })}
        action={t('departments.remove')}
        isHarmful
        onConfirm={() => removeDepartment(id).then(onRemoved)}
      >
        {t('departments.removeText')}
      </Confirm>
    </div>
  )
}

/** What differs from `base`, in the words of the API; all of it for a new one. */
function changeOf(draft: Draft, base: Draft | undefined): object {
  const differs = (field: keyof Draft) => base === undefined || draft[field] !== base[field]
  const limits = {
    ...(differs('mayCall') ? { mayCall: draft.mayCall || null } : {}),
    ...(differs('monthly')
      ? { monthlyMs: draft.monthly.trim() === '' ? null : Math.round(Number(draft.monthly) * 60_000) }
      : {}),
  }
  return {
    ...(differs('name') ? { name: draft.name } : {}),
    ...(differs('parentId') ? { parentId: draft.parentId || null } : {}),
    ...(Object.keys(limits).length > 0 ? { limits } : {}),
  }
}

type Faults = Readonly<Partial<Record<'name' | 'parentId' | 'monthly', string>>>

const FIELD_OF_CODE: Readonly<Record<string, keyof Faults>> = {
  'department-cycle': 'parentId',
  'department-too-deep': 'parentId',
  'reference-unknown': 'parentId',
  'name-taken': 'name',
}

function useFaults() {
  const { t } = useTranslation('console')
  const say = useProblemText()
  const [faults, setFaults] = useState<Faults>({})
  const [problem, setProblem] = useState<ApiProblem>()
  return {
    faults,
    problem,
    show: (issues: readonly { readonly path: readonly PropertyKey[] }[] = []): boolean => {
      const paths = issues.map(({ path }) => path[0])
      setProblem(undefined)
      setFaults({
        ...(paths.includes('name') ? { name: t('departments.nameFault') } : {}),
        ...(paths.includes('limits') ? { monthly: t('members.monthlyFault') } : {}),
      })
      return issues.length === 0
    },
    showProblem: (error: unknown): void => {
      const told = error instanceof ApiProblem ? error : new ApiProblem('unreadable')
      const field = FIELD_OF_CODE[told.code]
      if (field) setFaults({ [field]: say(told.code, told.params) })
      else setProblem(told)
    },
  }
}
