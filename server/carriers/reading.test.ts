import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keysAfterAnswer } from './destination.ts'
import { emergencyNumber, emergencyPlanOf } from './emergency.ts'
import { readerBy } from './reading.ts'

const texts = fc.constantFrom(
  '13900000001',
  '+8613900000001',
  '+86 139 0000-0001',
  '13900000001,,123#',
  '13900000001 转 8',
  '13900000001;1',
  '110',
  '119',
  '１１０',
  '+86110',
  '112,,1',
  'nobody',
  '',
)
const countries = fc.constantFrom('CN', 'US', 'JP')

test('what was read before is what is read now, for each country by itself', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(texts, countries), { maxLength: 40 }), (asked) => {
      for (const [typed, country] of asked) {
        expect(readerBy(emergencyPlanOf(country))(typed)).toEqual({
          emergency: emergencyNumber(typed, country),
          keys: keysAfterAnswer(typed),
        })
      }
    }),
  )
})

test('more texts than are kept are read as well, and those of before again', () => {
  const read = readerBy({ ...emergencyPlanOf('CN') })
  const dialled = Array.from({ length: 25_000 }, (_, number) => String(13_900_000_000 + number))
  const keysOf = (number: string) => `,,${number.slice(-5)}`
  const otherwise = [...dialled, ...dialled].filter(
    (number) => read(`${number}${keysOf(number)}`).keys !== keysOf(number),
  )
  expect(otherwise).toEqual([])
  expect(read('110').emergency).toBe('110')
})
