import type { WireSession } from '@tandem/contract'
import { CircleSlash, Delete, Phone } from 'lucide-react'
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useDialled } from '#session'
import { Banner, Button, IconButton, Keypad, useProblemText, usePhoneNumber, useTypedNumber } from '#ui'
import type { Target } from './target.ts'

type Props = {
  readonly barredBy: WireSession['barredBy']
  readonly text: string
  readonly onText: (text: string) => void
  readonly onCall: (target: Target) => void
}

export function DialPanel({ barredBy, text, onText: setText, onCall }: Props) {
  const { t } = useTranslation()
  const say = useProblemText()
  const box = useRef<HTMLInputElement>(null)
  const meaning = useMeaning(text)
  const number = text.trim()
  return (
    <form
      className="my-auto flex flex-col gap-4 p-5"
      onSubmit={(event) => {
        event.preventDefault()
        if (number) onCall({ kind: 'business', to: { number }, label: meaning?.label ?? number })
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
            maxLength={200}
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
        <p id="number-meaning" className="min-h-5 text-center text-xs text-soft figures">
          {meaning?.says}
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

type Meaning = { readonly label: string; readonly says: string }

/** What will be dialled, before it is: as the server reads it, and until it has answered as well as this page can. */
function useMeaning(text: string): Meaning | null {
  const { t } = useTranslation()
  const write = usePhoneNumber()
  const guess = useTypedNumber(text)
  const dialled = useDialled(text)
  if (!dialled) return guess ? { label: guess, says: t('dial.calls', { number: guess }) } : null
  const { kind, number, keys, name } = dialled
  if (kind === 'emergency' || kind === 'invalid') return null
  if (kind === 'several' || kind === 'keys-invalid') return { label: text.trim(), says: t(`dial.${kind}`) }
  // A service code is no number, whose digits would be grouped.
  const shown = number && (kind === 'service' ? number : write(number))
  const label = name ?? shown ?? text.trim()
  const written = [name, shown].filter(Boolean).join(' · ')
  const calls = t(kind === 'service' ? 'dial.callsService' : 'dial.calls', { number: written })
  return { label, says: keys ? `${calls} ${t('dial.thenPresses', { keys })}` : calls }
}
