import { signIn as signInSchema } from '@tandem/contract'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter, useSearch } from '@tanstack/react-router'
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem, demoAccountsQuery, keys, signIn } from '#session'
import { Banner, Button, Card, Field, LanguageMenu, useProblemText } from '#ui'

export function SignInPage() {
  const { t } = useTranslation()
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  const { submit, problem, isBusy } = useSignIn()
  const say = useProblemText()
  return (
    <main className="grid min-h-dvh content-center justify-items-center gap-4 p-4">
      <div className="flex w-full max-w-sm items-center justify-between">
        <div className="flex items-center gap-3">
          <img src="/icon.svg" alt="" className="size-9" />
          <div>
            <p className="text-lg font-semibold leading-tight">Tandem</p>
            <p className="text-xs text-soft">{t('tagline')}</p>
          </div>
        </div>
        <LanguageMenu />
      </div>
      <Card className="w-full max-w-sm p-6">
        <form
          className="grid gap-4"
          onSubmit={(event: FormEvent) => {
            event.preventDefault()
            void submit({ login, password })
          }}
        >
          <h1 className="text-lg font-semibold">{t('signIn.title')}</h1>
          {problem && (
            <Banner tone="bad" isUrgent>
              {say(problem.code, problem.params)}
            </Banner>
          )}
          <Field
            label={t('signIn.login')}
            required
            autoFocus
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            value={login}
            onChange={(event) => setLogin(event.target.value)}
          />
          <Field
            label={t('signIn.password')}
            type="password"
            required
            autoComplete="current-password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
          <Button type="submit" look="brand" disabled={isBusy}>
            {t('signIn.submit')}
          </Button>
        </form>
      </Card>
      <DemoAccounts
        onChoose={(account) => {
          setLogin(account.login)
          setPassword(account.password)
        }}
      />
    </main>
  )
}

function useSignIn() {
  const client = useQueryClient()
  const { history } = useRouter()
  const { next } = useSearch({ strict: false }) as { next?: string }
  const [problem, setProblem] = useState<ApiProblem>()
  const [isBusy, setBusy] = useState(false)
  const submit = async (given: { login: string; password: string }) => {
    setBusy(true)
    setProblem(undefined)
    try {
      client.setQueryData(keys.session, await signIn(signInSchema.parse(given)))
      // As it was asked for, with what stands behind its `?`.
      history.push(next?.startsWith('/') && !/^\/[/\\]/.test(next) ? next : '/')
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      setProblem(error)
    } finally {
      setBusy(false)
    }
  }
  return { submit, problem, isBusy }
}

type Account = { readonly name: string; readonly login: string; readonly password: string; readonly role: string }

/** In demo mode anybody may be anybody. */
function DemoAccounts({ onChoose }: { readonly onChoose: (account: Account) => void }) {
  const { t, i18n } = useTranslation()
  const accounts = useQuery(demoAccountsQuery).data
  if (!accounts?.length) return null
  const roleText = (role: string) =>
    i18n.exists(`signIn.role.${role}`) ? t(`signIn.role.${role}` as 'signIn.role.member') : role
  return (
    <Card className="w-full max-w-sm p-4" aria-labelledby="demo-accounts">
      <h2 id="demo-accounts" className="text-sm font-semibold">
        {t('signIn.demo')}
      </h2>
      <p className="text-xs text-soft">{t('signIn.demoHint')}</p>
      <ul className="-mx-2 mt-2">
        {accounts.map((account) => (
          <li key={account.login}>
            <button
              type="button"
              onClick={() => onChoose(account)}
              className="flex min-h-control w-full items-center gap-3 rounded-control px-2 text-left hover:bg-sunken"
            >
              <span className="min-w-0 flex-1 truncate font-medium">{account.name}</span>
              <span className="text-xs text-soft">{roleText(account.role)}</span>
            </button>
          </li>
        ))}
      </ul>
    </Card>
  )
}
