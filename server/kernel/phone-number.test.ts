import { expect, test } from 'vitest'
import { dialledFrom, maskNumber, parseE164, parsePhoneNumber, type E164 } from './phone-number.ts'

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

test('a masked number keeps its head and two digits', () => {
  expect(maskNumber('to +8613900000001, then 13900000002')).toBe('to +86…01, then 139…02')
})
