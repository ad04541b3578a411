import { Link, type ErrorComponentProps } from '@tanstack/react-router'
import { SearchX, Unplug } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '#session'
import { Button, buttonClass, EmptyState, useProblemText } from '#ui'

export function NotFound() {
  const { t } = useTranslation()
  return (
    <main className="grid min-h-dvh place-items-center">
      <EmptyState icon={<SearchX size={20} aria-hidden />} title={t('nav.notFound')}>
        <Link to="/" className={buttonClass('brand', 'mt-2')}>
          {t('nav.home')}
        </Link>
      </EmptyState>
    </main>
  )
}

/** A page that could not be loaded: says why, and offers to try again. */
export function PageFault({ error }: ErrorComponentProps) {
  const { t } = useTranslation()
  const say = useProblemText()
  const code = error instanceof ApiProblem ? error.code : 'unreadable'
  return (
    <main className="grid min-h-dvh place-items-center">
      <EmptyState icon={<Unplug size={20} aria-hidden />} title={say(code)}>
        <Button look="brand" className="mt-2" onClick={() => location.reload()}>
          {t('tryAgain')}
        </Button>
      </EmptyState>
    </main>
  )
}
