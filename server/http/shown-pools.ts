import {
  drawOrder,
  hasFreeSeat,
  memberMonthOf,
  missingBuckets,
  offerFor,
  periodEndOf,
  poolsToOpen,
  subscriptionAt,
  wholeOffer,
  type ExpectedPools,
  type ListedPool,
  type Offer,
  type Pool,
  type PoolFilter,
  type PoolOwner,
} from '#entitlements'
import {
  durationMs,
  localInstant,
  monthOf,
  type DurationMs,
  type Instant,
  type MemberId,
  type OrganizationId,
  type PoolId,
} from '#kernel'
import { resolveLimits, type Organization } from '#directory'
import type { Parts } from './parts.ts'

/** `month`: `YYYY-MM` in the organization's zone or `all`; `null` = the current one. */
export type PoolsAsked = Pick<PoolFilter, 'organizationId' | 'reader' | 'memberId' | 'text' | 'bucket' | 'page'> & {
  readonly month: string | null
  readonly looker: MemberId | null
}

/** A row with its pool: the one that is there, or as it would be made now. */
export type ShownPool = ListedPool & { readonly pool: Pool }

type Looking = Pick<Parts, 'stores' | 'clock'>

/** A month's pools are made at first use, and can be seen before: looking writes nothing. */
export async function shownPools(asked: PoolsAsked, parts: Looking): Promise<readonly ShownPool[]> {
  const { organizationId, month, looker, ...rest } = asked
  const { directory, entitlements } = parts.stores
  const at = parts.clock.now()
  const organization = await directory.organization(organizationId)
  if (organization === undefined) return []
  const current = monthOf(at, organization.zone).from
  const monthFrom = month === null ? current : month === 'all' ? null : firstOf(month, organization)
  const isCurrentAsked = monthFrom === null || monthFrom === current
  const version = isCurrentAsked ? await entitlements.planVersionAt(organizationId, at) : undefined
  const offer = version && wholeOffer(version.terms)
  const look = { organizationId, looker, at, periodFrom: current }
  const expected = offer === undefined ? null : await expectedPools(look, offer, parts)
  const drawnAt = isCurrentAsked ? at : null
  const rows = await entitlements.listPools({ ...rest, organizationId, monthFrom, drawnAt, expected })
  return rows.flatMap((row) => {
    const pool = row.pool ?? (offer && untouched(row.memberId, { organization, at, offer }))
    return pool === undefined ? [] : [{ ...row, pool }]
  })
}

const firstOf = (month: string, { zone }: Organization): Instant => localInstant(`${month}-01`, 0, zone)

type Look = {
  readonly organizationId: OrganizationId
  readonly looker: MemberId | null
  readonly at: Instant
  readonly periodFrom: Instant
}

/**
 * Looking takes no seat: beside the pools that are there stand those that would be made at a call now, as long as there
 * is a seat for everybody who has none yet; when there is not, who looks sees what he would get himself.
 */
async function expectedPools(look: Look, offer: Offer, { stores }: Looking): Promise<ExpectedPools> {
  const { organizationId, looker, at, periodFrom } = look
  const buckets = missingBuckets(offer, [])
  const common = { at, periodFrom, isOrganizations: buckets.includes('organization') }
  if (!buckets.includes('member')) return { ...common, members: 'none' }
  const seats = subscriptionAt(await stores.entitlements.subscriptions(organizationId), at)?.seats ?? null
  if (seats === null) return { ...common, members: 'all' }
  const { taken, without } = await stores.entitlements.seatCount(organizationId, at)
  if (taken + without <= seats) return { ...common, members: 'all' }
  return { ...common, members: looker !== null && hasFreeSeat(seats, taken) ? { one: looker } : 'none' }
}

type Making = { readonly organization: Organization; readonly at: Instant; readonly offer: Offer }

/** As it would be made now; `undefined`: it would not. */
function untouched(memberId: MemberId | null, { organization, at, offer }: Making): Pool | undefined {
  const { id, zone } = organization
  const owner = ownerOf(id, memberId)
  const made = poolsToOpen({ owner, at, zone, offer, inForce: null, pools: [] }).find(
    ({ pool }) => pool.memberId === memberId,
  )
  if (made === undefined) return undefined
  const none = durationMs(0)
  return { ...made.pool, grantedMs: made.grant.ms, usedMs: none, heldMs: none, seq: 0 }
}

/** Of an organization's own pool (`memberId` `null`) only the organization counts: whoever calls first makes it. */
export const ownerOf = (organizationId: OrganizationId, memberId: MemberId | null): PoolOwner => ({
  organizationId,
  memberId: memberId ?? (organizationId as string as MemberId),
})

type PoolAsked = {
  readonly organizationId: OrganizationId
  readonly id: PoolId
  readonly reader: MemberId | null
  readonly looker: MemberId | null
}

/** One pool as its reader sees it, of whatever month; a member's own and the organization's, or any (`reader` `null`). */
export async function shownPool(asked: PoolAsked, parts: Parts): Promise<Pool | undefined> {
  const { organizationId, id, reader, looker } = asked
  const there = await parts.stores.entitlements.pool(organizationId, id)
  if (there !== undefined) return isSeen(there, reader) ? there : undefined
  const owner = await ownerOfExpected(asked, parts)
  if (owner === undefined) return undefined
  const rows = await shownPools(
    {
      organizationId,
      reader,
      looker,
      memberId: owner,
      text: null,
      bucket: owner === null ? 'organization' : 'member',
      month: null,
      page: { after: null, limit: MOST_OF_OWNER },
    },
    parts,
  )
  return rows.find(({ pool }) => pool.id === id)?.pool
}

/** Pools of one owner in a month: one, and few more where the organization's zone was changed. */
const MOST_OF_OWNER = 10

const isSeen = ({ memberId }: Pool, reader: MemberId | null): boolean =>
  reader === null || memberId === null || memberId === reader

/**
 * Whose pool would have this id: ids are computed, and lead back to no owner but by trying those whose pools the reader
 * sees. `null`: the organization's.
 */
async function ownerOfExpected({ organizationId, id, reader }: PoolAsked, { stores, clock }: Parts) {
  const at = clock.now()
  const [organization, version] = await Promise.all([
    stores.directory.organization(organizationId),
    stores.entitlements.planVersionAt(organizationId, at),
  ])
  if (organization === undefined || version === undefined) return undefined
  const offer = wholeOffer(version.terms)
  const isOwner = (owner: MemberId | null) => untouched(owner, { organization, at, offer })?.id === id
  if (isOwner(null)) return null
  const readers = reader === null ? await stores.directory.members(organizationId) : [{ id: reader }]
  return readers.map((member) => member.id).find(isOwner)
}

/** What a member could talk now: what the leg to whom he calls would draw, and no more than his monthly limit leaves of it. */
export async function ownMinutesLeft({ organizationId, memberId }: PoolOwner, parts: Looking): Promise<DurationMs> {
  const { directory, entitlements } = parts.stores
  const at = parts.clock.now()
  const nothing = { memberId: null, text: null, bucket: null, month: null }
  const page = { after: null, limit: 2 * MOST_OF_OWNER }
  const [rows, version, limits] = await Promise.all([
    shownPools({ organizationId, reader: memberId, looker: memberId, ...nothing, page }, parts),
    entitlements.planVersionAt(organizationId, at),
    directory.limitsOf(organizationId, memberId),
  ])
  const now = rows.map(({ pool }) => pool).filter(({ period }) => period.from <= at && at < period.until)
  const drawn = version === undefined ? [] : drawOrder(offerFor(version.terms, 'participant').draws, now)
  const periodEndsAt = periodEndOf(drawn)
  const freeMs = drawn.reduce((sum, { grantedMs, usedMs, heldMs }) => sum + grantedMs - usedMs - heldMs, 0)
  const limitMs = limits === undefined ? null : resolveLimits(limits.own, limits.departments).monthlyMs
  if (periodEndsAt === undefined || limitMs === null) return durationMs(freeMs)
  const usedMs = await entitlements.usedMs(memberMonthOf(memberId, periodEndsAt))
  return durationMs(Math.max(0, Math.min(freeMs, limitMs - usedMs)))
}
