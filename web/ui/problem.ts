import { useTranslation } from 'react-i18next'
import { useFormat } from './format.ts'

type Params = Readonly<Record<string, string | number>>

/** The sentence for a code of the register: why, and what to do. */
export function useProblemText(): (code: string, params?: Params) => string {
  const { t, i18n } = useTranslation()
  const format = useFormat()
  const word = (area: string, value: string | number) =>
    i18n.exists(`${area}.${value}`) ? i18n.t(`${area}.${value}` as 'zone.international') : String(value)
  return (code, params = {}) => {
    const shown = Object.entries(params).map(([name, value]) => {
      if (name === 'zone' || name === 'licence' || name === 'holder' || name === 'scope')
        return [name, word(name, value)]
      if (name.endsWith('At')) return [name, format.dateTime(String(value))]
      return [name, value]
    })
    const key = `error.${code}`
    return i18n.exists(key) ? t(key as 'error.unreachable', Object.fromEntries(shown)) : t('error.unreadable')
  }
}
