import type { WireSession } from '@tandem/contract'
import { CircleSlash, Delete, Phone } from 'lucide-react'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Banner, Button, IconButton, Keypad, useProblemText, useTypedNumber } from '#ui'
import type { Target } from './flow.ts'

type Props = { readonly barredBy: WireSession['barredBy']; readonly onCall: (target: Target) => void }

export function DialPanel({ barredBy, onCall }: Props) {
  const { t } = useTranslation()
  const say = useProblemText()
  const [text, setText] = useState('')
  const box = useRef<HTMLInputElement>(null)
  const meaning = useTypedNumber(text)
  const number = text.trim()
  return (
    <form
      className="my-auto flex flex-col gap-4 p-5"
      onSubmit={(event) => {
        event.preventDefault()
        if (number) onCall({ to: { number }, label: meaning ?? number })
      }}
    >
      {barredBy && (
        <Banner tone="warn" icon={<CircleSlash size={18} aria-hidden />}>
          {say(barredBy)}
        </Banner>
      )}
      <div className="grid gap-1">
        <label htmlFor="number" className="text-center text-xs font-medium text-soft">
          {t('dial.number')}
        </label>
        <div className="grid grid-cols-[2.75rem_1fr_2.75rem] items-center">
          <span />
          <input
            id="number"
            ref={box}
            type="tel"
            autoComplete="off"
            // On a phone the keypad below is enough; its own keyboard would cover it.
            autoFocus={matchMedia('(pointer: fine)').matches}
            placeholder={t('dial.placeholder')}
            value={text}
            maxLength={40}
            aria-describedby="number-meaning"
            onChange={(event) => setText(event.target.value)}
            className="h-12 w-full min-w-0 rounded-control bg-transparent text-center text-2xl figures placeholder:text-base placeholder:text-soft"
          />
          {text ? (
            <IconButton label={t('dial.delete')} onClick={() => setText(text.slice(0, -1))}>
              <Delete size={20} aria-hidden />
            </IconButton>
          ) : (
            <span />
          )}
        </div>
        <p id="number-meaning" className="h-5 text-center text-xs text-soft figures">
          {meaning && t('dial.calls', { number: meaning })}
        </p>
      </div>
      <Keypad label={t('dial.keypad')} onPress={(key) => setText(text + key)} onLongZero={() => setText(`${text}+`)} />
      <Button
        type="submit"
        look="brand"
        disabled={!number}
        className="mx-auto mt-1 h-13 w-full max-w-72 rounded-full text-base"
        icon={<Phone size={20} aria-hidden />}
      >
        {t('dial.call')}
      </Button>
    </form>
  )
}
