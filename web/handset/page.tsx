import { useQuery } from '@tanstack/react-query'
import { Smartphone } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { demoNumbersQuery } from '#session'
import { Card, EmptyState, LanguageMenu } from '#ui'
import { ChooseNumber } from './choose-number.tsx'
import { Phone } from './phone.tsx'
import { TestNumbers } from './test-numbers.tsx'

const CHOSEN = 'tandem.handset'

/** The demo's phone: a page that is a telephone on the simulated network. Anybody may pick it up. */
export function HandsetPage() {
  const { t } = useTranslation('handset')
  const [number, setNumber] = useState(() => sessionStorage.getItem(CHOSEN))
  const numbers = useQuery(demoNumbersQuery)
  useEffect(() => {
    if (number) sessionStorage.setItem(CHOSEN, number)
    else sessionStorage.removeItem(CHOSEN)
    // The list is longer than the phone that takes its place.
    window.scrollTo(0, 0)
  }, [number])
  const items = numbers.data ?? []
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex h-14 items-center gap-2.5 border-b border-line bg-surface px-3 sm:px-4">
        <img src="/icon.svg" alt="" className="size-7" />
        <div className="min-w-0 flex-1">
          <h1 className="truncate font-semibold leading-tight">{t('title')}</h1>
          <p className="truncate text-xs text-soft">{t('subtitle')}</p>
        </div>
        <LanguageMenu />
      </header>
      <main className="mx-auto grid w-full max-w-5xl grid-cols-1 items-start gap-4 p-3 sm:p-4 md:grid-cols-[22rem_minmax(0,1fr)]">
        <Card className="flex min-h-[calc(100dvh-5.5rem)] flex-col md:min-h-[34rem]">
          {numbers.isError ? (
            <EmptyState icon={<Smartphone size={20} aria-hidden />} title={t('onlyDemo')} />
          ) : number ? (
            <Phone
              key={number}
              number={number}
              owner={items.find((each) => each.number === number)?.name}
              onPutDown={() => setNumber(null)}
            />
          ) : (
            <ChooseNumber numbers={items} onChoose={setNumber} />
          )}
        </Card>
        <TestNumbers numbers={items} />
      </main>
    </div>
  )
}
