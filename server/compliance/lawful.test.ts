import { describe, expect, test } from 'vitest'
import type { CarrierId, LicenceId } from '#kernel'
import { lawful, RULE_TABLES, type LawQuestion } from './lawful.ts'
import type { Licence, LicenceKind, Path } from './licence.ts'

const CARRIER = 'carrier a' as CarrierId
const OTHER = 'carrier b' as CarrierId

const licence = (kind: LicenceKind, change: Partial<Licence> = {}): Licence => ({
  id: `licence ${kind}` as LicenceId,
  kind,
  number: 'A-1',
  holder: { kind: 'operator' },
  jurisdiction: 'cn',
  validFrom: '2026-01-01',
  validUntil: '2026-12-31',
  agreement: null,
  ...change,
})
const ofCarrier = (kind: LicenceKind, change: Partial<Licence> = {}) =>
  licence(kind, { holder: { kind: 'carrier', carrierId: CARRIER }, ...change })

const question = (change: Partial<LawQuestion>): LawQuestion => ({
  jurisdiction: 'cn',
  path: 'ip-telephony',
  parties: 2,
  isInternational: false,
  day: '2026-11-23',
  licences: [],
  carrierId: CARRIER,
  ...change,
})

type Row = readonly [
  row: string,
  path: Path,
  parties: number,
  isInternational: boolean,
  licences: readonly Licence[],
  rule: string,
]

/** Each call needs exactly these licences: with them it passes, and `rule` is what refuses it without the last one. */
const table: readonly Row[] = [
  ['callback', 'telephone', 2, false, [licence('voice')], 'cn-voice'],
  ['business call', 'ip-telephony', 2, false, [licence('ip-telephony')], 'cn-ip-telephony'],
  ['conference by telephone', 'telephone', 3, false, [licence('multi-party')], 'cn-multi-party-telephone'],
  ['conference with telephone legs', 'ip-telephony', 16, false, [licence('multi-party')], 'cn-multi-party-telephone'],
  ['call in the app', 'internet', 2, false, [licence('information')], 'cn-internet'],
  ['conference in the app, by B22', 'internet', 3, false, [licence('multi-party')], 'cn-multi-party-internet'],
  ['conference in the app, by B25', 'internet', 9, false, [licence('information')], 'cn-multi-party-internet'],
  [
    'business call abroad',
    'ip-telephony',
    2,
    true,
    [licence('ip-telephony'), ofCarrier('international-voice', { agreement: 'no. 7' })],
    'cn-international',
  ],
  [
    'callback abroad',
    'telephone',
    2,
    true,
    [licence('voice'), ofCarrier('international-voice', { agreement: 'no. 7' })],
    'cn-international',
  ],
  [
    'conference with a leg abroad',
    'ip-telephony',
    5,
    true,
    [ofCarrier('international-voice', { agreement: 'no. 7' })],
    'cn-international',
  ],
]

describe('mission’s table', () => {
  test.for(table)('%s passes with its licences', ([_row, path, parties, isInternational, licences]) => {
    expect(lawful(question({ path, parties, isInternational, licences }))).toEqual({
      ok: true,
      value: licences.map(({ id }) => id),
    })
  })
  test.for(table)(
    '%s is refused without the last of them',
    ([_row, path, parties, isInternational, licences, rule]) => {
      const fewer = licences.slice(0, -1)
      expect(lawful(question({ path, parties, isInternational, licences: fewer }))).toMatchObject({
        ok: false,
        refusal: { rule },
      })
    },
  )
})

describe('whose licence', () => {
  const provider = { ok: false, refusal: { rule: 'cn-ip-telephony', licence: 'ip-telephony', holder: 'provider' } }
  const carrier = {
    ok: false,
    refusal: { rule: 'cn-international', licence: 'international-voice', holder: 'carrier' },
  }
  const abroad = (international: Licence) => ({
    isInternational: true,
    licences: [licence('ip-telephony'), international],
  })
  const rows: readonly (readonly [given: string, change: Partial<LawQuestion>, verdict: object])[] = [
    ['the carrier’s own does not stand for the provider’s', { licences: [ofCarrier('ip-telephony')] }, provider],
    [
      'the carrier’s with an agreement neither',
      { licences: [ofCarrier('ip-telephony', { agreement: 'no. 7' })] },
      provider,
    ],
    ['abroad, no agreement on file', abroad(ofCarrier('international-voice')), carrier],
    [
      'abroad, the agreement is with another carrier',
      { ...abroad(ofCarrier('international-voice', { agreement: 'no. 7' })), carrierId: OTHER },
      carrier,
    ],
    [
      'abroad, the provider’s own is not a carrier’s',
      abroad(licence('international-voice', { agreement: 'no. 7' })),
      carrier,
    ],
  ]
  test.for(rows)('%s', ([_given, change, verdict]) => {
    expect(lawful(question(change))).toEqual(verdict)
  })
})

describe('days', () => {
  const rows = [
    ['2025-12-31', false],
    ['2026-01-01', true],
    ['2026-12-31', true],
    ['2027-01-01', false],
  ] as const
  test.for(rows)('on %s: %s', ([day, ok]) => {
    expect(lawful(question({ day, licences: [licence('ip-telephony')] })).ok).toBe(ok)
  })
})

test('where no rules are written down everything passes, leaning on nothing', () => {
  expect(lawful(question({ jurisdiction: 'none', parties: 40 }))).toEqual({ ok: true, value: [] })
})

test('in China a call that no row knows is not lawful', () => {
  const verdict = lawful(
    question({ path: 'internet', parties: 3, isInternational: true, licences: [licence('multi-party')] }),
  )
  expect(verdict).toEqual({ ok: false, refusal: { rule: 'cn-unruled', licence: 'unknown', holder: 'provider' } })
})

test('every rule has an id of its own, a source and a licence that would do', () => {
  for (const { rules, note } of Object.values(RULE_TABLES)) {
    expect(note).toMatch(/ask counsel/i)
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length)
    for (const rule of rules) expect([rule.source.length > 0, rule.licences.length > 0]).toEqual([true, true])
  }
})
