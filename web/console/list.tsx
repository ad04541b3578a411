import { FilterX, SearchX, Unplug } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '#session'
import { Banner, Button, EmptyState, Loading, useProblemText } from '#ui'

type Loaded = {
  readonly isPending: boolean
  readonly isError: boolean
  readonly error: unknown
  readonly refetch: () => unknown
}
type Paged = {
  readonly hasNextPage: boolean
  readonly isFetchingNextPage: boolean
  readonly isFetchNextPageError: boolean
  readonly fetchNextPage: () => unknown
}

type Props = {
  readonly of: Loaded
  readonly count: number
  /** Takes the filter away; left out when nothing is filtered. */
  readonly onClear?: (() => void) | undefined
  /** Shown when there is nothing at all. */
  readonly none: ReactNode
  readonly children: ReactNode
}

/** What is loaded; or that it is loading, could not be loaded, does not match, or is not there at all: each looks different. */
export function List({ of, count, onClear, none, children }: Props) {
  const { t } = useTranslation(['console', 'app'])
  if (of.isPending) return <Loading label={t('app:loading')} />
  if (of.isError && count === 0) return <Failed error={of.error} onTry={of.refetch} onClear={onClear} />
  if (count === 0 && onClear)
    return (
      <EmptyState icon={<FilterX size={20} aria-hidden />} title={t('filter.none')}>
        <Button onClick={onClear}>{t('filter.clear')}</Button>
      </EmptyState>
    )
  if (count === 0) return none
  return (
    <>
      {of.isError && <Unfresh onTry={of.refetch} />}
      {children}
    </>
  )
}

type FailedProps = {
  readonly error: unknown
  readonly onTry: () => unknown
  readonly onClear?: (() => void) | undefined
}

/** It could not be loaded: why, and what to do. */
export function Failed({ error, onTry, onClear }: FailedProps) {
  const { t } = useTranslation(['console', 'app'])
  const say = useProblemText()
  const { code, params } = error instanceof ApiProblem ? error : new ApiProblem('unreadable')
  if (code === 'bad-request' && onClear)
    return (
      <EmptyState icon={<FilterX size={20} aria-hidden />} title={t('filter.invalid')}>
        <Button onClick={onClear}>{t('filter.clear')}</Button>
      </EmptyState>
    )
  return (
    <div role="alert" data-failure={code}>
      <EmptyState icon={<Unplug size={20} aria-hidden />} title={say(code, params)}>
        <Button onClick={() => void onTry()}>{t('app:tryAgain')}</Button>
      </EmptyState>
    </div>
  )
}

/** What an id of the address names is not there: it never was, is somebody else's, or is no id at all. */
export const isMissing = (error: unknown): boolean =>
  error instanceof ApiProblem && (error.code === 'not-found' || error.code === 'bad-request')

export function Missing({ title }: { readonly title: string }) {
  return <EmptyState icon={<SearchX size={20} aria-hidden />} title={title} />
}

function Unfresh({ onTry }: { readonly onTry: () => unknown }) {
  const { t } = useTranslation(['console', 'app'])
  return (
    <div className="p-3">
      <Banner tone="warn" action={<Button onClick={() => void onTry()}>{t('app:tryAgain')}</Button>}>
        {t('filter.unfresh')}
      </Banner>
    </div>
  )
}

/** Below a list that goes on. */
export function More({ of }: { readonly of: Paged }) {
  const { t } = useTranslation('app')
  if (!of.hasNextPage) return null
  return (
    <Button look="quiet" disabled={of.isFetchingNextPage} onClick={() => void of.fetchNextPage()}>
      {t(of.isFetchingNextPage ? 'loading' : of.isFetchNextPageError ? 'tryAgain' : 'more')}
    </Button>
  )
}
