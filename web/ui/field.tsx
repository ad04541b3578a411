import clsx from 'clsx'
import { useId, type ComponentProps, type ReactNode } from 'react'

const CONTROL =
  'w-full min-h-control rounded-control border border-edge bg-surface px-3 text-ink placeholder:text-soft focus-visible:outline-offset-0 disabled:opacity-60'

type Labelled = {
  readonly label: string
  readonly hint?: ReactNode
  readonly fault?: string | undefined
  readonly isLabelHidden?: boolean
}

/** A text box with its label, hint and fault. */
export function Field({ label, hint, fault, isLabelHidden, className, ...rest }: ComponentProps<'input'> & Labelled) {
  const id = useId()
  const noteId = `${id}-note`
  const note = fault ?? hint
  return (
    <div className={clsx('grid grid-cols-1 gap-1', className)}>
      <label htmlFor={id} className={clsx('text-sm font-medium', isLabelHidden && 'sr-only')}>
        {label}
      </label>
      <input
        id={id}
        {...rest}
        aria-invalid={fault ? true : undefined}
        aria-describedby={note ? noteId : undefined}
        className={clsx(CONTROL, fault && 'border-danger')}
      />
      {note && (
        <p id={noteId} className={clsx('text-xs', fault ? 'text-danger' : 'text-soft')}>
          {note}
        </p>
      )}
    </div>
  )
}

type Option = { readonly value: string; readonly label: string }

/** The browser's own choice list: the best one on a phone. */
export function Choice({
  label,
  options,
  className,
  ...rest
}: ComponentProps<'select'> & { readonly label: string; readonly options: readonly Option[] }) {
  const id = useId()
  return (
    <div className={clsx('grid grid-cols-1 gap-1', className)}>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <select id={id} {...rest} className={clsx(CONTROL, 'pr-8')}>
        {options.map(({ value, label: text }) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  )
}
