import { instant, type Instant, type MemberId, type OrganizationId, type Page } from '#kernel'
import type { Bucket } from './plan.ts'
import type { Pool } from './pool.ts'

/** What is sought in an organization's pools: the organization's own first, then by the member's sort key and the month. */
export type PoolFilter = {
  readonly organizationId: OrganizationId
  /** Whose pools alone are seen beside the organization's; `null` = everybody's. */
  readonly reader: MemberId | null
  readonly memberId: MemberId | null
  /** Part of the member's name, login, extension or tag. */
  readonly text: string | null
  readonly bucket: Bucket | null
  /** When the month begins in the organization's zone; `null` = all months. */
  readonly monthFrom: Instant | null
  /** With that month, what is drawn at this instant, of whatever month it is; `null` = that month alone. */
  readonly drawnAt: Instant | null
  /** Those that would be made now are listed too; `null` = they are not. */
  readonly expected: ExpectedPools | null
  /** Its cursor's key is made by `poolKey`, its id the owner's. */
  readonly page: Page<string>
}

/** Which pools would be made at a first use now, for owners that have none of the kind. */
export type ExpectedPools = {
  readonly at: Instant
  /** When the month of `at` begins in the organization's zone. */
  readonly periodFrom: Instant
  readonly isOrganizations: boolean
  /** `one`: his alone has a seat yet. */
  readonly members: 'all' | 'none' | { readonly one: MemberId }
}

export type ListedPool = {
  readonly memberId: MemberId | null
  /** The member's; empty for the organization's. */
  readonly sortKey: string
  readonly periodFrom: Instant
  /** `null`: it would be made at its first use. */
  readonly pool: Pool | null
}

/** How many members have a pool that covers an instant, and how many have none: from that seats are told. */
export type SeatCount = { readonly taken: number; readonly without: number }

/** What the list is sorted by beside the owner's id, as one text. */
export const poolKey = ({ sortKey, periodFrom }: Pick<ListedPool, 'sortKey' | 'periodFrom'>): string =>
  `${periodFrom} ${sortKey}`

/** `undefined` for what `poolKey` never made. */
export function poolKeyParts(key: string): Pick<ListedPool, 'sortKey' | 'periodFrom'> | undefined {
  const [, periodFrom, sortKey] = /^(\d{1,16}) (.*)$/s.exec(key) ?? []
  return sortKey === undefined ? undefined : { periodFrom: instant(Number(periodFrom)), sortKey }
}
