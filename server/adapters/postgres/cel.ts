/** One line of the engine's channel event log (CEL), in the columns that deploy/asterisk/engine/cel_custom.conf writes. */
export type CelLine = {
  /** Where the line begins in its file. */
  readonly byteOffset: number
  readonly type: string
  /** ms since the epoch; the file has µs. */
  readonly at: number
  readonly channelId: string
  readonly linkedId: string
  readonly callId: string
  readonly channelName: string
  readonly peer: string
  readonly extra: Record<string, unknown>
}

export type CelChunk = {
  readonly lines: readonly CelLine[]
  /** Where the next import begins: after the last whole line. */
  readonly nextOffset: number
}

const newline = 0x0a
const quote = 0x22

/**
 * Reads the whole lines of a part of the file that begins at `fromOffset`. A last line without its end waits for the
 * rest. Whole lines that can't be understood are stepped over: the engine's crash may have torn one for good.
 */
export function parseCel(bytes: Buffer, fromOffset: number): CelChunk {
  const lines: CelLine[] = []
  let start = 0
  let isQuoted = false
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] === quote) isQuoted = !isQuoted
    if (bytes[i] !== newline || isQuoted) continue
    const line = parseLine(bytes.toString('utf8', start, i), fromOffset + start)
    if (line !== undefined) lines.push(line)
    start = i + 1
  }
  return { lines, nextOffset: fromOffset + start }
}

function parseLine(text: string, byteOffset: number): CelLine | undefined {
  const [type, time, channelId, linkedId, callId, channelName, peer, extra] = splitFields(text)
  const at = Math.floor(Number(time) * 1000)
  if (type === undefined || channelId === undefined || !(at > 0)) return undefined
  return {
    byteOffset,
    type,
    at,
    channelId,
    linkedId: linkedId ?? '',
    callId: callId ?? '',
    channelName: channelName ?? '',
    peer: peer ?? '',
    extra: parseExtra(extra ?? ''),
  }
}

/** RFC 4180: fields in quotes, a quote inside is written twice. */
const splitFields = (text: string): readonly string[] =>
  [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  )

function parseExtra(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
