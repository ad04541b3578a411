import { addDays, dayOf, localInstant, wallClock, weekdayOf, type Instant, type ZoneId } from '#kernel'

/**
 * When a person may be rung, in the organization's zone. `weekdays` are ISO (1 = Monday); `fromMinute` inclusive,
 * `untilMinute` exclusive, 0–1440. `fromMinute` after `untilMinute` is a night shift: it ends on the next day and
 * belongs to the weekday on which it begins. Equal ends: never.
 */
export type WorkingHours = {
  readonly weekdays: readonly number[]
  readonly fromMinute: number
  readonly untilMinute: number
}

export function isWorking(hours: WorkingHours, at: Instant, zone: ZoneId): boolean {
  const { minuteOfDay, weekday } = wallClock(at, zone)
  const { fromMinute, untilMinute, weekdays } = hours
  if (fromMinute <= untilMinute) {
    return weekdays.includes(weekday) && minuteOfDay >= fromMinute && minuteOfDay < untilMinute
  }
  const yesterday = weekday === 1 ? 7 : weekday - 1
  return (
    (weekdays.includes(weekday) && minuteOfDay >= fromMinute) ||
    (weekdays.includes(yesterday) && minuteOfDay < untilMinute)
  )
}

/** The next time after `at` that a shift begins; `undefined` when none ever does. */
export function nextShift(hours: WorkingHours, at: Instant, zone: ZoneId): Instant | undefined {
  if (hours.fromMinute === hours.untilMinute) return undefined
  const today = dayOf(at, zone)
  for (let ahead = 0; ahead <= 7; ahead += 1) {
    const day = addDays(today, ahead)
    if (!hours.weekdays.includes(weekdayOf(day))) continue
    const begin = localInstant(day, hours.fromMinute, zone)
    if (begin > at) return begin
  }
  return undefined
}
