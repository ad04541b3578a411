import type { Instant } from './time.ts'

/**
 * The last row of a page, from which the next page goes on: the key that its list is sorted by, and the row's id, which
 * tells rows of one key apart. By the key alone a page that ends among equal keys would lose the rest of them.
 */
export type Cursor<Key extends string | number = Instant> = { readonly key: Key; readonly id: string }

/** A page of a list: the `limit` rows (≥ 1) that follow `after` (exclusive; `null` = from the first) in the list's order. */
export type Page<Key extends string | number = Instant> = {
  readonly after: Cursor<Key> | null
  readonly limit: number
}
