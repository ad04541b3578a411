import { poolKeyParts } from '#entitlements'
import { instant, isUuid, type Cursor, type Instant, type Page } from '#kernel'
import { ProblemAnswer } from './problem.ts'
import { isStorable } from './storable.ts'

type Key = string | number

/** A list that is read in pages; its name keeps a cursor of one list out of another. */
type List<K extends Key> = { readonly name: string; readonly keyFrom: (value: unknown) => K | undefined }

/** The last that a `Date` of JavaScript and a `timestamptz` of Postgres both take (ECMA-262, 21.4.1.1). */
const LAST_INSTANT = 8_640_000_000_000_000

const isCount = (value: unknown, most: number): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most

const instantFrom = (value: unknown): Instant | undefined => (isCount(value, LAST_INSTANT) ? instant(value) : undefined)
const numberFrom = (value: unknown): number | undefined => (isCount(value, Number.MAX_SAFE_INTEGER) ? value : undefined)
const textFrom = (value: unknown): string | undefined =>
  typeof value === 'string' && isStorable(value) ? value : undefined

export const CALLS: List<Instant> = { name: 'calls', keyFrom: instantFrom }
export const RECORDS: List<Instant> = { name: 'records', keyFrom: instantFrom }
export const DECISIONS: List<Instant> = { name: 'decisions', keyFrom: instantFrom }
export const LEDGER: List<number> = { name: 'ledger', keyFrom: numberFrom }
export const MEMBERS: List<string> = { name: 'members', keyFrom: textFrom }
export const POOLS: List<string> = {
  name: 'pools',
  keyFrom: (value) => {
    const key = textFrom(value)
    const parts = key === undefined ? undefined : poolKeyParts(key)
    return parts !== undefined && isCount(parts.periodFrom, LAST_INSTANT) ? key : undefined
  },
}

type Asked = { readonly cursor?: string | undefined; readonly limit: number }

/** One row more is read than is shown: it tells whether another page follows. */
export const pageAsked = <K extends Key>(list: List<K>, { cursor, limit }: Asked): Page<K> => ({
  after: cursor === undefined ? null : cursorFromWire(list, cursor),
  limit: limit + 1,
})

type Shown<K extends Key, Row, Wire> = {
  readonly limit: number
  readonly cursorOf: (row: Row) => Cursor<K>
  readonly toWire: (row: Row) => Wire
}

/** A page of what was read with `pageAsked`. */
export function pageToWire<K extends Key, Row, Wire>(
  list: List<K>,
  rows: readonly Row[],
  { limit, cursorOf, toWire }: Shown<K, Row, Wire>,
) {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const next = rows.length > limit && last !== undefined ? cursorToWire(list, cursorOf(last)) : null
  return { items: shown.map(toWire), next }
}

/** Opaque to the caller, who shall not make his own; it holds no more than the row that he has just read. */
const cursorToWire = <K extends Key>(list: List<K>, { key, id }: Cursor<K>): string =>
  Buffer.from(JSON.stringify([list.name, key, id])).toString('base64url')

/** Throws `cursor-invalid` for what this list never gave. */
function cursorFromWire<K extends Key>(list: List<K>, text: string): Cursor<K> {
  const [name, value, id] = partsOf(text)
  const key = list.keyFrom(value)
  if (name !== list.name || key === undefined || typeof id !== 'string' || !isUuid(id))
    throw new ProblemAnswer('cursor-invalid')
  return { key, id }
}

function partsOf(text: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    return Array.isArray(parts) && parts.length === 3 ? parts : []
  } catch {
    return []
  }
}
