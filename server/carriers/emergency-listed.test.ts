import { createRequire } from 'node:module'
import { getCountries } from 'libphonenumber-js/max'
import { expect, test } from 'vitest'
import { EMERGENCY_NUMBERS } from './emergency-table.ts'
import { emergencyPlanOf } from './emergency.ts'

type Google = {
  readonly ShortNumberInfo: { getInstance(): { isEmergencyNumber(digits: string, region: string): boolean } }
}

const require = createRequire(import.meta.url)
const info = (require('google-libphonenumber') as Google).ShortNumberInfo.getInstance()
const { version } = require('google-libphonenumber/package.json') as { readonly version: string }

const allOf = (length: number): readonly string[] =>
  Array.from({ length: 10 ** length }, (_, number) => String(number).padStart(length, '0'))

/** Of five digits there are 90000 and some that begin with 101: all were tried for version 3.2.47, longer ones not. */
const CANDIDATES = [2, 3, 4].flatMap(allOf).concat(
  allOf(2).map((end) => `101${end}`),
  '90000',
)

/** The file itself: `vitest run server/carriers/emergency-listed.test.ts -u` writes it anew. */
function listedFile(): string {
  const lines = getCountries().flatMap((country) => {
    const numbers = CANDIDATES.filter((digits) => info.isEmergencyNumber(digits, country))
    return numbers.length === 0 ? [] : [[country, ...numbers].join(' ')]
  })
  return `${HEAD}${lines.join('\n')}\n${FOOT}`
}

const HEAD = `import type { CountryCode } from '#kernel'

/**
 * Generated: a country and its emergency numbers a line, as Google's libphonenumber lists them (short number metadata,
 * google-libphonenumber ${version}, Apache-2.0). Its test writes it and finds it out of date.
 */
const LINES = \`
`
const FOOT = `\`

export const LISTED_EMERGENCY: { readonly [country: CountryCode]: readonly string[] } = Object.fromEntries(
  LINES.trim()
    .split('\\n')
    .map((line) => line.split(' '))
    .map(([country, ...numbers]) => [country, numbers]),
)
`

test('the table is what the package lists', { timeout: 120_000 }, async () => {
  await expect(listedFile()).toMatchFileSnapshot('./emergency-listed.ts')
})

test('our own rows stand, and each country has what every phone knows', () => {
  for (const country of getCountries()) {
    const { numbers } = emergencyPlanOf(country)
    expect(numbers).toEqual(expect.arrayContaining(['112', '911', ...(EMERGENCY_NUMBERS[country]?.numbers ?? [])]))
  }
})
