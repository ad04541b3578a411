import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import type app from './locales/en/app.json'
import type consoleTexts from './locales/en/console.json'
import type handset from './locales/en/handset.json'

/** The languages of every text, each in its own name. */
export const LANGUAGES = { 'zh-Hans': '简体中文', 'zh-Hant': '繁體中文', en: 'English' } as const
export type Language = keyof typeof LANGUAGES

/** `app` is in every page; the others come with theirs. */
export type Area = 'app' | 'console' | 'handset'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'app'
    resources: { app: typeof app; console: typeof consoleTexts; handset: typeof handset }
    enableSelector: false
  }
}

/** `worker.json` is the service worker's alone, which travels as one file. */
const files = import.meta.glob<{ default: object }>(['./locales/*/*.json', '!./locales/*/worker.json'])
const CHOSEN = 'tandem.language'

/** Before the first paint: the texts of the reader's language. */
export async function startTexts(): Promise<void> {
  const language = preferred()
  await i18next.use(initReactI18next).init({
    resources: {},
    lng: language,
    fallbackLng: false,
    supportedLngs: Object.keys(LANGUAGES),
    defaultNS: 'app',
    ns: ['app'],
    interpolation: { escapeValue: false },
    react: { useSuspense: false, bindI18nStore: 'added' },
  })
  await show(language, 'app')
}

const preferred = (): Language => languageOf([localStorage.getItem(CHOSEN) ?? '', ...navigator.languages])

/** Kept in this browser, for before the sign-in too. `null`: the browser's own. */
export async function chooseLanguage(chosen: Language | null): Promise<void> {
  if (chosen) localStorage.setItem(CHOSEN, chosen)
  else localStorage.removeItem(CHOSEN)
  const language = preferred()
  const areas: readonly Area[] = ['app', 'console', 'handset']
  await Promise.all(areas.filter((area) => isLoaded(area)).map((area) => load(language, area)))
  await show(language, 'app')
}

/** For a page that is loaded when first needed: its texts come with it. */
export async function withTexts<Page>(area: Area, page: Promise<Page>): Promise<Page> {
  await load(i18next.language as Language, area)
  return page
}

const isLoaded = (area: Area): boolean => i18next.hasResourceBundle(i18next.language, area)

async function show(language: Language, area: Area): Promise<void> {
  await load(language, area)
  await i18next.changeLanguage(language)
  document.documentElement.lang = language
}

async function load(language: Language, area: Area): Promise<void> {
  if (i18next.hasResourceBundle(language, area)) return
  const texts = await files[`./locales/${language}/${area}.json`]?.()
  if (texts) i18next.addResourceBundle(language, area, texts.default)
}

/** The first language of the list that we have. Chinese is told apart by script, else by region. */
export function languageOf(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const [language, ...rest] = tag.toLowerCase().split('-')
    if (language === 'en') return 'en'
    if (language !== 'zh') continue
    if (rest.includes('hant')) return 'zh-Hant'
    if (rest.includes('hans')) return 'zh-Hans'
    return rest.some((region) => ['tw', 'hk', 'mo'].includes(region)) ? 'zh-Hant' : 'zh-Hans'
  }
  return 'en'
}
