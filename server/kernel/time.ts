import { Fault } from './assert.ts'

declare const instantBrand: unique symbol
declare const durationBrand: unique symbol
declare const zoneBrand: unique symbol

/** Milliseconds since the Unix epoch, an integer. Decisions get it as a value; only adapters read a clock. */
export type Instant = number & { readonly [instantBrand]: true }
/** Milliseconds, an integer ≥ 0. */
export type DurationMs = number & { readonly [durationBrand]: true }
/** An IANA time zone name that this machine's tz database knows, such as `Asia/Shanghai`. */
export type ZoneId = string & { readonly [zoneBrand]: true }

export function instant(ms: number): Instant {
  if (!Number.isSafeInteger(ms)) throw new Fault(`not an instant: ${ms}`)
  return ms as Instant
}

export function durationMs(ms: number): DurationMs {
  if (!Number.isSafeInteger(ms) || ms < 0) throw new Fault(`not a duration: ${ms}`)
  return ms as DurationMs
}

export const later = (at: Instant, ms: number): Instant => instant(at + ms)
export const between = (from: Instant, to: Instant): DurationMs => durationMs(Math.max(0, to - from))

/** `undefined` when the name is not a zone of the tz database. Fixed offsets such as `+08:00` are refused. */
export function parseZone(name: string): ZoneId | undefined {
  if (!/^[A-Za-z]/.test(name)) return undefined
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return name as ZoneId
  } catch {
    return undefined
  }
}

/** `from` inclusive, `until` exclusive. */
export type Period = { readonly from: Instant; readonly until: Instant }

/**
 * The calendar month of `at` in `zone`. Its edges are the first instants of two months there: a month with a DST
 * change is an hour longer or shorter, and a midnight that does not exist starts at the next instant that does.
 */
export function monthOf(at: Instant, zone: ZoneId): Period {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone)
  const first = local.toPlainDate().with({ day: 1 })
  return { from: startOfDay(first, zone), until: startOfDay(first.add({ months: 1 }), zone) }
}

/**
 * The calendar month that ends at `until` in whatever zone, told by its first instant in UTC: November is one month,
 * wherever it is counted. (Half a month before its end it is that month everywhere.)
 */
export const monthEnding = (until: Instant): Instant => firstInUtc(until - 15 * DAY_MS)

/** The months, told as above, that it can be at `at` somewhere on earth: one, and near an edge two. */
export function monthsAnywhere(at: Instant): readonly Instant[] {
  const [first, last] = [firstInUtc(at - DAY_MS), firstInUtc(at + DAY_MS)]
  return first === last ? [first] : [first, last]
}

const DAY_MS = 86_400_000

function firstInUtc(ms: number): Instant {
  const date = new Date(ms)
  return instant(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1))
}

const startOfDay = (date: Temporal.PlainDate, zone: ZoneId): Instant =>
  instant(date.toZonedDateTime(zone).startOfDay().epochMilliseconds)

/** A calendar day somewhere, named `YYYY-MM-DD`. */
export type Day = Period & { readonly name: string }

/** The calendar day of `at` in `zone`, as `YYYY-MM-DD`. */
export const dayOf = (at: Instant, zone: ZoneId): string => dayAt(at, zone).name

/** The same, and when it begins and ends there. */
export function dayAt(at: Instant, zone: ZoneId): Day {
  const known = latestDay.get(zone)
  if (known !== undefined && at >= known.from && at < known.until) return known
  const date = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate()
  const found = { name: date.toString(), from: startOfDay(date, zone), until: startOfDay(date.add({ days: 1 }), zone) }
  latestDay.set(zone, found)
  return found
}

// One day per zone is remembered, because every admission asks for its day and the calendar takes longer than all
// other checks together. The answer stays a function of the arguments alone.
const latestDay = new Map<ZoneId, Day>()

/** `day` is `YYYY-MM-DD`; `days` may be negative. */
export const addDays = (day: string, days: number): string => Temporal.PlainDate.from(day).add({ days }).toString()

/** 1 = Monday … 7 = Sunday (ISO 8601). */
export const weekdayOf = (day: string): number => Temporal.PlainDate.from(day).dayOfWeek

/** When the clocks of `zone` first show `minuteOfDay` (0–1440) on `day`; a time that a DST change skips moves forward. */
export function localInstant(day: string, minuteOfDay: number, zone: ZoneId): Instant {
  const date = Temporal.PlainDate.from(day)
  if (minuteOfDay === 0) return startOfDay(date, zone)
  if (minuteOfDay === 1440) return startOfDay(date.add({ days: 1 }), zone)
  const time = new Temporal.PlainTime(Math.floor(minuteOfDay / 60), minuteOfDay % 60)
  return instant(date.toZonedDateTime({ timeZone: zone, plainTime: time }).epochMilliseconds)
}

/** The local time of day of `at` in `zone`: minutes since midnight (0–1439) and the ISO weekday (1 = Monday). */
export function wallClock(at: Instant, zone: ZoneId): { readonly minuteOfDay: number; readonly weekday: number } {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone)
  return { minuteOfDay: local.hour * 60 + local.minute, weekday: local.dayOfWeek }
}
