import { Unplug } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '#session'
import { Button, EmptyState, useProblemText } from '#ui'

type Props = { readonly error: unknown; readonly onTry: () => void }

/** What could not be loaded: why, and to try again. It must not look like nothing. */
export function Unread({ error, onTry }: Props) {
  const { t } = useTranslation()
  const say = useProblemText()
  const { code, params } = error instanceof ApiProblem ? error : new ApiProblem('unreadable')
  return (
    <EmptyState icon={<Unplug size={20} aria-hidden />} title={say(code, params)}>
      <Button onClick={onTry}>{t('tryAgain')}</Button>
    </EmptyState>
  )
}
