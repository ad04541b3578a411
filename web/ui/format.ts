import { createContext, useContext, useMemo } from 'react'
import { useTranslation } from 'react-i18next'

/** Where the organization is: its zone (IANA) shows instants, its country (ISO 3166) writes numbers. Empty: nowhere. */
export const PlaceContext = createContext<{ readonly zone?: string; readonly country?: string }>({})

/** m:ss, or h:mm:ss from an hour on. */
export function formatClock(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const shown = parts[0] === 0 ? parts.slice(1) : parts
  return shown.map((part, index) => String(part).padStart(index === 0 ? 1 : 2, '0')).join(':')
}

export type Format = {
  /** Whole minutes when they are whole, else with seconds. */
  minutes(ms: number): string
  /** Minutes that can still be talked: the begun one does not count, except in the last minute, which is told in seconds. */
  wholeMinutes(ms: number): string
  signedMinutes(ms: number): string
  milliseconds(ms: number): string
  number(value: number): string
  time(iso: string): string
  dateTime(iso: string): string
  /** Without the year: for tables. */
  shortTime(iso: string): string
  /** With seconds. */
  fullTime(iso: string): string
  /** With milliseconds: for those who trace a call. */
  preciseTime(iso: string): string
  day(iso: string): string
  /** Today as a time, another day as a date. */
  recent(iso: string): string
  /** Today as a time, another day with its date. */
  recentTime(iso: string): string
}

/** Everything that depends on the reader's language and the organization's zone. */
export function useFormat(): Format {
  const { i18n } = useTranslation()
  const { zone } = useContext(PlaceContext)
  return useMemo(() => formatFor(i18n.language, zone), [i18n.language, zone])
}

/** Exported for its test. */
export function formatFor(language: string, zone: string | undefined): Format {
  const date = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(language, {
      ...options,
      ...(zone ? { timeZone: zone } : {}),
      hourCycle: 'h23',
    })
    return (iso: string) => format.format(new Date(iso))
  }
  const unit = (name: string) => {
    const format = new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'short' })
    // Some of Intl's Chinese sets no space between figure and unit, some does: ours always has one.
    return { format: (value: number) => format.format(value).replace(/(\d)(\p{Script=Han})/u, '$1 $2') }
  }
  const minute = unit('minute')
  const second = unit('second')
  const number = new Intl.NumberFormat(language)
  const time = date({ hour: '2-digit', minute: '2-digit' })
  const day = date({ year: 'numeric', month: 'short', day: 'numeric' })
  const minutes = (ms: number) => {
    const seconds = Math.floor(ms / 1000)
    if (seconds % 60 === 0) return minute.format(seconds / 60)
    if (seconds < 60) return second.format(seconds)
    return `${minute.format(Math.floor(seconds / 60))} ${second.format(seconds % 60)}`
  }
  const shortTime = date({ month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' })
  const shortDay = date({ month: 'short', day: 'numeric' })
  return {
    minutes,
    wholeMinutes: (ms) => (ms >= 1000 && ms < 60_000 ? minutes(ms) : minute.format(Math.floor(ms / 60_000))),
    signedMinutes: (ms) => (ms === 0 ? '0' : `${ms > 0 ? '+' : '−'}${minutes(Math.abs(ms))}`),
    milliseconds: unit('millisecond').format,
    number: (value) => number.format(value),
    time,
    day,
    dateTime: date({ year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' }),
    shortTime,
    fullTime: date({ month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' }),
    preciseTime: date({
      month: 'short',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      fractionalSecondDigits: 3,
    }),
    recentTime: (iso) => (day(iso) === day(new Date().toISOString()) ? time(iso) : shortTime(iso)),
    recent: (iso) => (day(iso) === day(new Date().toISOString()) ? time(iso) : shortDay(iso)),
  }
}

/** The instant at which a calendar day (`YYYY-MM-DD`) begins in a zone, as RFC 3339 in UTC. */
export function startOfDay(day: string, zone: string | undefined): string {
  const clock = clockOf(zone)
  const midnight = Date.parse(`${day}T00:00:00Z`)
  const ahead = (at: number) => clock(at) - at
  const near = midnight - ahead(midnight)
  // Clocks may change between the two midnights: then another offset holds near ours, or it would fall on the day before.
  const candidates = [near, midnight - ahead(near)].toSorted((a, b) => a - b)
  return new Date(candidates.find((at) => clock(at) >= midnight) ?? near).toISOString()
}

/** What clocks show in a zone at an instant, to the minute, as if it were UTC. */
function clockOf(zone: string | undefined): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    ...(zone ? { timeZone: zone } : {}),
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  })
  return (at) => {
    const shown = format.formatToParts(at)
    const part = (type: Intl.DateTimeFormatPartTypes) => Number(shown.find((each) => each.type === type)?.value)
    return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'))
  }
}
