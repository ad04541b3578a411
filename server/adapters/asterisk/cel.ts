import type { EngineLogLine } from '#calls'
import { instant } from '#kernel'

/** A part of the log that makes no line. */
export type Damage = { readonly byteOffset: number; readonly bytes: number }

export type CelChunk = {
  readonly lines: readonly EngineLogLine[]
  readonly damages: readonly Damage[]
  /** Where the next import begins: after everything that was read or is damaged for good. */
  readonly nextOffset: number
}

/** `isFinal`: nothing will be written after these bytes, so nothing waits for its rest. */
export type CelPlace = { readonly offset: number; readonly isFinal: boolean }

const NEWLINE = 0x0a
const QUOTE = 0x22
/** Far more than the engine writes: what goes on for longer without making a line is damaged. */
const LONGEST_LINE_BYTES = 64 * 1024

/**
 * Reads a part of the log, in the columns that deploy/asterisk/engine/cel_custom.conf writes. A line is taken only if
 * it is whole. A crash or a full disk may have torn one: what lies before the next whole line is damaged, and stepped
 * over once. The last line waits for its rest.
 */
export function parseCel(bytes: Buffer, { offset, isFinal }: CelPlace): CelChunk {
  const lines: EngineLogLine[] = []
  const damages: Damage[] = []
  /** Where what made no line yet begins: a field may hold a newline, or a quote is missing. */
  let pending: number | null = null
  const damaged = (from: number, to: number): void => {
    if (to > from) damages.push({ byteOffset: offset + from, bytes: to - from })
    pending = null
  }
  let start = 0
  for (const end of lineEnds(bytes, isFinal)) {
    const from: number = pending ?? start
    const line =
      lineAt(bytes, start, end) ??
      (pending === null ? null : lineAt(bytes, pending, end)) ??
      lineWithin(bytes, start, end)
    const next = Math.min(end + 1, bytes.length)
    if (line !== null) {
      // What lost only its newline is whole, and has the next line glued to it.
      const before = lineAt(bytes, from, line.from)
      if (before === null) damaged(from, line.from)
      for (const whole of [before, line])
        if (whole !== null) lines.push({ ...whole.line, byteOffset: offset + whole.from })
      pending = null
    } else if (isWhole(bytes.subarray(from, end)) || end - from > LONGEST_LINE_BYTES) damaged(from, next)
    else pending = from
    start = next
  }
  if (pending !== null && isFinal) damaged(pending, start)
  return { lines, damages, nextOffset: offset + (pending ?? start) }
}

/** Each newline; the end too where no rest will come, or where one line is larger than any can be. */
function* lineEnds(bytes: Buffer, isFinal: boolean): Generator<number> {
  let start = 0
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
    yield end
    start = end + 1
  }
  const rest = bytes.length - start
  if (rest > LONGEST_LINE_BYTES || (isFinal && rest > 0)) yield bytes.length
}

/** An even number of quotes: no field goes on in the next line. */
const isWhole = (bytes: Buffer): boolean =>
  bytes.reduce((count, byte) => (byte === QUOTE ? count + 1 : count), 0) % 2 === 0

type Found = { readonly from: number; readonly line: Omit<EngineLogLine, 'byteOffset'> }

function lineAt(bytes: Buffer, from: number, to: number): Found | null {
  const line = parseLine(bytes.toString('utf8', from, to))
  return line === null ? null : { from, line }
}

/** What was torn off without its newline has a whole line glued to it: the type and the instant show where it begins. */
const LINE_BEGINS = /"[A-Z_]+","\d{1,11}\.\d+",/g

function lineWithin(bytes: Buffer, from: number, to: number): Found | null {
  const text = bytes.toString('latin1', from, to)
  for (const { index } of text.matchAll(LINE_BEGINS)) {
    const found = index === 0 ? null : lineAt(bytes, from + index, to)
    if (found !== null) return found
  }
  return null
}

/** RFC 4180: eight fields in quotes, a quote inside is written twice. */
const COLUMNS =
  /^"((?:[^"]|"")*)","((?:[^"]|"")*)","((?:[^"]|"")*)","((?:[^"]|"")*)","((?:[^"]|"")*)","((?:[^"]|"")*)","((?:[^"]|"")*)","((?:[^"]|"")*)"$/

function parseLine(text: string): Found['line'] | null {
  const columns = COLUMNS.exec(text)
    ?.slice(1)
    .map((column) => column.replaceAll('""', '"'))
  if (columns === undefined) return null
  const [type, time, channelId, linkedId, callId, channelName, peer, extra] = columns as Columns
  if (!/^[A-Z_]+$/.test(type) || !/^\d{1,11}\.\d+$/.test(time) || channelId === '') return null
  const details = parseExtra(extra)
  if (details === null) return null
  // The file has µs.
  const at = instant(Math.floor(Number(time) * 1000))
  return { type, at, channelId, linkedId, callId, channelName, peer, extra: details }
}

type Columns = [string, string, string, string, string, string, string, string]

/** Most events have none. */
function parseExtra(text: string): Record<string, unknown> | null {
  if (text === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
