import { Metadata } from 'libphonenumber-js/core'
import {
  getCountryCallingCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
  type CountryCode as LibCountryCode,
  type PhoneNumber as LibPhoneNumber,
} from 'libphonenumber-js/max'
import metadata from 'libphonenumber-js/metadata.max.json'

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
 * Reads what a person typed in `country`: an international form (`+…`, or behind one of the country's own international
 * prefixes, carrier selection included), else a national one; `undefined` when no number plan has it. Digits and `+` only.
 * Short service codes (10086, 95xxx) are not numbers: see `#carriers`.
 */
export function parsePhoneNumber(typed: string, country: CountryCode): PhoneNumber | undefined {
  const text = typed.trim()
  const parsed = text.startsWith('+') ? valid(text) : (behindPrefix(text, country) ?? inNationalForm(text, country))
  if (parsed === undefined) return undefined
  return {
    e164: parsed.number as unknown as E164,
    country: parsed.country,
    callingCode: parsed.countryCallingCode,
    national: parsed.nationalNumber,
    kind: KINDS[parsed.getType() ?? ''] ?? 'other',
  }
}

const valid = (text: string, country?: CountryCode): LibPhoneNumber | undefined => {
  const parsed = parsePhoneNumberFromString(text, country as LibCountryCode | undefined)
  return parsed?.isValid() === true ? parsed : undefined
}

/** The longest prefix that leads to a number wins, as in an exchange: Hong Kong's 001 before a bare 00. */
function behindPrefix(text: string, country: CountryCode): LibPhoneNumber | undefined {
  const digits = text.replace(/\D/g, '')
  const prefixes = prefixTestOf(country)
  if (prefixes === undefined) return undefined
  for (let length = LONGEST_PREFIX; length > 0; length -= 1) {
    if (!prefixes.test(digits.slice(0, length)) || !/^[1-9]/.test(digits.slice(length))) continue
    const parsed = valid(`+${digits.slice(length)}`)
    if (parsed !== undefined) return parsed
  }
  return undefined
}

/** Not by the library's own reading of international prefixes, which takes the first that fits. */
function inNationalForm(text: string, country: CountryCode): LibPhoneNumber | undefined {
  const parsed = valid(text, country)
  return parsed?.countryCallingCode === callingCodeOf(country) ? parsed : undefined
}

/**
 * The digits that a subscriber in `country` dials: the national form (`021…`) for numbers of the own country's calling
 * code, after the international prefix for others (ITU-T E.123).
 */
export function dialledFrom(country: CountryCode, number: E164): string {
  const abroad = `${internationalPrefixOf(country)}${number.slice(1)}`
  const parsed = parsePhoneNumberFromString(number)
  if (parsed === undefined || parsed.countryCallingCode !== callingCodeOf(country)) return abroad
  const national = parsed.formatNational().replace(/\D/g, '')
  return parsePhoneNumber(national, country)?.e164 === number ? national : abroad
}

/** The longest there are: Australia's carrier selection, 14xx0011. */
const LONGEST_PREFIX = 8

/** A pattern of all that is dialled before a foreign number, carrier selection included; `undefined` for no country. */
export const internationalPrefixesOf = (country: CountryCode): string | undefined => planOf(country)?.IDDPrefix()

function prefixTestOf(country: CountryCode): RegExp | undefined {
  const pattern = internationalPrefixesOf(country)
  return pattern === undefined ? undefined : new RegExp(`^(?:${pattern})$`)
}

/** Tried in this order; the library names the one to write only for some countries. */
const USUAL_PREFIXES = ['00', '001', '011', '0011', '000', '002', '005', '008', '009', '010', '0014', '810', '119', '0']

/**
 * What is dialled before a foreign number, where nothing was chosen: one that no longer prefix takes digits away from
 * (Hong Kong: 001, since behind a bare 00 the 1 of +1 would be read as part of 001). `00` for no country.
 */
export function internationalPrefixOf(country: CountryCode): string {
  const prefixes = prefixTestOf(country)
  if (prefixes === undefined) return '00'
  const named = String(planOf(country)?.defaultIDDPrefix() ?? '').replace(/\D/g, '')
  const all = [named, ...USUAL_PREFIXES, '0010'].filter((prefix) => prefixes.test(prefix))
  return all.find((prefix) => !isBegunBy(prefixes, prefix)) ?? all[0] ?? '00'
}

/** Whether a longer prefix begins with this one and a digit that a calling code may begin with. */
function isBegunBy(prefixes: RegExp, prefix: string): boolean {
  for (let next = 10; next < 100; next += 1) {
    if (prefixes.test(`${prefix}${next}`) || prefixes.test(`${prefix}${Math.floor(next / 10)}`)) return true
  }
  return false
}

function planOf(country: CountryCode) {
  if (!isSupportedCountry(country)) return undefined
  const plans = new Metadata(metadata)
  plans.selectNumberingPlan(country)
  return plans.numberingPlan
}

/** Digits of the country calling code, without `+`; `undefined` where the number plans have no such country. */
export const callingCodeOf = (country: CountryCode): string | undefined =>
  isSupportedCountry(country) ? getCountryCallingCode(country) : undefined

export const parseE164 = (text: string): E164 | undefined =>
  /^\+[1-9]\d{4,14}$/.test(text) ? (text as E164) : undefined

/** For logs: country code and the last two digits stay. */
export const maskNumber = (text: string): string =>
  text.replace(/\+?\d[\d\s-]{4,}\d/g, (run) => `${run.slice(0, 3)}…${run.slice(-2)}`)
