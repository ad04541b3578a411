import { RANG_MS, TRIES, type Attempt, type Reachability, type World } from '#admission'
import { type Destination, destinationOf, emergencyPlanOf, keysAfterAnswer } from '#carriers'
import { RULE_TABLES } from '#compliance'
import { drawOrder, memberMonthOf, missingBuckets, periodEndOf, usageIdOf } from '#entitlements'
import {
  type CallId,
  type CountryCode,
  type DurationMs,
  durationMs,
  instant,
  monthOf,
  monthsAnywhere,
  type OrganizationId,
  type Period,
  type ZoneId,
} from '#kernel'
import { sql } from 'kysely'
import type { Db } from './connection.ts'
import { departmentLimits } from './limits.ts'
import { openPools } from './pools.ts'
import { anyOf, timestamp } from './values.ts'

/** What one must know of the organization to ask for the rest: kept in memory, for it seldom changes. */
export type Locale = { readonly zone: ZoneId; readonly country: CountryCode }
export type Locales = Map<OrganizationId, Locale>

/** One round to the database; two more when the month's pools are not there yet. */
export async function loadWorld(
  db: Db,
  locales: Locales,
  question: { attempt: Attempt; reachability: Reachability; inWork: readonly CallId[] },
): Promise<World | undefined> {
  const { attempt, reachability, inWork } = question
  const locale = locales.get(attempt.organizationId) ?? (await loadLocale(db, attempt.organizationId))
  if (locale === undefined) return undefined
  locales.set(attempt.organizationId, locale)

  const destination = destinationOf(attempt.dialled, locale.country)
  const asked = { attempt, destination, inWork }
  let facts = await loadFacts(db, asked)
  if (facts === undefined) return undefined
  if (facts.organization.zone !== locale.zone || facts.organization.country !== locale.country) {
    // It was changed, here or by another server: what was asked for is of another number plan, or its month ends elsewhen.
    locales.delete(attempt.organizationId)
    return loadWorld(db, locales, question)
  }
  if (lacksPool(facts)) {
    await openPools(db, { organizationId: attempt.organizationId, memberId: attempt.callerId }, { at: attempt.at })
    facts = (await loadFacts(db, asked)) ?? facts
  }
  const { trunks, pools, planVersion, usages, hasSeat: _, ...rest } = facts
  const drawn = drawOrder(planVersion?.terms.draws ?? [], pools)
  const periodEndsAt = periodEndOf(drawn) ?? monthOf(attempt.at, locale.zone).until
  const usageId = usageIdOf(memberMonthOf(attempt.callerId, periodEndsAt))
  return {
    ...rest,
    usedThisMonthMs: usages.find(({ id }) => id === usageId)?.ms ?? durationMs(0),
    planVersion,
    pools: drawn.map(({ period: _, ...pool }) => pool),
    trunks: trunks.map((trunk) => ({ ...trunk, reachability: reachability[trunk.id] ?? 'unknown' })),
    periodEndsAt,
    destination,
    tables: { law: RULE_TABLES[rest.organization.jurisdiction], emergency: emergencyPlanOf(locale.country) },
  }
}

async function loadLocale(db: Db, organizationId: OrganizationId): Promise<Locale | undefined> {
  return db.selectFrom('organization').select(['zone', 'country']).where('id', '=', organizationId).executeTakeFirst()
}

/** Whether looking for pools would make some: not where only a seat is wanting. */
const lacksPool = ({ planVersion: version, pools, hasSeat }: Facts): boolean =>
  version !== null && missingBuckets(version.terms, pools).some((bucket) => bucket !== 'member' || hasSeat)

type Facts = Omit<World, 'trunks' | 'pools' | 'usedThisMonthMs' | 'periodEndsAt' | 'destination' | 'tables'> & {
  readonly pools: readonly (World['pools'][number] & { readonly period: Period })[]
  /** The caller's months that it can be now: which of them counts, the pools say. */
  readonly usages: readonly { readonly id: string; readonly ms: DurationMs }[]
  readonly trunks: readonly Omit<World['trunks'][number], 'reachability'>[]
  /** The caller has a member pool in this month, or may still get one. */
  readonly hasSeat: boolean
}

type Question = { readonly attempt: Attempt; readonly destination: Destination; readonly inWork: readonly CallId[] }

/** The names inside the JSON are those of `World`, each by hand: what is stored must not grow with the tables. */
async function loadFacts(db: Db, question: Question): Promise<Facts | undefined> {
  const { attempt, destination } = question
  const { organizationId, callerId } = attempt
  const at = timestamp(attempt.at)
  const number = 'number' in destination ? destination.number : null
  const usageIds = monthsAnywhere(attempt.at).map((periodFrom) => usageIdOf({ memberId: callerId, periodFrom }))
  const { rows } = await sql<{ facts: Facts }>`
    SELECT json_build_object(
      'organization', json_build_object('id', organization.id, 'name', organization.name, 'zone', organization.zone,
        'country', organization.country, 'jurisdiction', organization.jurisdiction, 'verification', organization.verification,
        'standing', organization.standing),
      'caller', json_build_object('id', caller.id, 'standing', caller.standing, 'isShielded', caller.is_shielded, 'tags', caller.tags,
        'limits', json_build_object('mayCall', caller.may_call, 'monthlyMs', caller.monthly_ms)),
      'departmentLimits', ${departmentLimits(callerId)},
      'callee', (SELECT json_build_object('name', name, 'isShielded', is_shielded, 'isNumberHidden', ${isHidden},
          'workingHours', working_hours)
        FROM member WHERE organization_id = organization.id AND phone = ${number} ORDER BY ${isHidden}, id LIMIT 1),
      'isSavedContact', EXISTS (SELECT FROM contact WHERE member_id = caller.id AND contact.number = ANY (${savedAs(attempt, destination)})),
      'usages', (SELECT coalesce(json_agg(json_build_object('id', id, 'ms', used_ms + held_ms)), '[]')
        FROM member_usage WHERE id = ANY (${usageIds}::uuid[])),
      'licences', ${licences},
      'numberRights', ${numberRights},
      'planVersion', ${planVersion(at)},
      'pools', (SELECT coalesce(json_agg(json_build_object('id', id, 'bucket', bucket, 'freeMs', granted_ms - used_ms - held_ms,
          'period', json_build_object('from', epoch_ms(period_from), 'until', epoch_ms(period_until)))), '[]')
        FROM pool WHERE organization_id = organization.id AND (member_id IS NULL OR member_id = caller.id)
          AND period_from <= ${at} AND ${at} < period_until),
      'hasSeat', ${hasSeat(at)},
      'unconnected', ${unconnected(question)},
      'typedInVain', ${typedInVain(question)},
      'liveCalls', (SELECT json_build_object('member', count(*) FILTER (WHERE member_id = caller.id), 'organization', count(*))
        FROM call WHERE organization_id = organization.id AND state <> 'ended'),
      'trunks', ${trunks}) AS facts
    FROM organization JOIN member AS caller ON caller.organization_id = organization.id
    WHERE organization.id = ${organizationId} AND caller.id = ${callerId}`.execute(db)
  return rows[0]?.facts
}

/** How a contact may have it: alone, or with the keys that were typed. */
function savedAs({ dialled }: Attempt, destination: Destination): readonly string[] {
  const target = destination.kind === 'service' ? destination.code : 'number' in destination ? destination.number : null
  return target === null ? [] : [target, `${target}${keysAfterAnswer(dialled) ?? ''}`]
}

/** As `phoneAsSeen` of the API has it. Of several who share a number one is called whose it may be known to be. */
const isHidden = sql.raw("(is_number_hidden AND member.id <> caller.id AND caller.role <> 'administrator')")

/** Wishes to call that led to no conversation. Calls for help are none, nor is what was refused for their number. */
const unconnected = ({ attempt: { callerId, at }, inWork }: Question) => sql`(
  SELECT json_build_object('count', count(*), 'sinceAt', epoch_ms(min(decision.at)))
    FROM decision LEFT JOIN call ON call.id = decision.call_id
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
    FROM (SELECT max(decision.at) AS tried_at FROM decision LEFT JOIN call ON call.id = decision.call_id
     WHERE caller_id = ${callerId} AND decision.at > ${since(TRIES.day)}
       AND callee_id IS NULL AND coalesce(code, '') NOT IN (${TELLS_NOTHING})
       AND call.answered_at IS NULL AND NOT decision.call_id = ${anyOf(inWork)}
       AND (call.id IS NULL OR call.end_reason = 'abandoned'
         OR coalesce(call.ended_at, ${timestamp(at)}) < call.placed_at + ${RANG_MS} * interval '1 ms')
     GROUP BY regexp_replace(dialled, '\\D', '', 'g')) AS number)`
}

const hasSeat = (at: Date) => sql`(
  SELECT coalesce(bool_and(seats IS NULL
      OR EXISTS (SELECT FROM pool WHERE organization_id = organization.id AND bucket = 'member' AND member_id = caller.id
        AND period_from <= ${at} AND ${at} < period_until)
      OR seats > (SELECT count(DISTINCT member_id) FROM pool WHERE organization_id = organization.id AND bucket = 'member'
        AND period_from <= ${at} AND ${at} < period_until)), false)
    FROM subscription WHERE organization_id = organization.id AND during @> ${at}::timestamptz)`

const licences = sql`(
  SELECT coalesce(json_agg(json_build_object('id', id, 'kind', kind, 'number', number, 'jurisdiction', jurisdiction,
    'holder', CASE WHEN carrier_id IS NULL THEN json_build_object('kind', 'operator')
      ELSE json_build_object('kind', 'carrier', 'carrierId', carrier_id) END,
    'validFrom', valid_from, 'validUntil', valid_until, 'agreement', agreement) ORDER BY valid_from, id), '[]') FROM licence)`

const numberRights = sql`(
  SELECT coalesce(json_agg(json_build_object('number', number, 'organizationId', organization_id, 'proof', proof,
    'validFrom', epoch_ms(valid_from), 'validUntil', epoch_ms(valid_until), 'isDefault', is_default) ORDER BY number, valid_from), '[]')
    FROM number_right WHERE organization_id = organization.id)`

const planVersion = (at: Date) => sql`(
  SELECT json_build_object('id', version.id, 'planId', version.plan_id, 'effectiveFrom', epoch_ms(version.effective_from), 'terms', version.terms)
    FROM subscription JOIN plan_version AS version ON version.plan_id = subscription.plan_id
   WHERE subscription.organization_id = organization.id AND during @> ${at}::timestamptz AND version.effective_from <= ${at}
   ORDER BY version.effective_from DESC LIMIT 1)`

const trunks = sql`(
  SELECT coalesce(json_agg(json_build_object('id', id, 'carrierId', carrier_id, 'priority', priority, 'zones', zones, 'standing', standing)
    ORDER BY priority, id), '[]') FROM trunk)`
