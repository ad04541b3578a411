import { newMember } from '@tandem/contract'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem, createMember, keys, sessionQuery } from '#session'
import { Banner, Button, Choice, Dialog, Field, useProblemText, notice } from '#ui'

export function AddMember({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation('console')
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={t('members.add')}>
      <MemberForm onDone={onClose} />
    </Dialog>
  )
}

type Faults = Readonly<Partial<Record<'name' | 'login' | 'password' | 'phone', boolean>>>

function MemberForm({ onDone }: { readonly onDone: () => void }) {
  const { t } = useTranslation(['console', 'app'])
  const say = useProblemText()
  const client = useQueryClient()
  const code = useQuery(sessionQuery).data?.organization.code
  const [faults, setFaults] = useState<Faults>({})
  const [problem, setProblem] = useState<ApiProblem>()

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const parsed = newMember.safeParse(memberFromForm(new FormData(event.currentTarget)))
    setFaults(Object.fromEntries(parsed.error?.issues.map(({ path }) => [path[0], true]) ?? []))
    if (!parsed.success) return
    let login: string
    try {
      ;({ login } = await createMember(parsed.data))
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      return setProblem(error)
    }
    for (const queryKey of [keys.members, keys.pools]) void client.invalidateQueries({ queryKey })
    notice.done(t('members.added', { name: parsed.data.name, login }))
    onDone()
  }

  return (
    <form onSubmit={(event) => void submit(event)} noValidate className="grid gap-4">
      {problem && (
        <Banner tone="bad" isUrgent>
          {say(problem.code, problem.params)}
        </Banner>
      )}
      <Field
        label={t('members.name')}
        name="name"
        autoComplete="off"
        fault={faults.name ? t('members.nameFault') : undefined}
      />
      <Field
        label={t('members.login')}
        name="login"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        hint={code && t('members.loginHint', { code })}
        fault={faults.login ? t('members.loginFault') : undefined}
      />
      <Field
        label={t('members.password')}
        name="password"
        type="password"
        autoComplete="new-password"
        hint={t('members.passwordHint')}
        fault={faults.password ? t('members.passwordHint') : undefined}
      />
      <Field
        label={t('members.phone')}
        name="phone"
        type="tel"
        autoComplete="off"
        hint={t('app:people.numberHint')}
        fault={faults.phone ? t('app:people.numberFault') : undefined}
      />
      <Choice
        label={t('members.role')}
        name="role"
        options={[
          { value: 'member', label: t('role.member') },
          { value: 'administrator', label: t('role.administrator') },
        ]}
      />
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>{t('app:cancel')}</Button>
        <Button type="submit" look="brand">
          {t('app:save')}
        </Button>
      </div>
    </form>
  )
}

/** Empty boxes are left out: the API has its defaults. */
function memberFromForm(form: FormData): object {
  const text = (name: string) => String(form.get(name) ?? '').trim()
  const phone = text('phone').replace(/[\s().-]/g, '')
  return {
    name: text('name'),
    login: text('login'),
    role: text('role'),
    ...(text('password') ? { password: text('password') } : {}),
    ...(phone ? { phone } : {}),
  }
}
