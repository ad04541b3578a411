import { Menu as Base } from '@base-ui/react/menu'
import { Check } from 'lucide-react'
import type { ReactElement, ReactNode } from 'react'

const ITEM =
  'flex min-h-control cursor-pointer select-none items-center gap-2.5 rounded-control px-3 outline-none data-[highlighted]:bg-sunken'

/** Open from the start: the press that asked for it was the first. From then on it opens and closes by itself. */
export function OpenedMenu({ trigger, children }: { readonly trigger: ReactElement; readonly children: ReactNode }) {
  return (
    <Base.Root defaultOpen>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align="end" sideOffset={6} className="z-50">
          <Base.Popup className="min-w-48 rounded-card border border-line bg-raised p-1 shadow-float animate-rise outline-none">
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

export function MenuItem({
  icon,
  children,
  onClick,
}: {
  readonly icon?: ReactNode
  readonly children: ReactNode
  readonly onClick: () => void
}) {
  return (
    <Base.Item className={ITEM} onClick={onClick}>
      {icon}
      {children}
    </Base.Item>
  )
}

export const MenuSeparator = () => <Base.Separator className="m-1 h-px bg-line" />

/** One of several languages; each option is its tag and its own name. */
export function MenuChoice({
  value,
  options,
  onChoose,
}: {
  readonly value: string
  readonly options: readonly (readonly [string, string])[]
  readonly onChoose: (value: string) => void
}) {
  return (
    <Base.RadioGroup value={value} onValueChange={onChoose}>
      {options.map(([option, name]) => (
        <Base.RadioItem key={option} value={option} lang={option} closeOnClick className={ITEM}>
          <span className="flex-1">{name}</span>
          <Base.RadioItemIndicator>
            <Check size={16} aria-hidden />
          </Base.RadioItemIndicator>
        </Base.RadioItem>
      ))}
    </Base.RadioGroup>
  )
}
