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
  // A country that is not in the table has all that a phone without a SIM knows.
  ['999', 'KE', '999'],
  ['110', 'KE', '110'],
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
