import { describe, expect, test } from 'vitest'
import { destinationOf } from './destination.ts'
import { dialledDigits } from './digits.ts'

const cn: readonly (readonly [dialled: string, leadsTo: unknown])[] = [
  ['13900000001', { kind: 'number', zone: 'domestic', number: '+8613900000001', country: 'CN' }],
  ['139 0000 0001', { kind: 'number', zone: 'domestic', number: '+8613900000001' }],
  ['１３９００００ー０００１'.replace('ー', ''), { kind: 'number', zone: 'domestic', number: '+8613900000001' }],
  ['+86 139-0000-0001', { kind: 'number', zone: 'domestic', number: '+8613900000001' }],
  ['0086 139 0000 0001', { kind: 'number', zone: 'domestic', number: '+8613900000001' }],
  ['tel:+8613900000001', { kind: 'number', zone: 'domestic', number: '+8613900000001' }],
  ['021-5000 0000', { kind: 'number', zone: 'domestic', number: '+862150000000' }],
  ['+44 20 7946 0000', { kind: 'number', zone: 'international', number: '+442079460000', country: 'GB' }],
  ['0044 20 7946 0000', { kind: 'number', zone: 'international', number: '+442079460000' }],
  // Hong Kong is another number plan, and an international call for a Chinese carrier.
  ['+852 2123 4567', { kind: 'number', zone: 'international', number: '+85221234567', country: 'HK' }],
  ['+800 1234 5678', { kind: 'number', zone: 'international', number: '+80012345678', country: null }],
  ['10086', { kind: 'service', code: '10086' }],
  ['10000', { kind: 'service', code: '10000' }],
  ['12345', { kind: 'service', code: '12345' }],
  ['12306', { kind: 'service', code: '12306' }],
  ['114', { kind: 'service', code: '114' }],
  ['95588', { kind: 'service', code: '95588' }],
  ['400-820-8820', { kind: 'service', code: '4008208820' }],
  ['+86 400 820 8820', { kind: 'service', code: '4008208820' }],
  ['800 820 8820', { kind: 'service', code: '8008208820' }],
  // Whoever lists 95588 in a plan has not listed these.
  ['010 95588', { kind: 'service', code: '01095588' }],
  ['021 96588', { kind: 'service', code: '02196588' }],
  ['16812345', { kind: 'premium', number: '+8616812345' }],
  ['+1 900 555 1234', { kind: 'premium', number: '+19005551234' }],
  ['+979 1 2345 6789', { kind: 'premium', number: '+979123456789' }],
  ['+870 773 111 632', { kind: 'satellite', number: '+870773111632' }],
  ['+881 6 1234 5678', { kind: 'satellite', number: '+881612345678' }],
  ['+882 16 1234 5678', { kind: 'satellite', number: '+8821612345678' }],
  ['134 9200 0001', { kind: 'satellite', number: '+8613492000001' }],
  ['174 0500 0001', { kind: 'satellite', number: '+8617405000001' }],
  ['123', { kind: 'invalid' }],
  ['62345678', { kind: 'invalid' }],
  ['', { kind: 'invalid' }],
  ['+', { kind: 'invalid' }],
  ['call me', { kind: 'invalid' }],
  ['9'.repeat(300), { kind: 'invalid' }],
]

test.for(cn)('in China, %s', ([dialled, leadsTo]) => {
  expect(destinationOf(dialled, 'CN')).toMatchObject(leadsTo as object)
})

describe('elsewhere', () => {
  test('China is abroad, and its service codes are nobody’s', () => {
    expect(destinationOf('+8613900000001', 'US')).toMatchObject({ kind: 'number', zone: 'international' })
    expect(destinationOf('10086', 'US')).toEqual({ kind: 'invalid' })
    expect(destinationOf('95588', 'DE')).toEqual({ kind: 'invalid' })
  })
  test('one calling code may be several countries', () => {
    expect(destinationOf('(212) 555-0123', 'US')).toMatchObject({ zone: 'domestic', country: 'US' })
    expect(destinationOf('416 555 0123', 'US')).toMatchObject({ zone: 'international', country: 'CA' })
  })
  test('the own international prefix is read', () => {
    expect(destinationOf('011 44 20 7946 0000', 'US')).toMatchObject({ number: '+442079460000' })
  })
})

test('dialled digits keep a plus and drop only what people put between digits', () => {
  expect(dialledDigits(' +86 (21) 5000.00-00 ')).toBe('+862150000000')
  expect(dialledDigits('＋８６１０')).toBe('+8610')
  expect(dialledDigits('1-800-FLOWERS')).toBe('1800FLOWERS')
})
