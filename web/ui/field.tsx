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
      {note && <Note id={noteId} text={note} isFault={fault !== undefined} />}
    </div>
  )
}

type NoteProps = { readonly id: string; readonly text: ReactNode; readonly isFault: boolean }

const Note = ({ id, text, isFault }: NoteProps) => (
  <p id={id} className={clsx('text-xs', isFault ? 'text-danger' : 'text-soft')}>
    {text}
  </p>
)

type Option = { readonly value: string; readonly label: string }

/** The browser's own choice list: the best one on a phone. */
export function Choice({
  label,
  options,
  hint,
  fault,
  className,
  ...rest
}: ComponentProps<'select'> & Labelled & { readonly options: readonly Option[] }) {
  const id = useId()
  const note = fault ?? hint
  return (
    <div className={clsx('grid grid-cols-1 gap-1', className)}>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <select
        id={id}
        {...rest}
        aria-invalid={fault ? true : undefined}
        aria-describedby={note ? `${id}-note` : undefined}
        className={clsx(CONTROL, 'pr-8', fault && 'border-danger')}
      >
        {options.map(({ value, label: text }) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
      {note && <Note id={`${id}-note`} text={note} isFault={fault !== undefined} />}
    </div>
  )
}

/** Yes or no. */
export function Check({ label, hint, className, ...rest }: ComponentProps<'input'> & Labelled) {
  const id = useId()
  return (
    <div className={clsx('grid grid-cols-[auto_1fr] items-center gap-x-2.5', className)}>
      <input
        id={id}
        {...rest}
        type="checkbox"
        aria-describedby={hint ? `${id}-note` : undefined}
        className="size-5 accent-brand"
      />
      <label htmlFor={id} className="flex min-h-control min-w-0 items-center wrap-anywhere">
        {label}
      </label>
      {hint && (
        <div className="col-start-2">
          <Note id={`${id}-note`} text={hint} isFault={false} />
        </div>
      )}
    </div>
  )
}
