import { X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Badge, Field, IconButton, startOfDay, useE164 } from '#ui'

const REST_MS = 300

type SearchBoxProps = {
  readonly label: string
  /** As the address has it. */
  readonly value: string | undefined
  readonly onSearch: (text: string | undefined) => void
  readonly className?: string
}

/** What is typed goes to the address when the typing rests, and at once with Enter. */
export function SearchBox({ label, value = '', onSearch, className }: SearchBoxProps) {
  const [typed, setTyped] = useState(value)
  const sent = useRef(value)
  // The address has changed by itself: back, or the filter was cleared.
  useEffect(() => {
    if (value === sent.current) return
    sent.current = value
    setTyped(value)
  }, [value])
  const send = (text: string) => {
    const sought = text.trim()
    if (sought === sent.current) return
    sent.current = sought
    onSearch(sought || undefined)
  }
  useEffect(() => {
    const timer = setTimeout(() => send(typed), REST_MS)
    return () => clearTimeout(timer)
  })
  return (
    <Field
      label={label}
      type="search"
      maxLength={120}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      onKeyDown={(event) => event.key === 'Enter' && send(typed)}
      className={className ?? 'w-full sm:w-64'}
    />
  )
}

type Sought = { readonly text?: string | undefined; readonly number?: string | undefined }

/**
 * A number is sought by its digits, however it is grouped: as it stands in the tables, it is found. A whole one is sought
 * with its country's code; `asDialled` leaves it as somebody typed it.
 */
export function useSought({ asDialled = false } = {}): (text: string | undefined) => Sought {
  const read = useE164()
  return (text = '') => {
    if (!GROUPED.test(text)) return { text: text || undefined }
    const whole = asDialled ? null : read(text)
    return { number: (whole ?? text).replace(/\D/g, '') }
  }
}

/** Digits, with or without what people write between them; three at least. */
const GROUPED = /^[+\s().-]*(\d[+\s().-]*){3,}$/

type Days = { readonly from?: string | undefined; readonly until?: string | undefined }

/** Two days, both inclusive. */
export function DayRange({ from, until, onChange }: Days & { readonly onChange: (days: Days) => void }) {
  const { t } = useTranslation('console')
  const box = (name: 'from' | 'until', value: string | undefined) => ({
    type: 'date',
    value: value ?? '',
    onChange: (event: { readonly target: { readonly value: string } }) =>
      onChange({ [name]: event.target.value || undefined }),
    className: 'min-w-0 grow basis-34 sm:grow-0 sm:basis-auto',
  })
  return (
    <>
      <Field label={t('records.from')} max={until} {...box('from', from)} />
      <Field label={t('records.until')} min={from} {...box('until', until)} />
    </>
  )
}

/** The instants between which two days of the organization lie: from inclusive, until exclusive. */
export const periodOf = ({ from, until }: Days, zone: string | undefined): Days => ({
  from: from && startOfDay(from, zone),
  until: until && startOfDay(nextDay(until), zone),
})

const nextDay = (day: string): string => new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10)

/** A filter that came by a link, and has no box of its own. */
export function FilterChip({ text, onRemove }: { readonly text: string; readonly onRemove: () => void }) {
  const { t } = useTranslation('console')
  return (
    <span className="flex min-h-control max-w-full items-center gap-1">
      <Badge tone="info">
        <span className="max-w-56 truncate">{text}</span>
      </Badge>
      <IconButton label={t('filter.clear')} onClick={onRemove}>
        <X size={16} aria-hidden />
      </IconButton>
    </span>
  )
}
