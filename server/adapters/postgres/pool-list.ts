import { foldText } from '#directory'
import {
  poolKeyParts,
  type ExpectedPools,
  type ListedPool,
  type Pool,
  type PoolFilter,
  type SeatCount,
} from '#entitlements'
import type { Instant, OrganizationId, PoolId } from '#kernel'
import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { Db } from './connection.ts'
import { partOf } from './lists.ts'
import { poolFromRow } from './pools.ts'
import type { Tables } from './tables.ts'
import { asTimestamp } from './values.ts'

/**
 * A month's pools may have been made by the calendar of another zone, before the organization's was changed: zones are
 * no more than 26 h apart.
 */
const ZONES_APART_MS = 48 * 3_600_000
const LONGEST_MONTH_MS = 32 * 24 * 3_600_000
/** A pool that is there; `Missing`: the owner and month of one that is not. */
type Row = Selectable<Tables['pool']> & { readonly sort_key: string }
type Missing = { readonly [Column in keyof Row]: null } & Pick<Row, 'sort_key' | 'member_id' | 'period_from'>

/**
 * One page, in one query: pools that are there, and owners for whom one would be made. Each part reads in the list's
 * order and no further than the page, the members' by the index of their names and for each his pools.
 */
export async function selectPools(db: Db, filter: PoolFilter): Promise<readonly ListedPool[]> {
  const { bucket, memberId, text, expected, page } = filter
  const hasOrganizations = bucket !== 'member' && memberId === null && text === null
  const hasMembers = bucket !== 'organization'
  const parts = [
    ...(hasOrganizations ? [organizations(filter)] : []),
    ...(hasOrganizations && expected?.isOrganizations ? [expectedOfOrganization(filter, expected)] : []),
    ...(hasMembers ? [ofMembers(filter)] : []),
    ...(hasMembers && expected !== null && expected.members !== 'none' ? [expectedOfMembers(filter, expected)] : []),
  ]
  if (parts.length === 0) return []
  const { rows } = await sql<Row | Missing>`
    SELECT * FROM (${sql.join(parts, sql` UNION ALL `)}) AS listed
     ORDER BY sort_key, owner_id, period_from LIMIT ${page.limit}`.execute(db)
  return rows.map((row) => ({
    memberId: row.member_id,
    sortKey: row.sort_key,
    periodFrom: row.period_from,
    pool: row.id === null ? null : poolFromRow(row),
  }))
}

const POOL = sql`pool.id, pool.organization_id, pool.bucket, pool.member_id, pool.period_from, pool.period_until,
  pool.granted_ms, pool.used_ms, pool.held_ms, pool.seq`

/** The columns of a pool that is not there. */
const noPool = (
  memberId: RawBuilder<unknown>,
  periodFrom: Instant,
) => sql`NULL::uuid, NULL::uuid, NULL::text, ${memberId},
  ${asTimestamp(periodFrom)}::timestamptz, NULL::timestamptz, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint`

const NO_KEY = sql`''::text COLLATE "C"`

const organizations = (filter: PoolFilter) => sql`
  (SELECT ${POOL}, ${NO_KEY} AS sort_key, pool.organization_id AS owner_id FROM pool
    WHERE pool.organization_id = ${filter.organizationId} AND pool.bucket = 'organization' AND pool.member_id IS NULL
      AND ${isOfMonth(filter)} AND ${isAfter(filter, { sortKey: NO_KEY, owner: sql`pool.organization_id`, from: sql`pool.period_from` })}
    ORDER BY pool.period_from LIMIT ${filter.page.limit})`

const expectedOfOrganization = (filter: PoolFilter, { at, periodFrom }: ExpectedPools) => sql`
  (SELECT ${noPool(sql`NULL::uuid`, periodFrom)}, ${NO_KEY}, organization.id FROM organization
    WHERE organization.id = ${filter.organizationId}
      AND ${hasNoPool({ organizationId: filter.organizationId, owner: sql`pool.bucket = 'organization' AND pool.member_id IS NULL`, at })}
      AND ${isAfter(filter, { sortKey: NO_KEY, owner: sql`organization.id`, from: sql`${asTimestamp(periodFrom)}` })})`

const ofMembers = (filter: PoolFilter) => sql`
  (SELECT ${POOL}, member.sort_key, member.id AS owner_id FROM member CROSS JOIN LATERAL (
      SELECT * FROM pool WHERE pool.organization_id = ${filter.organizationId} AND pool.bucket = 'member'
        AND pool.member_id = member.id AND ${isOfMonth(filter)}
        AND ${isAfter(filter, { sortKey: sql`member.sort_key`, owner: sql`member.id`, from: sql`pool.period_from` })}
       ORDER BY pool.period_from LIMIT ${filter.page.limit}) AS pool
    WHERE ${isMemberSought(filter)}
    ORDER BY member.sort_key, member.id, pool.period_from LIMIT ${filter.page.limit})`

const expectedOfMembers = (filter: PoolFilter, { at, periodFrom, members }: ExpectedPools) => sql`
  (SELECT ${noPool(sql`member.id`, periodFrom)}, member.sort_key, member.id FROM member
    WHERE ${isMemberSought(filter)} AND ${typeof members === 'object' ? sql`member.id = ${members.one}` : sql`true`}
      AND ${hasNoPool({ organizationId: filter.organizationId, owner: ITS_MEMBER, at })}
      AND ${isAfter(filter, { sortKey: sql`member.sort_key`, owner: sql`member.id`, from: sql`${asTimestamp(periodFrom)}` })}
    ORDER BY member.sort_key, member.id LIMIT ${filter.page.limit})`

const ITS_MEMBER = sql`pool.bucket = 'member' AND pool.member_id = member.id`

type OwnersPool = { readonly organizationId: OrganizationId; readonly owner: RawBuilder<unknown>; readonly at: Instant }

/** Looked up owner by owner: as `NOT EXISTS` it might read all pools of the organization for one page. */
const hasNoPool = ({ organizationId, owner, at }: OwnersPool) => sql`(SELECT pool.id FROM pool
  WHERE pool.organization_id = ${organizationId} AND ${owner}
    AND pool.period_from <= ${asTimestamp(at)} AND pool.period_until > ${asTimestamp(at)} LIMIT 1) IS NULL`

function isOfMonth({ monthFrom, drawnAt }: PoolFilter) {
  if (monthFrom === null) return sql`true`
  const [from, until] = [monthFrom - ZONES_APART_MS, monthFrom + ZONES_APART_MS].map(asTimestamp)
  const begins = sql`pool.period_from > ${from} AND pool.period_from < ${until}`
  if (drawnAt === null) return begins
  const at = asTimestamp(drawnAt)
  // The first line bounds what is read by the index; pools that are drawn begin no more than a month ago.
  return sql`pool.period_from > ${asTimestamp(Math.min(monthFrom - ZONES_APART_MS, drawnAt - LONGEST_MONTH_MS))}
    AND (${begins} OR pool.period_from <= ${at} AND pool.period_until > ${at})`
}

function isMemberSought({ organizationId, reader, memberId, text, page: { after } }: PoolFilter) {
  const key = after === null ? undefined : poolKeyParts(after.key)
  return sql.join(
    [
      sql`member.organization_id = ${organizationId}`,
      ...(reader === null ? [] : [sql`member.id = ${reader}`]),
      ...(memberId === null ? [] : [sql`member.id = ${memberId}`]),
      ...(text === null ? [] : [sql`member.search_text LIKE ${partOf(foldText(text))}`]),
      // Where the index begins; what has the same owner is told apart by `isAfter`.
      ...(key === undefined || after === null
        ? []
        : [sql`(member.sort_key, member.id) >= (${key.sortKey}, ${after.id}::uuid)`]),
    ],
    sql` AND `,
  )
}

type Place = {
  readonly sortKey: RawBuilder<unknown>
  readonly owner: RawBuilder<unknown>
  readonly from: RawBuilder<unknown>
}

function isAfter({ page: { after } }: PoolFilter, { sortKey, owner, from }: Place) {
  const key = after === null ? undefined : poolKeyParts(after.key)
  if (key === undefined || after === null) return sql`true`
  return sql`(${sortKey}, ${owner}, ${from}) > (${key.sortKey}, ${after.id}::uuid, ${asTimestamp(key.periodFrom)}::timestamptz)`
}

export async function selectPool(db: Db, organizationId: OrganizationId, id: PoolId): Promise<Pool | undefined> {
  const row = await db
    .selectFrom('pool')
    .selectAll()
    .where('id', '=', id)
    .where('organization_id', '=', organizationId)
    .executeTakeFirst()
  return row && poolFromRow(row)
}

export async function selectSeatCount(db: Db, organizationId: OrganizationId, at: Instant): Promise<SeatCount> {
  const { rows } = await sql<SeatCount>`
    SELECT (SELECT count(DISTINCT member_id) FROM pool WHERE organization_id = ${organizationId} AND bucket = 'member'
              AND period_from <= ${asTimestamp(at)} AND period_until > ${asTimestamp(at)}) AS taken,
           (SELECT count(*) FROM member WHERE organization_id = ${organizationId}
              AND ${hasNoPool({ organizationId, owner: ITS_MEMBER, at })}) AS without`.execute(db)
  return rows[0]!
}
