import { lazy, Suspense, useState } from 'react'
import type { SheetProps } from './sheet.tsx'

/** In the middle; on a phone at the lower edge, where the thumb is. */
export function Dialog(props: SheetProps) {
  return (
    <LazySheet
      {...props}
      className="inset-x-0 bottom-0 max-h-[90dvh] rounded-t-card sm:inset-x-auto sm:bottom-auto sm:left-1/2 sm:top-1/2 sm:w-md sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-card data-[ending-style]:opacity-0 data-[starting-style]:opacity-0"
    />
  )
}

/** The detail of a row, beside its table; on a phone it takes the page. */
export function Drawer(props: SheetProps) {
  return (
    <LazySheet
      {...props}
      className="inset-y-0 right-0 w-full sm:w-[34rem] sm:border-l sm:border-line data-[ending-style]:translate-x-full data-[starting-style]:translate-x-full"
    />
  )
}

/** Loaded when the first one opens; stays from then on, so that it can close gently. */
const Sheet = lazy(() => import('./sheet.tsx').then((module) => ({ default: module.Sheet })))

function LazySheet(props: SheetProps & { readonly className: string }) {
  const [wasOpen, setWasOpen] = useState(props.isOpen)
  if (props.isOpen && !wasOpen) setWasOpen(true)
  if (!wasOpen) return null
  return (
    <Suspense fallback={null}>
      <Sheet {...props} />
    </Suspense>
  )
}
