import {
  getCountryCallingCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
  type CountryCode as LibCountryCode,
} from 'libphonenumber-js/max'

declare const e164Brand: unique symbol
/** An international number as ITU-T E.164 writes it: `+` and up to 15 digits. */
export type E164 = string & { readonly [e164Brand]: true }
/** ISO 3166-1 alpha-2, upper case. */
export type CountryCode = string

export type PhoneNumber = {
  readonly e164: E164
  /** `undefined` for numbers of no country: satellite (+870, +881…) and international freephone (+800). */
  readonly country: CountryCode | undefined
  /** Digits of the country calling code, without `+`. */
  readonly callingCode: string
  readonly national: string
  readonly kind: 'fixed' | 'mobile' | 'toll-free' | 'premium' | 'shared-cost' | 'voip' | 'other'
}

const KINDS: Record<string, PhoneNumber['kind']> = {
  FIXED_LINE: 'fixed',
  FIXED_LINE_OR_MOBILE: 'mobile',
  MOBILE: 'mobile',
  TOLL_FREE: 'toll-free',
  PREMIUM_RATE: 'premium',
  SHARED_COST: 'shared-cost',
  VOIP: 'voip',
}

/**
 * Reads what a person typed in `country` (national form) or an international form (`+…`, `00…`); `undefined` when no
 * number plan has it. Short service codes (10086, 95xxx) are not numbers: see `#carriers`.
 */
export function parsePhoneNumber(typed: string, country: CountryCode): PhoneNumber | undefined {
  const parsed = parsePhoneNumberFromString(typed.trim().replace(/^00/, '+'), country as LibCountryCode)
  if (parsed === undefined || !parsed.isValid()) return undefined
  return {
    e164: parsed.number as unknown as E164,
    country: parsed.country,
    callingCode: parsed.countryCallingCode,
    national: parsed.nationalNumber,
    kind: KINDS[parsed.getType() ?? ''] ?? 'other',
  }
}

/**
 * The digits that a subscriber in `country` dials: with the trunk prefix (`021…`) for the own country's numbers,
 * after `00` for others (ITU-T E.123).
 */
export function dialledFrom(country: CountryCode, number: E164): string {
  const parsed = parsePhoneNumberFromString(number)
  if (parsed === undefined || parsed.country !== country) return `00${number.slice(1)}`
  return parsed.formatNational().replace(/\D/g, '')
}

/** Digits of the country calling code, without `+`; `undefined` where the number plans have no such country. */
export const callingCodeOf = (country: CountryCode): string | undefined =>
  isSupportedCountry(country) ? getCountryCallingCode(country) : undefined

export const parseE164 = (text: string): E164 | undefined =>
  /^\+[1-9]\d{4,14}$/.test(text) ? (text as E164) : undefined

/** For logs: country code and the last two digits stay. */
export const maskNumber = (text: string): string =>
  text.replace(/\+?\d[\d\s-]{4,}\d/g, (run) => `${run.slice(0, 3)}…${run.slice(-2)}`)
