import { useTranslation } from 'react-i18next'
import { useFormat } from './format.ts'
import { useReaderForm } from './reader.ts'

type Params = Readonly<Record<string, string | number>>

/** The sentence for a code of the register: why, and what to do, as it fits who reads. */
export function useProblemText(): (code: string, params?: Params) => string {
  const { i18n } = useTranslation()
  const formOf = useReaderForm()
  const say = useTextOf()
  return (code, params = {}) => say(formOf(i18n.exists(`error.${code}`) ? `error.${code}` : 'error.unreadable'), params)
}

/** What a member is told, whoever reads it now. */
export function useToldText(): (code: string, params?: Params) => string {
  const say = useTextOf()
  return (code, params = {}) => say(`error.${code}`, params)
}

/** What is a word of ours, in the locale's area of this name. */
const WORDS: ReadonlySet<string> = new Set(['zone', 'licence', 'holder', 'scope', 'span'])

function useTextOf(): (key: string, params: Params) => string {
  const { t, i18n } = useTranslation()
  const format = useFormat()
  const word = (area: string, value: string | number) =>
    i18n.exists(`${area}.${value}`) ? i18n.t(`${area}.${value}` as 'zone.international') : String(value)
  return (key, params) => {
    const shown = Object.entries(params).map(([name, value]) => {
      if (WORDS.has(name)) return [name, word(name, value)]
      if (name === 'dialled' && value === '') return [name, i18n.t('erasedNumber')]
      if (name.endsWith('At')) return [name, format.dateTime(String(value))]
      return [name, value]
    })
    return t(key as 'error.unreachable', Object.fromEntries(shown))
  }
}
