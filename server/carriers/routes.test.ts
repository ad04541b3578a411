import { describe, expect, test } from 'vitest'
import { instant, later, type CarrierId, type E164, type OrganizationId, type TrunkId } from '#kernel'
import { callerNumberFor, type NumberRight } from './number.ts'
import { callerIdFor, dialStringFor, requestUriFor, routesFor, type Dialled, type TrunkState } from './routes.ts'

const trunk = (name: string, change: Partial<TrunkState> = {}): TrunkState => ({
  id: name as TrunkId,
  carrierId: 'carrier' as CarrierId,
  priority: 10,
  zones: [],
  standing: 'active',
  reachability: 'up',
  ...change,
})

describe('routes', () => {
  const rows: readonly (readonly [given: string, trunks: readonly TrunkState[], order: readonly string[]])[] = [
    ['by priority', [trunk('b', { priority: 20 }), trunk('a', { priority: 5 })], ['a', 'b']],
    ['equal priorities by id', [trunk('b'), trunk('a')], ['a', 'b']],
    [
      'down last, however preferred',
      [trunk('a', { priority: 1, reachability: 'down' }), trunk('b', { priority: 9 })],
      ['b', 'a'],
    ],
    [
      'unknown is as good as up',
      [trunk('b', { reachability: 'up' }), trunk('a', { reachability: 'unknown' })],
      ['a', 'b'],
    ],
    ['suspended never', [trunk('a', { standing: 'suspended' })], []],
    [
      'only those that take the zone',
      [trunk('a', { zones: ['international'] }), trunk('b', { zones: ['domestic'] })],
      ['b'],
    ],
  ]
  test.for(rows)('%s', ([_given, trunks, order]) => {
    expect(routesFor(trunks, 'domestic').map((route) => route.id)).toEqual(order)
  })
})

describe('dial strings', () => {
  const shanghai: Dialled = { kind: 'number', number: '+862150000000' as E164 }
  const mobile: Dialled = { kind: 'number', number: '+8613900000001' as E164 }
  const london: Dialled = { kind: 'number', number: '+442079460000' as E164 }
  const bank: Dialled = { kind: 'service', code: '95588' }
  const rows: readonly (readonly [Parameters<typeof dialStringFor>[0]['numberFormat'], Dialled, string])[] = [
    ['e164', shanghai, '+862150000000'],
    ['e164-without-plus', shanghai, '862150000000'],
    ['national', shanghai, '02150000000'],
    ['national', mobile, '13900000001'],
    ['national', london, '00442079460000'],
    ['e164', bank, '95588'],
    ['national', bank, '95588'],
  ]
  test.for(rows)('%s %o', ([numberFormat, dialled, expected]) => {
    expect(dialStringFor({ numberFormat }, dialled, 'CN')).toBe(expected)
  })

  test.for([
    ['e164', '+862150000000'],
    ['e164-without-plus', '862150000000'],
    ['national', '02150000000'],
  ] as const)('the caller id as %s', ([callerIdFormat, expected]) => {
    expect(callerIdFor({ callerIdFormat }, '+862150000000' as E164, 'CN')).toBe(expected)
  })

  test.for([
    [{ host: '192.0.2.1', port: 5060, transport: 'udp' }, '95588', 'sip:95588@192.0.2.1:5060'],
    [{ host: 'sip.example', port: null, transport: 'udp' }, '+8610', 'sip:+8610@sip.example'],
    [{ host: 'sip.example', port: 5080, transport: 'tcp' }, '#31#1', 'sip:%2331%231@sip.example:5080;transport=tcp'],
  ] as const)('%o, %s', ([trunk, dialString, expected]) => {
    expect(requestUriFor(trunk, dialString)).toBe(expected)
  })
})

describe('caller id', () => {
  const at = instant(1_000_000)
  const right = (number: string, change: Partial<NumberRight> = {}): NumberRight => ({
    number: number as E164,
    organizationId: 'o' as OrganizationId,
    proof: 'contract 1',
    validFrom: instant(0),
    validUntil: null,
    isDefault: true,
    ...change,
  })
  const rows: readonly (readonly [given: string, rights: readonly NumberRight[], shown: string | undefined])[] = [
    ['the default', [right('+862111111111', { isDefault: false }), right('+862122222222')], '+862122222222'],
    ['none when there is no default', [right('+862111111111', { isDefault: false })], undefined],
    ['from its first instant', [right('+862111111111', { validFrom: at })], '+862111111111'],
    ['not before it', [right('+862111111111', { validFrom: later(at, 1) })], undefined],
    ['not at its end, which is exclusive', [right('+862111111111', { validUntil: at })], undefined],
  ]
  test.for(rows)('%s', ([_given, rights, shown]) => {
    expect(callerNumberFor(rights, at)).toBe(shown)
  })
})
