import { useContext, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { PlaceContext } from './format.ts'

type Library = typeof import('libphonenumber-js/min')

let library: Library | undefined
let loading: Promise<void> | undefined

/** The numbering plans of the world are large: loaded after the first paint, raw numbers until then. */
function usePlans(): Library | undefined {
  const [plans, setPlans] = useState(library)
  useEffect(() => {
    if (plans) return
    loading ??= import('libphonenumber-js/min').then((loaded) => {
      library = loaded
    })
    void loading.then(() => setPlans(library))
  }, [plans])
  return plans
}

/**
 * Shows a number in the groups that its country writes it in; one of the organization's own country without its code. An empty
 * text is one that was erased.
 */
export function usePhoneNumber(): (number: string) => string {
  const plans = usePlans()
  const { country } = useContext(PlaceContext)
  const { t } = useTranslation()
  return (number) => {
    if (number === '') return t('erasedNumber')
    // A number as typed may lack its country; a short code stays as it is.
    const parsed = plans?.parsePhoneNumberFromString(number, country as never)
    if (!parsed?.isPossible()) return number
    return parsed.country === country ? parsed.formatNational() : parsed.formatInternational()
  }
}

/** What a typed text means as a number; `null` while it is none (short codes are none, and can be dialled all the same). */
export function useTypedNumber(text: string): string | null {
  const plans = usePlans()
  const { country } = useContext(PlaceContext)
  const parsed = plans?.parsePhoneNumberFromString(text, country as never)
  return parsed?.isPossible() ? parsed.formatInternational() : null
}

/** Reads what a person writes, with or without the country's code, as E.164; `null` for what is no number. */
export function useE164(): (text: string) => string | null {
  const plans = usePlans()
  const { country } = useContext(PlaceContext)
  return (text) => {
    const parsed = plans?.parsePhoneNumberFromString(text, country as never)
    return parsed?.isPossible() ? parsed.number : null
  }
}
