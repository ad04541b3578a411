import type { CountryCode } from '#kernel'
import { dialledDigits } from './digits.ts'
import { EMERGENCY_NUMBERS, UNIVERSAL_EMERGENCY, UNLISTED_EMERGENCY } from './emergency-table.ts'

/**
 * The emergency number that `dialled` is for somebody in `country`, else `undefined`. On the raw digits, before any
 * number plan is asked; `+112`, `112#` and full-width `１１２` count too, since a call for help is never lost on form.
 */
export function emergencyNumber(dialled: string, country: CountryCode): string | undefined {
  if (dialled.length > LONGEST_TYPED) return undefined
  const digits = dialledDigits(dialled).replace(/[+*#,;]/g, '')
  const local = EMERGENCY_NUMBERS[country] ?? UNLISTED_EMERGENCY
  return local.numbers.includes(digits) || UNIVERSAL_EMERGENCY.numbers.includes(digits) ? digits : undefined
}

// Three digits with room for what people put around them; a longer text can't be one and isn't searched.
const LONGEST_TYPED = 24
