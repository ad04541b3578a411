import { RANG_MS, TRIES, useOf, worldOf, type Attempt, type Reachability, type ToPlace, type World } from '#admission'
import { type Destination, destinationOf, keysAfterAnswer } from '#carriers'
import { drawOrder, memberMonthOf, missingBuckets, offerFor, periodEndOf, usageIdOf, type Offer } from '#entitlements'
import {
  type CallId,
  type DurationMs,
  durationMs,
  type Instant,
  instant,
  monthOf,
  monthsAnywhere,
  type Period,
} from '#kernel'
import { sql } from 'kysely'
import type { Db } from './connection.ts'
import { openPools } from './pools.ts'
import type { Known, KnownStandings } from './standing.ts'
import { anyOf, timestamp } from './values.ts'

/** One round to the database, when nothing was written since the last; more when something was, or pools are to be made. */
export async function loadWorld(db: Db, standings: KnownStandings, asked: Asked): Promise<ToPlace | undefined> {
  const { organizationId, callerId: memberId, at } = asked.attempt
  const seen = (await asKnown(db, standings, asked)) ?? (await readTogether(db, standings, asked))
  if (seen === undefined) return undefined
  const offer = offerOf(seen.known, asked.attempt)
  if (offer === null || !(await lacksPool(db, { offer, pools: seen.read.pools }, asked.attempt)))
    return loadedOf(seen, asked)
  await openPools(db, { organizationId, memberId }, { at, offer })
  return loadedOf((await readTogether(db, standings, asked)) ?? seen, asked)
}

const loadedOf = (seen: Seen, asked: Asked): ToPlace => ({
  world: together(seen, asked),
  trunks: seen.known.wholeTrunks,
})

/** Standing facts, and the moment that was read with them. */
type Seen = { readonly known: Known; readonly read: Read; readonly destination: Destination }

const whoOf = ({ attempt: { organizationId, callerId, at } }: Asked) => ({ organizationId, callerId, at })

/** `undefined`: somebody wrote what was known, here or on another server, perhaps the very country of the number plan. */
async function asKnown(db: Db, standings: KnownStandings, asked: Asked): Promise<Seen | undefined> {
  const known = standings.known(whoOf(asked))
  const seen = known && (await readOn(db, known, asked))
  return seen?.read.revision === known?.revision ? seen : undefined
}

/** All of one instant: however much is written meanwhile, it is asked once. */
const readTogether = (db: Db, standings: KnownStandings, asked: Asked): Promise<Seen | undefined> =>
  db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (transaction) => {
      const known = await standings.load(transaction, whoOf(asked))
      return known && readOn(transaction, known, asked)
    })

async function readOn(db: Db, known: Known, asked: Asked): Promise<Seen | undefined> {
  const destination = destinationOf(asked.attempt.dialled, known.organization.country)
  const read = await readMoment(db, { ...asked, destination })
  return read && { known, read, destination }
}

function offerOf({ regime: { planVersion } }: Known, attempt: Attempt): Offer | null {
  const use = useOf(attempt)
  return use === null ? null : planVersion && offerFor(planVersion.terms, use)
}

type Offered = { readonly offer: Offer; readonly pools: Read['pools'] }

/** Whether looking for pools would make some: not where only a seat is wanting. */
async function lacksPool(db: Db, { offer, pools }: Offered, attempt: Attempt): Promise<boolean> {
  const missing = missingBuckets(offer, pools)
  if (missing.length === 0) return false
  return missing.some((bucket) => bucket !== 'member') || hasSeat(db, attempt)
}

function together({ known, read, destination }: Seen, { attempt, reachability }: Asked): World {
  const { organization, regime, caller, standings } = known
  const drawn = drawOrder(offerOf(known, attempt)?.draws ?? [], read.pools)
  const periodEndsAt = periodEndOf(drawn) ?? monthOf(attempt.at, organization.zone).until
  const usageId = usageIdOf(memberMonthOf(attempt.callerId, periodEndsAt))
  const callee = { callee: read.callee, isSavedContact: read.isSavedContact }
  const pools = drawn.map(({ id, bucket }) => ({ id, bucket }))
  const name = JSON.stringify([callee, pools, periodEndsAt])
  const standing = standings.get(name) ?? { organization, regime, callee, caller: { ...caller, pools, periodEndsAt } }
  if (standings.size >= MOST_STANDINGS) standings.clear()
  standings.set(name, standing)
  return worldOf(standing, {
    attempt,
    destination,
    freeMs: drawn.map(({ freeMs }) => freeMs),
    usedThisMonthMs: read.usages.find(({ id }) => id === usageId)?.ms ?? durationMs(0),
    liveCalls: read.liveCalls,
    reachability: regime.trunks.map(({ id }) => reachability[id] ?? 'unknown'),
    unconnected: read.unconnected,
    typedInVain: read.typedInVain,
  })
}

/** Of one caller: he has one, as a rule, and one more for each colleague whom he calls. */
const MOST_STANDINGS = 20

type Asked = {
  readonly attempt: Attempt
  readonly reachability: Reachability
  readonly inWork: readonly CallId[]
}
type Question = Asked & { readonly destination: Destination }

/** What is read at each attempt, and the revision that says whether the rest still holds. */
type Read = Pick<World, 'callee' | 'isSavedContact' | 'liveCalls'> &
  Required<Pick<World, 'unconnected' | 'typedInVain'>> & {
    readonly revision: string
    readonly pools: readonly (World['pools'][number] & { readonly period: Period })[]
    /** The caller's months that it can be now: which of them counts, the pools say. */
    readonly usages: readonly { readonly id: string; readonly ms: DurationMs }[]
  }

/** The names inside the JSON are those of `World`, each by hand: what is stored must not grow with the tables. */
async function readMoment(db: Db, question: Question): Promise<Read | undefined> {
  const { attempt, destination } = question
  const { organizationId, callerId } = attempt
  const at = timestamp(attempt.at)
  const number = 'number' in destination ? destination.number : null
  const usageIds = monthsAnywhere(attempt.at).map((periodFrom) => usageIdOf({ memberId: callerId, periodFrom }))
  const { rows } = await sql<{ facts: Read }>`
    SELECT json_build_object(
      'revision', revision_of(caller.organization_id),
      'callee', (SELECT ${calleeFacts} FROM member LEFT JOIN reach ON reach.member_id = member.id
        WHERE member.organization_id = caller.organization_id AND ${isCallee(attempt, number)} ORDER BY ${isHidden}, id LIMIT 1),
      'isSavedContact', EXISTS (SELECT FROM contact WHERE member_id = caller.id AND contact.number = ANY (${savedAs(attempt, destination)})),
      'usages', (SELECT coalesce(json_agg(json_build_object('id', id, 'ms', used_ms + held_ms)), '[]')
        FROM member_usage WHERE id = ANY (${usageIds}::uuid[])),
      'pools', (SELECT coalesce(json_agg(json_build_object('id', id, 'bucket', bucket, 'freeMs', granted_ms - used_ms - held_ms,
          'period', json_build_object('from', epoch_ms(period_from), 'until', epoch_ms(period_until)))), '[]')
        FROM pool WHERE organization_id = caller.organization_id AND (member_id IS NULL OR member_id = caller.id)
          AND period_from <= ${at} AND ${at} < period_until),
      'unconnected', ${unconnected(question)},
      'typedInVain', ${typedInVain(question)},
      'liveCalls', (SELECT json_build_object('member', count(*) FILTER (WHERE member_id = caller.id), 'organization', count(*))
        FROM call WHERE organization_id = caller.organization_id AND ended_at IS NULL)) AS facts
    FROM member AS caller WHERE organization_id = ${organizationId} AND id = ${callerId}`.execute(db)
  return rows[0]?.facts
}

/** How a contact may have it: alone, or with the keys that were typed. */
function savedAs({ dialled }: Attempt, destination: Destination): readonly string[] {
  const target = destination.kind === 'service' ? destination.code : 'number' in destination ? destination.number : null
  return target === null ? [] : [target, `${target}${keysAfterAnswer(dialled) ?? ''}`]
}

/** As `phoneAsSeen` of the API has it. Of several who share a number one is called whose it may be known to be. */
const isHidden = sql.raw("(is_number_hidden AND member.id <> caller.id AND caller.role <> 'administrator')")

/** A number's first; inside the app the colleague himself. */
const isCallee = (attempt: Attempt, number: string | null) =>
  attempt.kind === 'network' ? sql`id = ${attempt.calleeId}` : sql`phone = ${number}`

const calleeFacts = sql`(jsonb_build_object('id', id, 'name', name, 'isShielded', is_shielded, 'isNumberHidden', ${isHidden},
  'workingHours', working_hours) || CASE WHEN reach.do_not_disturb IS NULL THEN '{}'
    ELSE jsonb_build_object('undisturbedUntil', reach.do_not_disturb->'until') END)`

/** A decision's call: as it stands, or as its record has it. No months are looked into but those it can be in. */
const callPlacedSince = (since: Instant) => sql`(
  SELECT id, placed_at, answered_at, ended_at, end_reason FROM call WHERE id = decision.call_id
  UNION ALL SELECT call_id, placed_at, answered_at, ended_at, end_reason FROM record
    WHERE call_id = decision.call_id AND placed_at > ${timestamp(since)} AND supersedes IS NULL
  LIMIT 1) AS call`

/** Wishes to call that led to no conversation. Calls for help are none, nor is what was refused for their number. */
const unconnected = ({ attempt: { callerId, at }, inWork }: Question) => sql`(
  SELECT json_build_object('count', count(*), 'sinceAt', epoch_ms(min(decision.at)))
    FROM decision LEFT JOIN LATERAL ${callPlacedSince(instant(at - TRIES.minute.spanMs))} ON true
   WHERE caller_id = ${callerId} AND decision.at > ${timestamp(instant(at - TRIES.minute.spanMs))}
     AND call.answered_at IS NULL AND NOT decision.call_id = ${anyOf(inWork)}
     AND coalesce(code, '') NOT IN ('emergency-number', 'too-many-attempts'))`

/** Refusals that are the same for every number, so that nothing is learnt from them. In the index `decision_typed`, too. */
const TELLS_NOTHING = sql.raw(
  [
    'emergency-number',
    'organization-suspended',
    'member-suspended',
    'too-many-attempts',
    'number-invalid',
    'several-numbers',
    'keys-invalid',
    'caller-barred',
    'callee-not-colleague',
    'callee-not-contact',
  ]
    .map((code) => `'${code}'`)
    .join(', '),
)

/**
 * Different numbers that were typed, each by its last try: refused for the number, or given up before it rang for long.
 * Who did not even dial in has waited for nothing.
 */
function typedInVain({ attempt: { callerId, at }, inWork }: Question) {
  const since = ({ spanMs }: { readonly spanMs: number }) => timestamp(instant(at - spanMs))
  const inHour = sql`FILTER (WHERE tried_at > ${since(TRIES.hour)})`
  return sql`(
  SELECT json_build_object(
      'hour', json_build_object('count', count(*) ${inHour}, 'sinceAt', epoch_ms(min(tried_at) ${inHour})),
      'day', json_build_object('count', count(*), 'sinceAt', epoch_ms(min(tried_at))))
    FROM (SELECT max(decision.at) AS tried_at
      FROM decision LEFT JOIN LATERAL ${callPlacedSince(instant(at - TRIES.day.spanMs))} ON true
     WHERE caller_id = ${callerId} AND decision.at > ${since(TRIES.day)}
       AND callee_id IS NULL AND coalesce(code, '') NOT IN (${TELLS_NOTHING})
       AND call.answered_at IS NULL AND NOT decision.call_id = ${anyOf(inWork)}
       AND (call.id IS NULL OR call.end_reason = 'abandoned'
         OR coalesce(call.ended_at, ${timestamp(at)}) < call.placed_at + ${RANG_MS} * interval '1 ms')
     GROUP BY number_id) AS number)`
}

/** Whether the caller has a member pool in this month, or may still get one. */
async function hasSeat(db: Db, { organizationId, callerId, at }: Attempt): Promise<boolean> {
  const when = timestamp(at)
  const { rows } = await sql<{ has_seat: boolean }>`
    SELECT coalesce(bool_and(seats IS NULL
        OR EXISTS (SELECT FROM pool WHERE organization_id = ${organizationId} AND bucket = 'member' AND member_id = ${callerId}
          AND period_from <= ${when} AND ${when} < period_until)
        OR seats > (SELECT count(DISTINCT member_id) FROM pool WHERE organization_id = ${organizationId} AND bucket = 'member'
          AND period_from <= ${when} AND ${when} < period_until)), false) AS has_seat
      FROM subscription WHERE organization_id = ${organizationId} AND during @> ${when}::timestamptz`.execute(db)
  return rows[0]!.has_seat
}
