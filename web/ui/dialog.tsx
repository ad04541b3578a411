import { Dialog as Base } from '@base-ui/react/dialog'
import clsx from 'clsx'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { IconButton } from './button.tsx'

type Props = {
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly title: string
  readonly children: ReactNode
}

const BACKDROP =
  'fixed inset-0 z-40 bg-veil transition-opacity data-[ending-style]:opacity-0 data-[starting-style]:opacity-0'

/** In the middle; on a phone at the lower edge, where the thumb is. */
export function Dialog(props: Props) {
  return (
    <Sheet
      {...props}
      className="inset-x-0 bottom-0 max-h-[90dvh] rounded-t-card sm:inset-x-auto sm:bottom-auto sm:left-1/2 sm:top-1/2 sm:w-md sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-card data-[ending-style]:opacity-0 data-[starting-style]:opacity-0"
    />
  )
}

/** The detail of a row, beside its table; on a phone it takes the page. */
export function Drawer(props: Props) {
  return (
    <Sheet
      {...props}
      className="inset-y-0 right-0 w-full sm:w-[34rem] sm:border-l sm:border-line data-[ending-style]:translate-x-full data-[starting-style]:translate-x-full"
    />
  )
}

function Sheet({ isOpen, onClose, title, children, className }: Props & { readonly className: string }) {
  const { t } = useTranslation()
  return (
    <Base.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={BACKDROP} />
        <Base.Popup
          className={clsx('fixed z-50 flex flex-col bg-raised shadow-float transition duration-150', className)}
        >
          <header className="flex items-center justify-between gap-2 border-b border-line py-2 pl-5 pr-3">
            <Base.Title className="text-base font-semibold">{title}</Base.Title>
            <Base.Close render={<IconButton label={t('close')} />}>
              <X size={18} aria-hidden />
            </Base.Close>
          </header>
          {/* Focusable, so that the arrow keys scroll a detail that has nothing else to focus. */}
          <div tabIndex={0} className="min-h-0 flex-1 overflow-y-auto p-5 -outline-offset-2">
            {children}
          </div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}
