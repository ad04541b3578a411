import { callingCodeOf, type CountryCode } from '#kernel'
import { dialledDigits } from './digits.ts'
import { EMERGENCY_NUMBERS, UNIVERSAL_EMERGENCY, UNLISTED_EMERGENCY } from './emergency-table.ts'

/**
 * The emergency number that `dialled` is for somebody in `country`, else `undefined`. On the raw digits, before any
 * number plan is asked; `+112`, `112#`, full-width `１１２` and, behind the
 * own country's code, `+86110` or `0086110` count too, since a call for help is never lost on form.
 */
export function emergencyNumber(dialled: string, country: CountryCode): string | undefined {
  if (dialled.length > LONGEST_TYPED) return undefined
  const typed = dialledDigits(dialled)
  const digits = typed.replace(/[+*#,;]/g, '')
  const local = EMERGENCY_NUMBERS[country] ?? UNLISTED_EMERGENCY
  const known = [...local.numbers, ...UNIVERSAL_EMERGENCY.numbers]
  return [digits, withoutCountry(typed, country)].find(
    (candidate) => candidate !== undefined && known.includes(candidate),
  )
}

/** What follows the own country's code in an international form. */
function withoutCountry(typed: string, country: CountryCode): string | undefined {
  const code = callingCodeOf(country)
  const international = /^(?:\+|00)(\d+)[*#,;]*$/.exec(typed)?.[1]
  if (code === undefined || international === undefined || !international.startsWith(code)) return undefined
  return international.slice(code.length)
}

// Three digits with room for what people put around them; a longer text can't be one and isn't searched.
const LONGEST_TYPED = 24
