import { Dialog as Base } from '@base-ui/react/dialog'
import clsx from 'clsx'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { IconButton } from './button.tsx'

export type SheetProps = {
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly title: string
  readonly children: ReactNode
}

const BACKDROP =
  'fixed inset-0 z-40 bg-veil transition-opacity data-[ending-style]:opacity-0 data-[starting-style]:opacity-0'

/** The parts that Dialog and Drawer have in common. */
export function Sheet({ isOpen, onClose, title, children, className }: SheetProps & { readonly className: string }) {
  const { t } = useTranslation()
  return (
    <Base.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={BACKDROP} />
        <Base.Popup
          className={clsx('fixed z-50 flex flex-col bg-raised shadow-float transition duration-150', className)}
        >
          <header className="flex shrink-0 items-start justify-between gap-2 border-b border-line py-2 pl-5 pr-3">
            <Base.Title className="min-w-0 flex-1 py-1 text-base font-semibold line-clamp-3 wrap-anywhere">
              {title}
            </Base.Title>
            <Base.Close render={<IconButton label={t('close')} />}>
              <X size={18} aria-hidden />
            </Base.Close>
          </header>
          {/* Focusable, so that the arrow keys scroll a detail that has nothing else to focus. */}
          <div tabIndex={0} className="relative min-h-0 flex-1 overflow-y-auto p-5 -outline-offset-2">
            {children}
          </div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}
