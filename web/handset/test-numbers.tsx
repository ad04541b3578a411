import { Copy } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Card, IconButton, usePhoneNumber, notice } from '#ui'
import type { DemoNumber } from './choose-number.tsx'

/** What each test number does, in the manner of test numbers of card payment. */
export function TestNumbers({ numbers }: { readonly numbers: readonly DemoNumber[] }) {
  const { t } = useTranslation('handset')
  const write = usePhoneNumber()
  const copy = async (number: string) => {
    await navigator.clipboard.writeText(number)
    notice.done(t('copied'))
  }
  return (
    <Card aria-labelledby="test-numbers">
      <div className="p-5 pb-3">
        <h2 id="test-numbers" className="text-base font-semibold">
          {t('testNumbers')}
        </h2>
        <p className="text-pretty text-soft">{t('testHint')}</p>
      </div>
      <ul>
        {numbers
          .filter(({ behaviour }) => behaviour !== 'handset')
          .map(({ number, behaviour }) => (
            <li key={number} className="flex items-center gap-3 border-t border-line py-1.5 pl-5 pr-3">
              <div className="min-w-0 flex-1 sm:flex sm:gap-5">
                <p className="shrink-0 font-medium figures sm:w-44">{write(number)}</p>
                <p className="text-pretty text-soft">{t(`behaviour.${behaviour}`)}</p>
              </div>
              <IconButton label={t('copy', { number: write(number) })} onClick={() => void copy(number)}>
                <Copy size={16} aria-hidden />
              </IconButton>
            </li>
          ))}
      </ul>
      <p className="border-t border-line px-5 py-3 text-pretty text-soft">{t('everyOther')}</p>
    </Card>
  )
}
