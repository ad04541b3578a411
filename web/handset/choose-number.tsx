import { handsetRequest, type demoNumber } from '@tandem/contract'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { z } from 'zod'
import { Avatar, Button, compareNames, Field, usePhoneNumber } from '#ui'

export type DemoNumber = z.infer<typeof demoNumber>

type Props = { readonly numbers: readonly DemoNumber[]; readonly onChoose: (number: string) => void }

/** Whose phone to be: a member's, or any number that nobody on the network has. */
export function ChooseNumber({ numbers, onChoose }: Props) {
  const { t } = useTranslation('handset')
  const write = usePhoneNumber()
  const [isWrong, setWrong] = useState(false)
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <form
        className="grid gap-3 border-b border-line p-5"
        onSubmit={(event) => {
          event.preventDefault()
          const typed = String(new FormData(event.currentTarget).get('number')).replace(/[\s().-]/g, '')
          const asked = handsetRequest.safeParse({ number: typed })
          setWrong(!asked.success)
          if (asked.success) onChoose(asked.data.number)
        }}
      >
        <h2 className="text-base font-semibold">{t('choose')}</h2>
        <Field
          label={t('number')}
          name="number"
          type="tel"
          autoComplete="off"
          placeholder="+86 138 0000 0001"
          fault={isWrong ? t('numberFault') : undefined}
        />
        <Button type="submit" look="brand">
          {t('use')}
        </Button>
      </form>
      <h3 className="px-5 pb-1 pt-4 text-xs font-medium text-soft">{t('members')}</h3>
      <ul className="pb-3">
        {numbers
          .filter(({ behaviour }) => behaviour === 'handset')
          .toSorted((a, b) => compareNames(a.name, b.name))
          .map(({ number, name }) => (
            <li key={number}>
              <button
                type="button"
                onClick={() => onChoose(number)}
                className="flex w-full items-center gap-3 px-5 py-2 text-left -outline-offset-2 hover:bg-sunken"
              >
                <span className="sr-only">{t('be')}</span>
                <Avatar name={name} />
                <span className="min-w-0 flex-1">
                  <span className="block truncate font-medium">{name}</span>
                  <span className="block text-xs text-soft figures">{write(number)}</span>
                </span>
              </button>
            </li>
          ))}
      </ul>
    </div>
  )
}
