import type { WireEndReason } from '@tandem/contract'
import { createContext, useContext } from 'react'
import { useTranslation } from 'react-i18next'

/** Who reads: advice that fits a member is wrong for an administrator, who can do more himself. */
export type Reader = 'member' | 'administrator'

/** Nobody signed in: a member. */
export const ReaderContext = createContext<Reader>('member')

/**
 * A text that sends its reader to the administrator has a second form, `<key>_administrator`. Gives the key of the form
 * that fits who reads.
 */
export function useReaderForm(): (key: string) => string {
  const { i18n } = useTranslation()
  const reader = useContext(ReaderContext)
  return (key) => (i18n.exists(`${key}_${reader}`) ? `${key}_${reader}` : key)
}

/** What to do after a call has ended so. */
export function useEndAdvice(): (reason: WireEndReason) => string {
  const { t } = useTranslation()
  const formOf = useReaderForm()
  return (reason) => t(formOf(`endAdvice.${reason}`) as 'endAdvice.busy')
}
