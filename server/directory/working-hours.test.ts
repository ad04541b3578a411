import { describe, expect, test } from 'vitest'
import { instant, parseZone } from '#kernel'
import { isWorking, nextShift, type WorkingHours } from './working-hours.ts'

const SHANGHAI = parseZone('Asia/Shanghai')!
const BERLIN = parseZone('Europe/Berlin')!
const at = (text: string) => instant(Date.parse(text))
const office: WorkingHours = { weekdays: [1, 2, 3, 4, 5], fromMinute: 9 * 60, untilMinute: 18 * 60 }
/** A nurse: Friday 22:00 to Saturday 06:00. */
const night: WorkingHours = { weekdays: [5], fromMinute: 22 * 60, untilMinute: 6 * 60 }

describe('may be rung', () => {
  const rows: readonly (readonly [when: string, hours: WorkingHours, yes: boolean])[] = [
    ['2026-11-23T09:00+08:00', office, true],
    ['2026-11-23T08:59:59+08:00', office, false],
    ['2026-11-23T17:59:59+08:00', office, true],
    ['2026-11-23T18:00+08:00', office, false],
    ['2026-11-22T10:00+08:00', office, false],
    ['2026-11-27T23:00+08:00', night, true],
    ['2026-11-28T05:59+08:00', night, true],
    ['2026-11-28T06:00+08:00', night, false],
    ['2026-11-28T23:00+08:00', night, false],
    ['2026-11-27T05:00+08:00', night, false],
    ['2026-11-23T23:59+08:00', { weekdays: [1], fromMinute: 0, untilMinute: 1440 }, true],
    ['2026-11-23T12:00+08:00', { weekdays: [1], fromMinute: 720, untilMinute: 720 }, false],
  ]
  test.for(rows)('%s %o: %s', ([when, hours, yes]) => {
    expect(isWorking(hours, at(when), SHANGHAI)).toBe(yes)
  })
})

describe('the next shift', () => {
  test('later today, tomorrow, after the weekend', () => {
    expect(nextShift(office, at('2026-11-23T07:00+08:00'), SHANGHAI)).toBe(at('2026-11-23T09:00+08:00'))
    expect(nextShift(office, at('2026-11-23T09:00+08:00'), SHANGHAI)).toBe(at('2026-11-24T09:00+08:00'))
    expect(nextShift(office, at('2026-11-27T19:00+08:00'), SHANGHAI)).toBe(at('2026-11-30T09:00+08:00'))
  })
  test('a week ahead when it is today’s weekday only', () => {
    expect(nextShift(night, at('2026-11-27T22:00+08:00'), SHANGHAI)).toBe(at('2026-12-04T22:00+08:00'))
  })
  test('in the time that the change of clocks leaves', () => {
    const early: WorkingHours = { weekdays: [7], fromMinute: 150, untilMinute: 600 }
    expect(nextShift(early, at('2026-03-28T12:00+01:00'), BERLIN)).toBe(at('2026-03-29T03:30+02:00'))
  })
  test('never, for nobody’s weekdays', () => {
    expect(nextShift({ ...office, weekdays: [] }, at('2026-11-23T07:00+08:00'), SHANGHAI)).toBe(undefined)
  })
})
