import { Menu as Base } from '@base-ui/react/menu'
import { Check, Languages } from 'lucide-react'
import type { ReactElement, ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { IconButton } from './button.tsx'
import { chooseLanguage, LANGUAGES, type Language } from './texts.ts'

const ITEM =
  'flex min-h-control cursor-pointer select-none items-center gap-2.5 rounded-control px-3 outline-none data-[highlighted]:bg-sunken'

/** A button and what it offers. */
export function Menu({ trigger, children }: { readonly trigger: ReactElement; readonly children: ReactNode }) {
  return (
    <Base.Root>
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

export function LanguageMenu() {
  const { t, i18n } = useTranslation()
  return (
    <Menu
      trigger={
        <IconButton label={t('language')}>
          <Languages size={18} aria-hidden />
        </IconButton>
      }
    >
      <Base.RadioGroup value={i18n.language} onValueChange={(language: Language) => void chooseLanguage(language)}>
        {Object.entries(LANGUAGES).map(([language, name]) => (
          <Base.RadioItem key={language} value={language} lang={language} className={ITEM}>
            <span className="flex-1">{name}</span>
            <Base.RadioItemIndicator>
              <Check size={16} aria-hidden />
            </Base.RadioItemIndicator>
          </Base.RadioItem>
        ))}
      </Base.RadioGroup>
    </Menu>
  )
}
