import { expect, test } from 'vitest'
import { EMERGENCY_NUMBERS, UNIVERSAL_EMERGENCY, UNLISTED_EMERGENCY } from './emergency-table.ts'
import { emergencyNumber } from './emergency.ts'

const rows: readonly (readonly [dialled: string, country: string, digits: string | undefined])[] = [
  ['110', 'CN', '110'],
  ['119', 'CN', '119'],
  ['120', 'CN', '120'],
  ['122', 'CN', '122'],
  ['999', 'CN', '999'],
  ['112', 'CN', '112'],
  ['911', 'CN', '911'],
  ['112', 'US', '112'],
  ['911', 'GB', '911'],
  ['999', 'GB', '999'],
  ['000', 'AU', '000'],
  // By the caller's place: a number of elsewhere is an ordinary one here.
  ['120', 'US', undefined],
  ['000', 'CN', undefined],
  // A country of which nobody lists any has all that a phone without a SIM knows.
  ['999', 'GN', '999'],
  ['110', 'GN', '110'],
  // One that is listed by the world's list alone.
  ['133', 'AT', '133'],
  ['114', 'KE', '114'],
  // However it is written.
  [' 1 1 0 ', 'CN', '110'],
  ['１１０', 'CN', '110'],
  ['1-1-0', 'CN', '110'],
  ['+112', 'CN', '112'],
  ['+86110', 'CN', '110'],
  ['0086 110', 'CN', '110'],
  ['＋８６ (１１０)', 'CN', '110'],
  ['+44999', 'GB', '999'],
  // Of another country it is no call for help here, and no country's code at all without the international form.
  ['+44999', 'CN', undefined],
  ['86110', 'CN', undefined],
  ['+8610110', 'CN', undefined],
  ['112#', 'CN', '112'],
  ['tel:112', 'CN', '112'],
  // In any script, and with what can't be seen in between.
  ['١١٢', 'CN', '112'],
  ['۱۱۲', 'CN', '112'],
  ['११२', 'CN', '112'],
  ['𝟏𝟏𝟐', 'CN', '112'],
  ['①①②', 'CN', '112'],
  ['1️⃣1️⃣2️⃣', 'CN', '112'],
  ['\u2066112\u2069', 'CN', '112'],
  ['1\u00ad1\u20602', 'CN', '112'],
  ['\u061c112', 'CN', '112'],
  ['\ufeff1\u200b1\u200d2', 'CN', '112'],
  ['“112”!', 'CN', '112'],
  ['112，', 'CN', '112'],
  ['112,,1', 'CN', '112'],
  // RFC 3966.
  ['tel:112;phone-context=+44', 'CN', '112'],
  ['TEL:1-1-2;phone-context=example.com', 'CN', '112'],
  ['tel:%31%31%32', 'CN', '112'],
  ['\u2066tel:112;ext=1', 'CN', '112'],
  // Behind the own country's code, after each of its international prefixes.
  ['001 852 999', 'HK', '999'],
  ['009 886 119', 'TW', '119'],
  ['0011 61 000', 'AU', '000'],
  ['011 1 911', 'US', '911'],
  ['00 81 119', 'JP', undefined],
  ['010 81 119', 'JP', '119'],
  // Letters are no digits.
  ['one one two', 'CN', undefined],
  ['112x', 'CN', undefined],
  // Longer numbers that merely begin so are not.
  ['1100', 'CN', undefined],
  ['11012345', 'CN', undefined],
  ['010110', 'CN', undefined],
  ['13900000110', 'CN', undefined],
  ['', 'CN', undefined],
  [' '.repeat(1000) + '110', 'CN', undefined],
]

test.for(rows)('%s in %s', ([dialled, country, digits]) => {
  expect(emergencyNumber(dialled, country)).toBe(digits)
})

test('each row of the table cites who says so and is digits', () => {
  for (const { numbers, source } of [...Object.values(EMERGENCY_NUMBERS), UNIVERSAL_EMERGENCY, UNLISTED_EMERGENCY]) {
    expect(source).not.toBe('')
    expect(numbers.every((number) => /^\d{2,3}$/.test(number))).toBe(true)
  }
})
