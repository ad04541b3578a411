import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addDays,
  dayAt,
  dayOf,
  instant,
  later,
  localInstant,
  monthEnding,
  monthOf,
  monthsAnywhere,
  parseZone,
  wallClock,
  weekdayOf,
} from './time.ts'

const at = (text: string) => instant(Date.parse(text))
const zone = (name: string) => parseZone(name)!
const HOUR = 3_600_000

describe('the month of an instant', () => {
  type Row = readonly [zone: string, when: string, from: string, until: string, hours: number]
  const rows: readonly Row[] = [
    ['Asia/Shanghai', '2026-11-23T10:00+08:00', '2026-11-01T00:00+08:00', '2026-12-01T00:00+08:00', 720],
    ['Asia/Shanghai', '2026-12-31T23:59:59.999+08:00', '2026-12-01T00:00+08:00', '2027-01-01T00:00+08:00', 744],
    ['Asia/Shanghai', '2027-01-01T00:00+08:00', '2027-01-01T00:00+08:00', '2027-02-01T00:00+08:00', 744],
    ['Asia/Shanghai', '2027-02-15T00:00+08:00', '2027-02-01T00:00+08:00', '2027-03-01T00:00+08:00', 672],
    ['Asia/Shanghai', '2028-02-29T12:00+08:00', '2028-02-01T00:00+08:00', '2028-03-01T00:00+08:00', 696],
    ['Asia/Shanghai', '2100-02-28T12:00+08:00', '2100-02-01T00:00+08:00', '2100-03-01T00:00+08:00', 672],
    // The instant of Greenwich's December is still November in New York and already December in Shanghai.
    ['America/New_York', '2026-12-01T00:00Z', '2026-11-01T00:00-04:00', '2026-12-01T00:00-05:00', 721],
    ['Europe/Berlin', '2026-03-31T23:59:59+02:00', '2026-03-01T00:00+01:00', '2026-04-01T00:00+02:00', 743],
    ['Europe/Berlin', '2026-10-01T00:00+02:00', '2026-10-01T00:00+02:00', '2026-11-01T00:00+01:00', 745],
    // Brazil began summer time at midnight until 2018: on 2018-11-04 there was no 00:00.
    ['America/Sao_Paulo', '2018-11-15T12:00-02:00', '2018-11-01T00:00-03:00', '2018-12-01T00:00-02:00', 719],
    ['America/Sao_Paulo', '2026-11-15T12:00-03:00', '2026-11-01T00:00-03:00', '2026-12-01T00:00-03:00', 720],
    // Egypt changes at midnight: forward on 2026-04-24, back at the end of 2026-10-29.
    ['Africa/Cairo', '2026-04-30T23:59+03:00', '2026-04-01T00:00+02:00', '2026-05-01T00:00+03:00', 719],
    ['Africa/Cairo', '2026-10-30T12:00+02:00', '2026-10-01T00:00+03:00', '2026-11-01T00:00+02:00', 745],
    // A month whose first midnight was skipped: Paraguay, 2017-10-01, began at 01:00.
    ['America/Asuncion', '2017-10-10T12:00-03:00', '2017-10-01T01:00-03:00', '2017-11-01T00:00-03:00', 743],
    // Samoa skipped 2011-12-30 altogether.
    ['Pacific/Apia', '2011-12-31T12:00+14:00', '2011-12-01T00:00-10:00', '2012-01-01T00:00+14:00', 720],
  ]
  test.for(rows)('%s at %s', ([name, when, from, until, hours]) => {
    const month = monthOf(at(when), zone(name))
    expect(month).toEqual({ from: at(from), until: at(until) })
    expect((month.until - month.from) / HOUR).toBe(hours)
  })

  test('months tile time: each ends where the next begins, and holds every instant in it', () => {
    const zones = [
      'Asia/Shanghai',
      'Europe/Berlin',
      'America/Sao_Paulo',
      'Africa/Cairo',
      'Asia/Kathmandu',
      'Pacific/Apia',
    ].map(zone)
    const when = fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2060, 0) }).map(instant)
    fc.assert(
      fc.property(when, fc.constantFrom(...zones), (moment, place) => {
        const month = monthOf(moment, place)
        return (
          month.from <= moment &&
          moment < month.until &&
          monthOf(later(month.until, -1), place).from === month.from &&
          monthOf(month.until, place).from === month.until
        )
      }),
      { numRuns: 300 },
    )
  })
})

describe('a month, wherever it is counted', () => {
  const zones = ['Etc/GMT+12', 'America/Los_Angeles', 'UTC', 'Asia/Shanghai', 'Pacific/Kiritimati'].map(zone)
  test.each(['2026-01', '2026-02', '2028-02', '2026-03', '2026-10', '2026-12'])(
    '%s is told by its beginning in UTC',
    (name) => {
      const months = zones.map((each) => monthOf(localInstant(`${name}-10`, 0, each), each))
      expect(months.map(({ until }) => monthEnding(until))).toEqual(zones.map(() => at(`${name}-01T00:00Z`)))
      for (const { from, until } of months)
        for (const edge of [from, later(until, -1)]) expect(monthsAnywhere(edge)).toContain(at(`${name}-01T00:00Z`))
    },
  )
  test('is one for most of it', () =>
    expect(monthsAnywhere(at('2026-11-10T00:00Z'))).toEqual([at('2026-11-01T00:00Z')]))
})

describe('days', () => {
  test('the day is the zone’s, also right after another day was asked for', () => {
    const midnight = at('2026-11-24T00:00+08:00')
    expect(dayOf(later(midnight, -1), zone('Asia/Shanghai'))).toBe('2026-11-23')
    expect(dayOf(midnight, zone('Asia/Shanghai'))).toBe('2026-11-24')
    expect(dayOf(midnight, zone('Europe/Berlin'))).toBe('2026-11-23')
    expect(dayOf(later(midnight, -1), zone('Asia/Shanghai'))).toBe('2026-11-23')
  })
  test('a day lasts from its first instant to the next day’s, an hour less when clocks go forward', () => {
    const noon = at('2026-03-29T12:00+02:00')
    const day = { name: '2026-03-29', from: at('2026-03-29T00:00+01:00'), until: at('2026-03-30T00:00+02:00') }
    expect(dayAt(noon, zone('Europe/Berlin'))).toEqual(day)
    expect(day.until - day.from).toBe(23 * HOUR)
  })
  test('days are counted by the calendar', () => {
    expect([addDays('2028-02-28', 1), addDays('2027-02-28', 1), addDays('2027-01-01', -1)]).toEqual([
      '2028-02-29',
      '2027-03-01',
      '2026-12-31',
    ])
    expect([weekdayOf('2026-11-23'), weekdayOf('2026-11-29')]).toEqual([1, 7])
  })
})

describe('wall clocks', () => {
  test('minutes since midnight, and the weekday', () => {
    expect(wallClock(at('2026-11-23T10:30+08:00'), zone('Asia/Shanghai'))).toEqual({ minuteOfDay: 630, weekday: 1 })
  })
  test('and back, with both ends of a day and a time that does not exist', () => {
    expect(localInstant('2026-11-23', 630, zone('Asia/Shanghai'))).toBe(at('2026-11-23T10:30+08:00'))
    expect(localInstant('2026-11-23', 1440, zone('Asia/Shanghai'))).toBe(at('2026-11-24T00:00+08:00'))
    expect(localInstant('2017-10-01', 0, zone('America/Asuncion'))).toBe(at('2017-10-01T01:00-03:00'))
    expect(localInstant('2026-03-29', 150, zone('Europe/Berlin'))).toBe(at('2026-03-29T03:30+02:00'))
  })
})

test('a zone is a name of the tz database, not an offset', () => {
  expect([parseZone('Asia/Shanghai'), parseZone('+08:00'), parseZone('Mars/Olympus'), parseZone('')]).toEqual([
    'Asia/Shanghai',
    undefined,
    undefined,
    undefined,
  ])
})
