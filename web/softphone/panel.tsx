import clsx from 'clsx'
import { useEffect, useRef, type ComponentProps } from 'react'

type Props = Omit<ComponentProps<'section'>, 'ref'> & {
  readonly label: string
  /** What Esc does here, if anything. */
  readonly onEscape?: (() => void) | undefined
}

/**
 * What the phone shows now. It takes the focus when it comes: what had it (a key, a name, a button) may be gone, and who
 * reads by ear hears what has changed. Not one of its buttons: whoever dials with Enter must not hang up with the next one.
 */
export function Panel({ label, onEscape, className, children, ...rest }: Props) {
  const panel = useRef<HTMLElement>(null)
  useEffect(() => {
    panel.current?.focus({ preventScroll: true })
    // From its top: what was here before may have been scrolled.
    panel.current?.scrollIntoView({ block: 'start' })
  }, [])
  useEffect(() => {
    if (!onEscape) return
    const onKey = (event: KeyboardEvent) => {
      const { activeElement } = document
      const isHere = activeElement === document.body || panel.current?.contains(activeElement)
      if (event.key === 'Escape' && isHere && !event.defaultPrevented) onEscape()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [onEscape])
  return (
    <section {...rest} ref={panel} tabIndex={-1} aria-label={label} className={clsx('outline-none', className)}>
      {children}
    </section>
  )
}
