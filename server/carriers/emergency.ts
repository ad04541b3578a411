import { emergencyNumberIn, type EmergencyPlan } from '@tandem/contract'
import { callingCodeOf, internationalPrefixesOf, type CountryCode } from '#kernel'
import { EMERGENCY_NUMBERS, UNIVERSAL_EMERGENCY, UNLISTED_EMERGENCY } from './emergency-table.ts'
import { LISTED_EMERGENCY } from './emergency-listed.ts'

export type { EmergencyPlan }

/**
 * The emergency number that `typed` is for somebody in `country`, else `undefined`. On the raw text, before any number
 * plan is asked; a browser decides by the same function when the server is away. `plan`: the tables as they were.
 */
export const emergencyNumber = (
  typed: string,
  country: CountryCode,
  plan: EmergencyPlan = emergencyPlanOf(country),
): string | undefined => emergencyNumberIn(typed, plan)

/** Ours, the world's list and what every phone knows; where nobody lists anything, what a phone without a SIM knows. */
export function emergencyPlanOf(country: CountryCode): EmergencyPlan {
  const known = plans.get(country) ?? makePlan(country)
  plans.set(country, known)
  return known
}

/** They come from tables alone, and each decision on a call asks for one. */
const plans = new Map<CountryCode, EmergencyPlan>()

function makePlan(country: CountryCode): EmergencyPlan {
  const listed = [...(EMERGENCY_NUMBERS[country]?.numbers ?? []), ...(LISTED_EMERGENCY[country] ?? [])]
  const numbers = [...(listed.length > 0 ? listed : UNLISTED_EMERGENCY.numbers), ...UNIVERSAL_EMERGENCY.numbers]
  return {
    numbers: [...new Set(numbers)],
    callingCode: callingCodeOf(country) ?? null,
    internationalPrefix: internationalPrefixesOf(country) ?? '00',
  }
}
