import { parsePhoneNumber, type CountryCode, type PhoneNumber } from '#kernel'
import { dialledDigits } from './digits.ts'
import { SERVICE_CODES, SPECIAL_RANGES } from './zone-table.ts'
import type { Destination } from './zone.ts'

/**
 * Where `dialled` leads for somebody in `country`: the own country's service codes by list, then numbers, of which
 * satellite and premium ones are told apart. Emergency numbers are not known here: see `emergencyNumber`.
 */
export function destinationOf(dialled: string, country: CountryCode): Destination {
  const digits = dialledDigits(dialled)
  if (!digits.startsWith('+') && isServiceCode(digits.replace(/^0(?!0)/, ''), country)) {
    return { kind: 'service', code: digits }
  }
  const number = parsePhoneNumber(digits, country)
  return number === undefined ? { kind: 'invalid' } : destinationOfNumber(number, country)
}

function destinationOfNumber(number: PhoneNumber, home: CountryCode): Destination {
  const isDomestic = number.country === home
  if (isDomestic && isServiceCode(number.national, home)) return { kind: 'service', code: number.national }
  const special = specialRangeOf(number.e164.slice(1))
  if (special === 'satellite') return { kind: 'satellite', number: number.e164 }
  if (special === 'premium' || number.kind === 'premium') return { kind: 'premium', number: number.e164 }
  return {
    kind: 'number',
    zone: isDomestic ? 'domestic' : 'international',
    number: number.e164,
    country: number.country ?? null,
  }
}

const isServiceCode = (national: string, country: CountryCode): boolean =>
  SERVICE_CODES[country]?.some((range) => range.pattern.test(national)) ?? false

function specialRangeOf(digits: string): 'satellite' | 'premium' | undefined {
  let longest: (typeof SPECIAL_RANGES)[number] | undefined
  for (const range of SPECIAL_RANGES) {
    if (digits.startsWith(range.prefix) && range.prefix.length > (longest?.prefix.length ?? 0)) longest = range
  }
  return longest?.leadsTo
}
