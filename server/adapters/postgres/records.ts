import { digitsSought, foldText } from '#directory'
import { durationMs, type E164, type Instant, instant, type MemberId } from '#kernel'
import type { CallRecord, RecordDraw, RecordFilter, RecordLeg, RecordReader, RecordStore } from '#records'
import { type Insertable, type RawBuilder, type Selectable, sql } from 'kysely'
import type { Db } from './connection.ts'
import { digitsOf, olderThan } from './lists.ts'
import { isNumberSeenBy, isSeenBy, membersWithText } from './members.ts'
import { openMonths, type Months } from './months.ts'
import { hasDigits, isOneOf, numberIdOf, textOf } from './numbers.ts'
import type { Tables } from './tables.ts'
import { asTimestamp, maybeTimestamp, timestamp } from './values.ts'

export function openRecordStore(db: Db, months: Months = openMonths(db)): RecordStore {
  return {
    async append(record) {
      await months.ready('record', record.placedAt)
      const withParties = db.with('found', (statement) => recordPartiesInsertionOf(statement, record, placing(record)))
      await recordInsertionOf(withParties, record, placing(record))
        .execute()
        .catch((error: unknown) => months.failed(error))
    },
    async ofCall(organizationId, callId) {
      const row = await inForce(db)
        .where('record.organization_id', '=', organizationId)
        .where('record.call_id', '=', callId)
        .executeTakeFirst()
      return row && recordFromRow(row)
    },
    list: (filter) => selectRecords(db, filter),
  }
}

/**
 * Written once: the same record again changes nothing. It is in the month of its call, whatever the writer takes its instant
 * for, or there could be one in another month as well: `from` says when that was placed, in a row, or in none where there is
 * nothing to be written.
 */
export const recordInsertionOf = (db: Pick<Db, 'insertInto'>, record: CallRecord, from: RawBuilder<unknown>) => {
  const { placed_at: _, ...row } = recordToRow(record)
  return db
    .insertInto('record')
    .columns([...(Object.keys(row) as (keyof typeof row)[]), 'placed_at'])
    .expression(sql`SELECT ${sql.join(Object.values(row))}, placed_at FROM ${from}` as never)
    .onConflict((conflict) => conflict.columns(['id', 'placed_at']).doNothing())
}

/** Written with the record, and once like it. There is at least one: who asked for the call. */
export const recordPartiesInsertionOf = (
  db: Pick<Db, 'insertInto'>,
  { id, parties }: CallRecord,
  from: RawBuilder<unknown>,
) => {
  const [ids, roles] = [parties.map(({ partyId }) => partyId), parties.map(({ role }) => role)]
  return db
    .insertInto('record_party')
    .columns(['record_id', 'placed_at', 'party_id', 'role', 'member_id'])
    .expression(
      sql`SELECT ${id}::uuid, placed_at, party.* FROM ${from},
        unnest(${ids}::uuid[], ${roles}::text[], ${parties.map(({ memberId }) => memberId)}::uuid[]) AS party` as never,
    )
    .onConflict((conflict) => conflict.columns(['record_id', 'party_id', 'placed_at']).doNothing())
}

/** Of a call that goes on its own row says it, of another its first record. */
const placing = ({
  callId,
  placedAt,
}: CallRecord) => sql`(SELECT coalesce((SELECT placed_at FROM call WHERE id = ${callId}),
  (SELECT placed_at FROM record WHERE call_id = ${callId} AND supersedes IS NULL), ${timestamp(placedAt)}::timestamptz) AS placed_at) AS its_call`

const partiesOf = sql<CallRecord['parties']>`(
  SELECT coalesce(json_agg(json_build_object('partyId', party_id, 'role', role, 'memberId', member_id) ORDER BY role), '[]')
    FROM record_party WHERE record_id = record.id AND record_party.placed_at = record.placed_at)`

const PLAIN = [
  'record.id',
  'record.supersedes',
  'record.call_id',
  'record.organization_id',
  'record.member_id',
  'record.kind',
  'record.mode',
  'record.path',
  'record.callee_id',
  'record.is_by_number',
  'record.placed_at',
  'record.answered_at',
  'record.ended_at',
  'record.end_reason',
  'record.plan_version_id',
  'record.rated_ms',
  'record.overrun_ms',
] as const

/**
 * A member's, in the order of an index of their own. Joined as others are, a record's two columns are taken for two conditions,
 * hardly any record for found, and all of his for few: they would be read and sorted for each page.
 */
const recordsOf = (memberId: MemberId) => sql`(
  SELECT record.*, mine.placed_at AS found_at, mine.record_id AS found_id FROM record_party AS mine,
    LATERAL (SELECT * FROM record WHERE record.id = mine.record_id AND record.placed_at = mine.placed_at OFFSET 0) AS record
   WHERE mine.member_id = ${memberId})`

/** Of one member, with `found_at` and `found_id` to be ordered by, or of all. */
export function selectRecord(db: Db, memberId: MemberId | null = null) {
  const all = db.selectFrom('record')
  return memberId === null ? all : (db.selectFrom(recordsOf(memberId).as('record')) as unknown as typeof all)
}

/** Those that no correction supersedes. */
function inForce(db: Db, memberId: MemberId | null = null) {
  return selectRecord(db, memberId)
    .select(PLAIN)
    .select([
      textOf('record.number_id').as('dialled'),
      sql<E164 | null>`(SELECT text FROM number WHERE id = record.caller_number_id)`.as('caller_id'),
      sql<readonly LegRow[]>`to_jsonb(legs)`.as('legs'),
      sql<readonly DrawRow[]>`to_jsonb(draws)`.as('draws'),
      partiesOf.as('parties'),
    ])
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('record as correction')
            .select('correction.id')
            .whereRef('correction.supersedes', '=', 'record.id')
            .whereRef('correction.placed_at', '=', 'record.placed_at'),
        ),
      ),
    )
}

async function selectRecords(db: Db, filter: RecordFilter): Promise<readonly CallRecord[]> {
  const { organizationId, callId, memberId, endReason, isAnswered, number, text, from, until, reader } = filter
  const { after, limit } = filter.page
  const [sought, dialled] = await Promise.all([
    text === null ? undefined : isSought(db, { organizationId, text, reader }),
    number === null ? undefined : hasDialled(db, { organizationId, digits: digitsOf(number), reader }),
  ])
  if (sought === null || dialled === null) return []
  const by =
    memberId === null ? { at: 'record.placed_at', id: 'record.id' } : { at: 'record.found_at', id: 'record.found_id' }
  const rows = await inForce(db, memberId)
    .where('record.organization_id', '=', organizationId)
    .$if(callId !== null, (query) => query.where('record.call_id', '=', callId!))
    .$if(endReason !== null, (query) => query.where('record.end_reason', '=', endReason!))
    .$if(isAnswered !== null, (query) => query.where('record.answered_at', isAnswered! ? 'is not' : 'is', null))
    .$if(dialled !== undefined, (query) => query.where(dialled!))
    .$if(sought !== undefined, (query) => query.where(sought!))
    .$if(from !== null, (query) => query.where(sql<boolean>`${sql.ref(by.at)} >= ${asTimestamp(from!)}`))
    .$if(until !== null, (query) => query.where(sql<boolean>`${sql.ref(by.at)} < ${asTimestamp(until!)}`))
    .$if(after !== null, (query) => query.where(olderThan(by, after!)))
    .orderBy(sql.ref(by.at), 'desc')
    .orderBy(sql.ref(by.id), 'desc')
    .limit(limit)
    .execute()
  return rows.map(recordFromRow)
}

/**
 * Whom the reader called as a colleague whose number is hidden from him is found by no part of it, nor by a contact that
 * he saved with it: either would tell that he guessed right. What he dialled himself, is.
 */
async function hasDialled(
  db: Db,
  { organizationId, digits, reader }: Pick<Sought, 'organizationId' | 'reader'> & { readonly digits: string },
): Promise<RawBuilder<boolean> | null> {
  return ifTold(await hasDigits(db, { organizationId, id: 'record.number_id' }, digits), reader)
}

function ifTold(isDialled: RawBuilder<boolean> | null, reader: RecordReader): RawBuilder<boolean> | null {
  if (isDialled === null || reader.isInCharge) return isDialled
  return sql<boolean>`(${isDialled} AND (record.is_by_number OR NOT EXISTS (SELECT FROM member
    WHERE organization_id = record.organization_id AND phone = ${textOf('record.number_id')} AND is_number_hidden AND id <> ${reader.memberId})))`
}

type Sought = Pick<RecordFilter, 'organizationId' | 'reader'> & { readonly text: string }

/**
 * By the caller's name, by the names that the reader knows behind the number, or by the number. Names are looked up first,
 * so that the database knows how few they are; `null` = nobody and nothing has this text.
 */
async function isSought(db: Db, { organizationId, text, reader }: Sought): Promise<RawBuilder<boolean> | null> {
  const folded = foldText(text)
  const [members, contacts] = await Promise.all([
    membersWithText(db, organizationId, folded)
      .select(['id', 'phone', (reader.isInCharge ? sql<boolean>`true` : isKnownTo(reader.memberId!)).as('isKnown')])
      .execute(),
    contactNumbers(db, { organizationId, text: folded, reader }),
  ])
  const numbers = [...members.flatMap(({ phone, isKnown }) => (isKnown ? (phone ?? []) : [])), ...contacts]
  const digits = digitsSought(text)
  const ways = [
    members.length === 0 ? null : sql`record.member_id = ANY (${members.map(({ id }) => id)})`,
    ifTold(await isOneOf(db, { organizationId, id: 'record.number_id' }, numbers), reader),
    digits === null ? null : await hasDialled(db, { organizationId, digits, reader }),
  ].filter((way) => way !== null)
  return ways.length === 0 ? null : sql<boolean>`(${sql.join(ways, sql` OR `)})`
}

const isKnownTo = (reader: MemberId) => sql<boolean>`${isSeenBy(reader)} AND ${isNumberSeenBy(reader)}`

/** A person's contacts are few. */
async function contactNumbers(db: Db, { organizationId, text, reader }: Sought): Promise<readonly string[]> {
  if (reader.memberId === null) return []
  const contacts = await db
    .selectFrom('contact')
    .select(['number', 'name'])
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', reader.memberId)
    .execute()
  return contacts.filter(({ name }) => foldText(name).includes(text)).map(({ number }) => number)
}

/** As JSON, instants too. */
type LegRow = {
  readonly leg_id: RecordLeg['legId']
  readonly trunk_id: RecordLeg['trunkId']
  readonly carrier_id: RecordLeg['carrierId']
  readonly started_at: string
  readonly answered_at: string | null
  readonly ended_at: string
  readonly sip_status: number | null
  readonly q850_cause: number | null
  readonly kind: RecordLeg['kind']
}
type DrawRow = {
  readonly leg_id: RecordDraw['legId']
  readonly pool_id: RecordDraw['poolId']
  readonly period_from: string
  readonly period_until: string
  readonly used_ms: number
  readonly bucket: RecordDraw['bucket']
  readonly ledger_seqs: readonly number[]
}

const instantOf = (text: string): Instant => instant(Date.parse(text))

const legFromRow = (row: LegRow): RecordLeg => ({
  legId: row.leg_id,
  kind: row.kind,
  trunkId: row.trunk_id,
  carrierId: row.carrier_id,
  startedAt: instantOf(row.started_at),
  answeredAt: row.answered_at === null ? null : instantOf(row.answered_at),
  endedAt: instantOf(row.ended_at),
  sipStatus: row.sip_status,
  q850Cause: row.q850_cause,
})

const legToRow = (leg: RecordLeg) => ({
  leg_id: leg.legId,
  trunk_id: leg.trunkId,
  carrier_id: leg.carrierId,
  started_at: timestamp(leg.startedAt),
  answered_at: maybeTimestamp(leg.answeredAt),
  ended_at: timestamp(leg.endedAt),
  sip_status: leg.sipStatus,
  q850_cause: leg.q850Cause,
  kind: leg.kind,
})

const drawFromRow = (row: DrawRow): RecordDraw => ({
  legId: row.leg_id,
  poolId: row.pool_id,
  bucket: row.bucket,
  period: { from: instantOf(row.period_from), until: instantOf(row.period_until) },
  usedMs: durationMs(row.used_ms),
  ledgerSeqs: row.ledger_seqs,
})

const drawToRow = (draw: RecordDraw) => ({
  leg_id: draw.legId,
  pool_id: draw.poolId,
  period_from: timestamp(draw.period.from),
  period_until: timestamp(draw.period.until),
  used_ms: draw.usedMs,
  bucket: draw.bucket,
  ledger_seqs: draw.ledgerSeqs,
})

const rowsOf = (type: 'record_leg' | 'record_draw', rows: readonly object[]) =>
  sql`ARRAY(SELECT each FROM jsonb_populate_recordset(NULL::${sql.raw(type)}, ${JSON.stringify(rows)}::jsonb) AS each)`

type RecordRow = Pick<
  Selectable<Tables['record']>,
  (typeof PLAIN)[number] extends `record.${infer Name}` ? Name : never
> & {
  readonly dialled: string
  readonly caller_id: E164 | null
  readonly legs: readonly LegRow[]
  readonly draws: readonly DrawRow[]
} & Pick<CallRecord, 'parties'>

const recordFromRow = (row: RecordRow): CallRecord => ({
  id: row.id,
  supersedes: row.supersedes,
  callId: row.call_id,
  organizationId: row.organization_id,
  memberId: row.member_id,
  kind: row.kind,
  mode: row.mode,
  path: row.path,
  callerId: row.caller_id,
  dialled: row.dialled,
  calleeId: row.callee_id,
  isByNumber: row.is_by_number,
  placedAt: row.placed_at,
  answeredAt: row.answered_at,
  endedAt: row.ended_at,
  endReason: row.end_reason,
  planVersionId: row.plan_version_id,
  ratedMs: durationMs(row.rated_ms),
  overrunMs: durationMs(row.overrun_ms),
  parties: row.parties,
  legs: row.legs.map(legFromRow),
  draws: row.draws.map(drawFromRow),
})

const recordToRow = (record: CallRecord): Insertable<Tables['record']> => ({
  id: record.id,
  supersedes: record.supersedes,
  call_id: record.callId,
  organization_id: record.organizationId,
  member_id: record.memberId,
  kind: record.kind,
  mode: record.mode,
  path: record.path,
  caller_number_id: numberIdOf(record.organizationId, record.callerId),
  number_id: numberIdOf(record.organizationId, record.dialled === '' ? null : record.dialled),
  callee_id: record.calleeId,
  is_by_number: record.isByNumber,
  placed_at: timestamp(record.placedAt),
  answered_at: maybeTimestamp(record.answeredAt),
  ended_at: timestamp(record.endedAt),
  end_reason: record.endReason,
  plan_version_id: record.planVersionId,
  rated_ms: record.ratedMs,
  overrun_ms: record.overrunMs,
  legs: rowsOf('record_leg', record.legs.map(legToRow)),
  draws: rowsOf('record_draw', record.draws.map(drawToRow)),
})
