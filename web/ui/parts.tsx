import clsx from 'clsx'
import type { ReactNode } from 'react'

type Tone = 'good' | 'bad' | 'warn' | 'info' | 'none'

const TONES: Readonly<Record<Tone, string>> = {
  good: 'bg-brand-soft text-brand-strong',
  bad: 'bg-danger-soft text-danger',
  warn: 'bg-warn-soft text-warn',
  info: 'bg-info-soft text-info',
  none: 'bg-sunken text-soft',
}

export function Badge({ tone = 'none', children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  return (
    <span
      className={clsx(
        'inline-flex items-center gap-1 whitespace-nowrap rounded-full px-2 py-0.5 text-xs font-medium',
        TONES[tone],
      )}
    >
      {children}
    </span>
  )
}

type BannerProps = {
  readonly tone: Tone
  readonly icon?: ReactNode
  readonly children: ReactNode
  readonly action?: ReactNode
  readonly isUrgent?: boolean
}

/** A message that stays as long as it is true. */
export function Banner({ tone, icon, children, action, isUrgent }: BannerProps) {
  return (
    <div
      role={isUrgent ? 'alert' : 'status'}
      className={clsx('flex flex-wrap items-center gap-x-3 gap-y-2 rounded-control px-3 py-2 text-sm', TONES[tone])}
    >
      {icon}
      <div className="min-w-0 flex-1 basis-40">{children}</div>
      {action}
    </div>
  )
}

export function EmptyState({
  icon,
  title,
  children,
}: {
  readonly icon?: ReactNode
  readonly title: string
  readonly children?: ReactNode
}) {
  return (
    <div className="grid justify-items-center gap-2 px-6 py-10 text-center text-soft">
      {icon && <div className="grid size-11 place-items-center rounded-full bg-sunken">{icon}</div>}
      <p className="font-medium text-ink">{title}</p>
      {children && <div className="max-w-prose text-sm">{children}</div>}
    </div>
  )
}

export function Card({ className, children, ...rest }: React.ComponentProps<'section'>) {
  return (
    <section {...rest} className={clsx('rounded-card border border-line bg-surface shadow-card', className)}>
      {children}
    </section>
  )
}

export type Fact = { readonly term: string; readonly value: ReactNode }

/** Terms and their values, as in a detail. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl className="grid grid-cols-[minmax(6rem,auto)_1fr] gap-x-5 gap-y-2">
      {facts.map(({ term, value }) => (
        <div key={term} className="contents">
          <dt className="text-soft">{term}</dt>
          <dd className="min-w-0 figures">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** The first letters of a name: one Han character, or two initials. */
export function Avatar({ name, size = 'md' }: { readonly name: string; readonly size?: 'md' | 'lg' }) {
  const han = /\p{Script=Han}/u.exec(name)?.[0]
  const initials =
    han ??
    name
      .split(/\s+/)
      .slice(0, 2)
      .map((word) => word[0] ?? '')
      .join('')
      .toUpperCase()
  return (
    <span
      aria-hidden
      // A picture of the name, and no text of its own: it must not count as part of a button's label.
      data-initials={/^[+\d\s()-]+$/.test(name) ? '#' : initials}
      className={clsx(
        'grid shrink-0 place-items-center rounded-full bg-brand-soft font-medium text-brand-strong before:content-[attr(data-initials)]',
        size === 'lg' ? 'size-20 text-2xl' : 'size-9 text-sm',
      )}
    />
  )
}

export function Loading({ label }: { readonly label: string }) {
  return (
    <div role="status" className="grid place-items-center p-10">
      <span className="size-6 animate-spin rounded-full border-2 border-line border-t-brand" />
      <span className="sr-only">{label}</span>
    </div>
  )
}
