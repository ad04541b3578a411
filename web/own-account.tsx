import { ownChange, type WireSession } from '@tandem/contract'
import { useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem, changeOwn, keys } from '#session'
import { Banner, Button, Choice, chooseLanguage, Dialog, Field, LANGUAGES, notice, useProblemText } from '#ui'
import type { Language } from '#ui'
import { OwnRinging } from './own-ringing.tsx'

type Props = { readonly session: WireSession; readonly onClose: () => void }

/** What everybody may change about himself: language, how his browser rings, and password. */
export function OwnAccount({ session, onClose }: Props) {
  const { t } = useTranslation()
  return (
    <Dialog isOpen onClose={onClose} title={t('account.title')}>
      <OwnLanguage session={session} />
      <hr className="my-5 border-line" />
      <OwnRinging />
      <hr className="my-5 border-line" />
      <OwnPassword onDone={onClose} />
    </Dialog>
  )
}

function OwnLanguage({ session }: { readonly session: WireSession }) {
  const { t } = useTranslation()
  const { save, problem } = useSaving()
  const client = useQueryClient()
  const choose = async (value: string) => {
    const language = value === '' ? null : (value as Language)
    if (!(await save({ language }))) return
    client.setQueryData<WireSession>(keys.session, { ...session, language })
    await chooseLanguage(language)
  }
  return (
    <div className="grid gap-3">
      {problem}
      <Choice
        label={t('language')}
        value={session.language ?? ''}
        options={[
          { value: '', label: t('account.browserLanguage') },
          ...Object.entries(LANGUAGES).map(([value, label]) => ({ value, label })),
        ]}
        onChange={(event) => void choose(event.target.value)}
      />
    </div>
  )
}

function OwnPassword({ onDone }: { readonly onDone: () => void }) {
  const { t } = useTranslation()
  const { save, problem, isBusy } = useSaving()
  const [isShort, setShort] = useState(false)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const change = ownChange.safeParse({
      currentPassword: String(form.get('current')),
      password: String(form.get('password')),
    })
    setShort(!change.success)
    if (!change.success || !(await save(change.data))) return
    notice.done(t('account.passwordChanged'))
    onDone()
  }
  return (
    <form onSubmit={(event) => void submit(event)} className="grid gap-4">
      <h3 className="font-semibold">{t('account.changePassword')}</h3>
      {problem}
      <Field
        label={t('account.currentPassword')}
        name="current"
        type="password"
        required
        autoComplete="current-password"
      />
      <Field
        label={t('account.newPassword')}
        name="password"
        type="password"
        required
        autoComplete="new-password"
        hint={t('account.passwordHint')}
        fault={isShort ? t('account.passwordFault') : undefined}
      />
      <Button type="submit" look="brand" disabled={isBusy} className="justify-self-end">
        {t('account.changePassword')}
      </Button>
    </form>
  )
}

/** Sends a change of one's own; what was wrong with it stands above the form. */
function useSaving() {
  const say = useProblemText()
  const [problem, setProblem] = useState<ApiProblem>()
  const [isBusy, setBusy] = useState(false)
  const save = async (change: Parameters<typeof changeOwn>[0]): Promise<boolean> => {
    setBusy(true)
    setProblem(undefined)
    try {
      await changeOwn(change)
      return true
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      setProblem(error)
      return false
    } finally {
      setBusy(false)
    }
  }
  const shown = problem && (
    <Banner tone="bad" isUrgent>
      {say(problem.code, problem.params)}
    </Banner>
  )
  return { save, problem: shown, isBusy }
}
