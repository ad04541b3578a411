import { Languages } from 'lucide-react'
import { lazy, Suspense, useState, type ReactElement, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { IconButton } from './button.tsx'
import { chooseLanguage, LANGUAGES, type Language } from './texts.ts'

/** What opens is loaded when a finger or the focus comes near: the first look at the softphone has no need of it. */
const load = () => import('./opened-menu.tsx')
const OpenedMenu = lazy(() => load().then((module) => ({ default: module.OpenedMenu })))
export const MenuItem = lazy(() => load().then((module) => ({ default: module.MenuItem })))
export const MenuSeparator = lazy(() => load().then((module) => ({ default: module.MenuSeparator })))
const MenuChoice = lazy(() => load().then((module) => ({ default: module.MenuChoice })))

/** A button and what it offers. */
export function Menu({ trigger, children }: { readonly trigger: ReactElement; readonly children: ReactNode }) {
  const [isAsked, setAsked] = useState(false)
  const closed = (
    <span
      className="contents"
      onPointerEnter={() => void load()}
      onFocus={() => void load()}
      onClick={() => setAsked(true)}
    >
      {trigger}
    </span>
  )
  if (!isAsked) return closed
  return (
    <Suspense fallback={closed}>
      <OpenedMenu trigger={trigger}>{children}</OpenedMenu>
    </Suspense>
  )
}

/** `onChosen`: for who wants to keep it elsewhere too. */
export function LanguageMenu({ onChosen }: { readonly onChosen?: (language: Language) => void }) {
  const { t, i18n } = useTranslation()
  return (
    <Menu
      trigger={
        <IconButton label={t('language')}>
          <Languages size={18} aria-hidden />
        </IconButton>
      }
    >
      <MenuChoice
        value={i18n.language}
        options={Object.entries(LANGUAGES)}
        onChoose={(language) => {
          void chooseLanguage(language as Language)
          onChosen?.(language as Language)
        }}
      />
    </Menu>
  )
}
