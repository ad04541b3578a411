import { expect, test } from 'vitest'
import { formatClock, formatFor, startOfDay } from './format.ts'

test.each([
  [0, '0:00'],
  [999, '0:00'],
  [61_000, '1:01'],
  [3_599_999, '59:59'],
  [3_600_000, '1:00:00'],
])('%i ms is %s', (ms, shown) => {
  expect(formatClock(ms)).toBe(shown)
})

test.each([
  ['en', 63_600_000, '1,060 min'],
  ['zh-Hans', 63_600_000, '1,060 分钟'],
  ['zh-Hant', 63_600_000, '1,060 分鐘'],
  ['en', 59_999, '59 sec'],
  ['zh-Hans', 59_999, '59 秒'],
  ['en', 60_000, '1 min'],
  ['en', 0, '0 min'],
])('in %s a member who can talk %i ms reads %s', (language, ms, shown) => {
  expect(formatFor(language, undefined).wholeMinutes(ms)).toBe(shown)
})

test.each([
  ['2026-11-23', 'Asia/Shanghai', '2026-11-22T16:00:00.000Z'],
  ['2026-11-23', 'UTC', '2026-11-23T00:00:00.000Z'],
  // The day on which the clocks go forward begins before they do.
  ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00.000Z'],
  // Where clocks change in the morning, and ours of midnight UTC show another hour than those of midnight there.
  ['2026-10-04', 'Australia/Sydney', '2026-10-03T14:00:00.000Z'],
  ['2026-04-05', 'Australia/Sydney', '2026-04-04T13:00:00.000Z'],
  // Where there is no midnight on that day, it begins at one; where there are two, with the first.
  ['2026-03-08', 'America/Havana', '2026-03-08T05:00:00.000Z'],
  ['2026-11-01', 'America/Havana', '2026-11-01T04:00:00.000Z'],
  ['2026-03-29', 'Asia/Beirut', '2026-03-28T22:00:00.000Z'],
  ['2026-07-01', 'America/New_York', '2026-07-01T04:00:00.000Z'],
  ['2026-01-01', 'Pacific/Auckland', '2025-12-31T11:00:00.000Z'],
])('%s begins in %s at %s', (day, zone, instant) => {
  expect(startOfDay(day, zone)).toBe(instant)
})

test.each([
  ['en', 3_600_000, '60 min'],
  ['zh-Hans', 3_600_000, '60 分钟'],
  ['zh-Hant', 3_600_000, '60 分鐘'],
  ['zh-Hans', 90_000, '1 分钟 30 秒'],
])('in %s, %i ms is %s', (language, ms, shown) => {
  expect(formatFor(language, 'UTC').minutes(ms)).toBe(shown)
})
