import clsx from 'clsx'
import type { ComponentProps, ReactNode } from 'react'

type Look = 'brand' | 'danger' | 'plain' | 'quiet'

const LOOKS: Readonly<Record<Look, string>> = {
  brand: 'bg-brand text-on-brand hover:bg-brand-strong',
  danger: 'bg-danger text-on-danger hover:bg-danger-strong',
  plain: 'bg-surface text-ink border border-edge hover:bg-sunken',
  quiet: 'text-ink hover:bg-sunken',
}

const BASE =
  'inline-flex items-center justify-center gap-2 font-medium select-none transition-colors disabled:opacity-50 disabled:pointer-events-none'

export type ButtonProps = ComponentProps<'button'> & { readonly look?: Look; readonly icon?: ReactNode }

export function Button({ look = 'plain', icon, className, children, ...rest }: ButtonProps) {
  return (
    <button type="button" {...rest} className={buttonClass(look, className)}>
      {icon}
      {children}
    </button>
  )
}

/** For links that look like buttons. */
export const buttonClass = (look: Look, className?: string): string =>
  clsx(BASE, LOOKS[look], 'min-h-control rounded-control px-3.5', className)

/** A button that is an icon; `label` is its name for everybody who does not see it. */
export function IconButton({
  label,
  look = 'quiet',
  className,
  children,
  ...rest
}: ButtonProps & { readonly label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={clsx(BASE, LOOKS[look], 'size-control shrink-0 rounded-control', className)}
    >
      {children}
    </button>
  )
}

/** A round control of a call: icon above its name. */
export function RoundButton({
  label,
  isOn,
  icon,
  className,
  ...rest
}: ButtonProps & { readonly label: string; readonly isOn?: boolean }) {
  return (
    <button
      type="button"
      {...rest}
      aria-pressed={isOn}
      className={clsx(BASE, 'group flex-col gap-1.5 rounded-card p-1 text-xs', className)}
    >
      <span
        className={clsx(
          'grid size-14 place-items-center rounded-full transition-colors',
          isOn ? 'bg-brand text-on-brand' : 'bg-sunken text-ink group-hover:bg-line',
        )}
      >
        {icon}
      </span>
      {label}
    </button>
  )
}
