import type { CountryCode } from '#kernel'

/**
 * Number ranges that the metadata behind `#kernel` does not tell apart. `prefix` is digits after `+`; the longest
 * match wins. Everything else: the own country's numbers are `domestic`, all others `international`.
 */
export type SpecialRange = {
  readonly prefix: string
  readonly leadsTo: 'satellite' | 'premium'
  readonly source: string
}

const E164_LIST = 'ITU-T, List of Recommendation E.164 assigned country codes (Operational Bulletin No. 1114 annex)'
const MIIT_2023 = 'MIIT, 我国公众移动通信网网号及H0分配情况, 2023-06-05: 174, 1349 and 1619 are satellite mobile ranges'

export const SPECIAL_RANGES: readonly SpecialRange[] = [
  { prefix: '870', leadsTo: 'satellite', source: `${E164_LIST}: Inmarsat SNAC` },
  { prefix: '881', leadsTo: 'satellite', source: `${E164_LIST}: global mobile satellite system` },
  { prefix: '882', leadsTo: 'satellite', source: `${E164_LIST}: international networks, Thuraya among them` },
  { prefix: '883', leadsTo: 'satellite', source: `${E164_LIST}: international networks, shared` },
  { prefix: '979', leadsTo: 'premium', source: `${E164_LIST}: international premium rate service` },
  { prefix: '861349', leadsTo: 'satellite', source: MIIT_2023 },
  { prefix: '861619', leadsTo: 'satellite', source: MIIT_2023 },
  { prefix: '86174', leadsTo: 'satellite', source: MIIT_2023 },
]

/** Codes that are dialled as they are. `pattern` matches the whole code, without area code and `0`. */
export type ServiceCodeRange = {
  readonly pattern: RegExp
  /** Also dialled behind an area code, where it is that area's own. */
  readonly isLocal: boolean
  readonly meaning: string
  readonly source: string
}

export type ServiceCodes = {
  /** The area code at the beginning of national digits without `0`. */
  readonly area: RegExp
  readonly ranges: readonly ServiceCodeRange[]
}

const PLAN_2017 = 'MIIT, 电信网编号计划 (2017年版)'

export const SERVICE_CODES: { readonly [country: CountryCode]: ServiceCodes } = {
  CN: {
    // 10 Beijing, 2X other large cities, else three digits (电信网编号计划, long-distance area codes).
    area: /^(?:10|2\d|[3-9]\d{2})/,
    ranges: [
      {
        pattern: /^100\d{2,3}$/,
        isLocal: true,
        meaning: 'a basic carrier’s own service: 10000, 10010, 10086, 10099',
        source: PLAN_2017,
      },
      {
        pattern: /^101\d{2,6}$/,
        isLocal: false,
        meaning: 'a value-added provider’s or reseller’s own service',
        source: PLAN_2017,
      },
      { pattern: /^114$/, isLocal: true, meaning: 'directory enquiry', source: PLAN_2017 },
      {
        pattern: /^12[13]\d{2,3}$/,
        isLocal: true,
        meaning: 'public service: 12121 weather, 12306 railway, 12345 city hall',
        source: PLAN_2017,
      },
      {
        pattern: /^95\d{3,6}$/,
        isLocal: true,
        meaning: 'nationwide call centre, such as a bank: 95588',
        source: PLAN_2017,
      },
      { pattern: /^96\d{3,4}$/, isLocal: true, meaning: 'call centre of one province', source: PLAN_2017 },
      {
        pattern: /^400\d{7}$/,
        isLocal: false,
        meaning: 'shared cost: the caller pays the local part',
        source: PLAN_2017,
      },
      { pattern: /^800\d{7}$/, isLocal: false, meaning: 'freephone, from fixed lines', source: PLAN_2017 },
    ],
  },
}
