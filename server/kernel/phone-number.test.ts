import { createRequire } from 'node:module'
import { getCountries } from 'libphonenumber-js/max'
import { expect, test } from 'vitest'
import {
  dialledFrom,
  internationalPrefixesOf,
  internationalPrefixOf,
  maskNumber,
  parseE164,
  parsePhoneNumber,
  type E164,
} from './phone-number.ts'

const rows: readonly (readonly [typed: string, country: string, e164: string | undefined, kind: string | undefined])[] =
  [
    ['13900000001', 'CN', '+8613900000001', 'mobile'],
    ['021 5000 0000', 'CN', '+862150000000', 'fixed'],
    ['00442079460000', 'CN', '+442079460000', 'fixed'],
    [' 0044 20 7946 0000', 'CN', '+442079460000', 'fixed'],
    ['+18005551234', 'CN', '+18005551234', 'toll-free'],
    ['16812345', 'CN', '+8616812345', 'premium'],
    ['110', 'CN', undefined, undefined],
    ['hello', 'CN', undefined, undefined],
  ]

test.for(rows)('%s typed in %s', ([typed, country, e164, kind]) => {
  const number = parsePhoneNumber(typed, country)
  expect([number?.e164, number?.kind]).toEqual([e164, kind])
})

test('E.164 is a plus and 5 to 15 digits that do not begin with 0', () => {
  const texts = ['+8613900000001', '8613900000001', '+0613900000001', '+1234', '+1234567890123456', '+86 139']
  expect(texts.map((text) => parseE164(text) !== undefined)).toEqual([true, false, false, false, false, false])
})

test('what a subscriber dials', () => {
  const from = (country: string, number: string) => dialledFrom(country, number as E164)
  expect(from('CN', '+862150000000')).toBe('02150000000')
  expect(from('CN', '+8613900000001')).toBe('13900000001')
  expect(from('GB', '+442079460000')).toBe('02079460000')
  expect(from('CN', '+442079460000')).toBe('00442079460000')
})

const abroad: readonly (readonly [typed: string, country: string, e164: string | undefined])[] = [
  ['001 65 9234 5678', 'HK', '+6592345678'],
  ['0080 65 9234 5678', 'HK', undefined],
  ['009 81 3 1234 5678', 'TW', '+81312345678'],
  ['002 1 365 555 0123', 'TW', '+13655550123'],
  ['002 86 139 0000 0001', 'KR', '+8613900000001'],
  ['00700 86 139 0000 0001', 'KR', '+8613900000001'],
  ['0011 44 20 7946 0000', 'AU', '+442079460000'],
  ['1499 0011 44 20 7946 0000', 'AU', undefined],
  ['1456 0011 44 20 7946 0000', 'AU', '+442079460000'],
  ['011 44 20 7946 0000', 'US', '+442079460000'],
  ['00 44 20 7946 0000', 'US', undefined],
  ['010 44 20 7946 0000', 'JP', '+442079460000'],
  ['00 15 44 20 7946 0000', 'BR', '+442079460000'],
  ['8 10 44 20 7946 0000', 'RU', '+442079460000'],
]

test.for(abroad)('abroad: %s typed in %s', ([typed, country, e164]) => {
  expect(parsePhoneNumber(typed.replaceAll(' ', ''), country)?.e164).toBe(e164)
})

/** One number of each kind of each country that Google's library gives and our metadata has too. */
function examplesOfTheWorld(): readonly E164[] {
  const google = createRequire(import.meta.url)('google-libphonenumber') as Google
  const util = google.PhoneNumberUtil.getInstance()
  const numbers = getCountries().flatMap((country) =>
    Object.values(google.PhoneNumberType).flatMap((type) => {
      const example = util.getExampleNumberForType(country, type)
      return example === null || example === undefined ? [] : [util.format(example, google.PhoneNumberFormat.E164)]
    }),
  )
  return [...new Set(numbers)].filter((number): number is E164 => parsePhoneNumber(number, 'CN')?.e164 === number)
}

type Google = {
  readonly PhoneNumberUtil: {
    getInstance(): {
      getExampleNumberForType(country: string, type: number): object | null | undefined
      format(number: object, format: number): string
    }
  }
  readonly PhoneNumberType: { readonly [name: string]: number }
  readonly PhoneNumberFormat: { readonly E164: number }
}

test(
  'each kind of number of every country, dialled from every country in its own way, is that number and no other',
  { timeout: 120_000 },
  () => {
    const examples = examplesOfTheWorld()
    expect(examples.length).toBeGreaterThan(900)
    const wrong: string[] = []
    for (const country of getCountries()) {
      for (const number of examples) {
        const dialled = dialledFrom(country, number)
        const reached = parsePhoneNumber(dialled, country)?.e164
        if (reached !== number) wrong.push(`${number} from ${country}: ${dialled} reaches ${reached ?? 'nobody'}`)
      }
    }
    expect(wrong).toEqual([])
  },
)

test('the international prefix that is written is one of the country, and no longer one takes digits away from it', () => {
  for (const country of getCountries()) {
    const prefix = internationalPrefixOf(country)
    const prefixes = new RegExp(`^(?:${internationalPrefixesOf(country)})$`)
    expect(prefixes.test(prefix), `${country} ${prefix}`).toBe(true)
    for (let next = 1; next < 100; next += 1) expect(prefixes.test(`${prefix}${next}`), country).toBe(false)
  }
})

test('a masked number keeps its head and two digits', () => {
  expect(maskNumber('to +8613900000001, then 13900000002')).toBe('to +86…01, then 139…02')
})
