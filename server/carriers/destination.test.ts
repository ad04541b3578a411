import { describe, expect, test } from 'vitest'
import { destinationOf, keysAfterAnswer } from './destination.ts'

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
  // Whoever lists 95588 in a plan has not listed these: one answer each, however it is written.
  ['010 95588', { kind: 'service', code: '01095588' }],
  ['+86 10 95588', { kind: 'service', code: '01095588' }],
  ['0086 10 95588', { kind: 'service', code: '01095588' }],
  ['021 96588', { kind: 'service', code: '02196588' }],
  ['0755 95588', { kind: 'service', code: '075595588' }],
  ['010-12345', { kind: 'service', code: '01012345' }],
  ['+86 10 12345', { kind: 'service', code: '01012345' }],
  ['0086 10 12345', { kind: 'service', code: '01012345' }],
  ['0571 12345', { kind: 'service', code: '057112345' }],
  ['+86 571 12345', { kind: 'service', code: '057112345' }],
  ['010 10086', { kind: 'service', code: '01010086' }],
  ['+86 10 10086', { kind: 'service', code: '01010086' }],
  ['010 114', { kind: 'service', code: '010114' }],
  // The trunk prefix or the country's code in front of a code that has no area is not part of it.
  ['0400 820 8820', { kind: 'service', code: '4008208820' }],
  ['0800 820 8820', { kind: 'service', code: '8008208820' }],
  ['0095588', { kind: 'invalid' }],
  ['095588', { kind: 'service', code: '95588' }],
  ['+86 95588', { kind: 'service', code: '95588' }],
  ['+86 10086', { kind: 'service', code: '10086' }],
  ['+86 12345', { kind: 'service', code: '12345' }],
  ['0086 12345', { kind: 'service', code: '12345' }],
  ['1012345', { kind: 'service', code: '1012345' }],
  // Ordinary numbers of Beijing that begin like codes.
  ['010 5958 8000', { kind: 'number', number: '+861059588000' }],
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
  // What is pressed after the answer is no part of the number.
  ['010 8888 8888 ext. 805', { kind: 'number', number: '+861088888888' }],
  ['010 8888 8888转805', { kind: 'number', number: '+861088888888' }],
  ['13900000001,,123#', { kind: 'number', number: '+8613900000001' }],
  ['13900000001#', { kind: 'number', number: '+8613900000001' }],
  ['95588,1', { kind: 'service', code: '95588' }],
  ['tel:+86-10-8888-8888;ext=805', { kind: 'number', number: '+861088888888' }],
  ['tel:13900000001;phone-context=+86', { kind: 'number', number: '+8613900000001' }],
  ['TEL:%2B8613900000001', { kind: 'number', number: '+8613900000001' }],
  ['13900000001;1', { kind: 'keys-invalid' }],
  ['13900000001,12,hello', { kind: 'keys-invalid' }],
  [`13900000001,${'1'.repeat(33)}`, { kind: 'keys-invalid' }],
  // Two numbers are nobody's call.
  ['13900000001;13900000002', { kind: 'several' }],
  ['13900000001；13900000002', { kind: 'several' }],
  ['13900000001, 13900000002', { kind: 'several' }],
  ['13900000001/13900000002', { kind: 'several' }],
  ['13900000001、13900000002', { kind: 'several' }],
  ['13900000001\n13900000002', { kind: 'several' }],
  ['13900000001 或 13900000002', { kind: 'several' }],
  ['13900000001,139000000022#', { kind: 'number', number: '+8613900000001' }],
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

const keys: readonly (readonly [typed: string, keys: string | null])[] = [
  ['13900000001', null],
  ['13900000001,,123#', ',,123#'],
  ['13900000001p1p2', ',1,2'],
  ['010 8888 8888 x805', ',805'],
  ['010 8888 8888分机805', ',805'],
  ['tel:+861088888888;ext=8-05', ',805'],
  ['13900000001,', null],
  ['13900000001;1', null],
]

test.for(keys)('after %s', ([typed, expected]) => {
  expect(keysAfterAnswer(typed)).toBe(expected)
})
