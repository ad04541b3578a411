import { lazy, Suspense, useEffect, useState, type CSSProperties } from 'react'

type Notice = { readonly kind: 'success' | 'error'; readonly text: string }

let waiting: readonly Notice[] = []
let show: (notice: Notice) => void = (notice) => {
  waiting = [...waiting, notice]
}

/** A sentence that comes and goes by itself; nothing that somebody must have read. */
export const notice = {
  done: (text: string): void => show({ kind: 'success', text }),
  failed: (text: string): void => show({ kind: 'error', text }),
}

/** Where notices appear, once a page. What shows them is loaded with the first one. */
export function Notices() {
  const [isNeeded, setNeeded] = useState(waiting.length > 0)
  useEffect(() => {
    if (isNeeded) return
    show = (next) => {
      waiting = [...waiting, next]
      setNeeded(true)
    }
  }, [isNeeded])
  if (!isNeeded) return null
  return (
    <Suspense fallback={null}>
      <Shown />
    </Suspense>
  )
}

/** The library's own reds and greens are too pale to be read by everybody. */
const COLOURS = {
  '--error-bg': 'var(--color-danger-soft)',
  '--error-text': 'var(--color-danger)',
  '--error-border': 'var(--color-line)',
  '--success-bg': 'var(--color-brand-soft)',
  '--success-text': 'var(--color-brand-strong)',
  '--success-border': 'var(--color-line)',
} as CSSProperties

const Shown = lazy(async () => {
  const { toast, Toaster } = await import('sonner')
  const Toasts = () => {
    // The inner part listens first: what waited is told to somebody.
    useEffect(() => {
      show = ({ kind, text }) => void toast[kind](text)
      for (const each of waiting) show(each)
      waiting = []
    }, [])
    return <Toaster position="top-center" theme="system" richColors style={COLOURS} />
  }
  return { default: Toasts }
})
