import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '#session'
import { Banner, Loading, useProblemText } from '#ui'

type Props = {
  readonly title: string
  readonly about: string
  readonly actions?: ReactNode
  readonly isPending: boolean
  readonly error: unknown
  readonly children: ReactNode
}

/** The frame of a console page: its title, what it is about, and its table once it is loaded. */
export function Page({ title, about, actions, isPending, error, children }: Props) {
  const { t } = useTranslation()
  const say = useProblemText()
  return (
    <>
      <header className="mb-4 flex flex-wrap items-center gap-3">
        <div className="min-w-0 flex-1">
          <h1 className="text-xl font-semibold">{title}</h1>
          <p className="text-pretty text-soft">{about}</p>
        </div>
        {actions}
      </header>
      {error instanceof ApiProblem && (
        <div className="mb-4">
          <Banner tone="bad" isUrgent>
            {say(error.code, error.params)}
          </Banner>
        </div>
      )}
      {isPending && !error ? <Loading label={t('loading')} /> : children}
    </>
  )
}
