import { readTyped } from '@tandem/contract'
import { callingCodeOf, internationalPrefixOf, parsePhoneNumber, type CountryCode, type PhoneNumber } from '#kernel'
import { SERVICE_CODES, SPECIAL_RANGES } from './zone-table.ts'
import { emergencyNumber } from './emergency.ts'
import type { Destination } from './zone.ts'

/**
 * Where `typed` leads for somebody in `country`: the own country's service codes by list, then numbers, of which
 * satellite and premium ones are told apart. Emergency numbers are not known here: see `emergencyNumber`. What is to be
 * pressed after the answer is `keysAfterAnswer`'s; a text that has two numbers, or keys that can't be pressed, leads
 * nowhere.
 */
export function destinationOf(typed: string, country: CountryCode): Destination {
  const { number, rest } = readTyped(typed)
  const destination = destinationOfDigits(number, country)
  if (rest === '') return destination.kind === 'invalid' ? (severalIn(typed, country) ?? destination) : destination
  const others = rest.split(/[,;]+/).filter((each) => isNumber(each, country))
  if (destination.kind !== 'invalid' && others.length > 0) return { kind: 'several' }
  if (destination.kind === 'invalid') return destination
  return KEYS.test(rest) ? destination : { kind: 'keys-invalid' }
}

/**
 * The digits that may be a colleague's extension. The public's short numbers come first: an emergency number always, then
 * the country's service codes; a local number of so few digits comes after.
 */
export function extensionIn(typed: string, country: CountryCode): string | null {
  const { number, rest } = readTyped(typed)
  const isPublic = emergencyNumber(typed, country) !== undefined || serviceCodeOf(number, country) !== undefined
  return rest === '' && /^\d{2,6}$/.test(number) && !isPublic ? number : null
}

/** Pauses and up to 32 keys (RFC 4733, 3.2), of which the first stands behind a pause. */
const KEYS = /^(?=(?:,*[\d*#A-D]){1,32}$),{1,10}(?:[\d*#A-D]+(?:,{1,10}|$))+$/

/** What is pressed once the other side has answered, such as an extension: `,,123#`; a comma is a pause of 2 s. */
export function keysAfterAnswer(typed: string): string | null {
  const { rest } = readTyped(typed)
  return rest !== '' && KEYS.test(rest) ? rest : null
}

/** Digits behind a pause are keys, unless they would be a whole number by themselves. */
const isNumber = (digits: string, country: CountryCode): boolean =>
  /^\+?\d{7,}$/.test(digits) && destinationOfDigits(digits, country).kind !== 'invalid'

/** Numbers that were pasted side by side. */
function severalIn(typed: string, country: CountryCode): Destination | undefined {
  const parts = typed.split(/[/|\n、，；]|\s{2,}|\bor\b|或/iu).map((part) => readTyped(part).number)
  const numbers = parts.filter((part) => isNumber(part, country))
  return numbers.length > 1 ? { kind: 'several' } : undefined
}

function destinationOfDigits(digits: string, country: CountryCode): Destination {
  if (!/^\+?\d+$/.test(digits)) return { kind: 'invalid' }
  const code = digits.startsWith('+') ? undefined : serviceCodeOf(digits, country)
  if (code !== undefined) return { kind: 'service', code }
  const number = parsePhoneNumber(digits, country)
  return number === undefined ? serviceAbroad(digits, country) : destinationOfNumber(number, country)
}

function destinationOfNumber(number: PhoneNumber, home: CountryCode): Destination {
  const isDomestic = number.country === home
  const code = isDomestic ? serviceCodeOf(`0${number.national}`, home) : undefined
  if (code !== undefined) return { kind: 'service', code }
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

/** `+86 12345`: a code that the number plan's metadata does not have, behind the own country's code. */
function serviceAbroad(digits: string, home: CountryCode): Destination {
  const prefix = callingCodeOf(home) ?? ''
  const abroad = [`+${prefix}`, `${internationalPrefixOf(home)}${prefix}`].find((each) => digits.startsWith(each))
  const national = abroad === undefined ? undefined : digits.slice(abroad.length)
  const code = national === undefined ? undefined : serviceCodeOf(`0${national}`, home)
  return code === undefined ? { kind: 'invalid' } : { kind: 'service', code }
}

/**
 * The one way in which a service code is dialled and listed: with the trunk prefix in front of an area code (01095588),
 * alone without (95588, 4008208820). Behind a `0` an area code is looked for first: 01012345 is Beijing's 12345, and not
 * the code 1012345.
 */
function serviceCodeOf(digits: string, country: CountryCode): string | undefined {
  const codes = SERVICE_CODES[country]
  if (codes === undefined) return undefined
  const listed = (code: string | undefined, isBehindArea: boolean): boolean =>
    code !== undefined && codes.ranges.some((range) => range.pattern.test(code) && (range.isLocal || !isBehindArea))
  if (!digits.startsWith('0')) return listed(digits, false) ? digits : undefined
  const national = digits.slice(1)
  const behindArea = codes.area.exec(national)?.[0]
  if (behindArea !== undefined && listed(national.slice(behindArea.length), true)) return digits
  return listed(national, false) ? national : undefined
}

function specialRangeOf(digits: string): 'satellite' | 'premium' | undefined {
  let longest: (typeof SPECIAL_RANGES)[number] | undefined
  for (const range of SPECIAL_RANGES) {
    if (digits.startsWith(range.prefix) && range.prefix.length > (longest?.prefix.length ?? 0)) longest = range
  }
  return longest?.leadsTo
}
