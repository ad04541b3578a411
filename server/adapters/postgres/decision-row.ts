import {
  momentOf,
  standingOf,
  TERMS_BEFORE,
  worldOf,
  type Admission,
  type Attempt,
  type Decision,
  type ListedDecision,
  type Moment,
  type Standing,
  type Terms,
  type Tries,
  type World,
} from '#admission'
import type { Destination } from '#carriers'
import { drawsByUse } from '#entitlements'
import { durationMs, later, type DurationMs, type Instant } from '#kernel'
import type { Insertable, Selectable } from 'kysely'
import type { Fact, Facts } from './facts.ts'
import { digitsOf } from './lists.ts'
import type { Tables } from './tables.ts'
import { timestamp } from './values.ts'

/**
 * A decision as a row: the ids of the facts that it read, the figures of its moment, the answer. What follows from the
 * attempt is not said again, so that a number stands in one place. (migrations/0025-facts-of-before.sql does the same.)
 */
export type DecisionRow = Selectable<Tables['decision']>

export async function rowOf(decision: Decision, facts: Facts): Promise<Insertable<Tables['decision']>> {
  const { id, attempt, world, admission } = decision
  const standing = standingOf(world)
  const moment = momentOf(attempt, world)
  const { destination, number } = ledTo(moment)
  const read: Fact[] = [
    { kind: 'organization', body: standing.organization },
    { kind: 'caller', body: standing.caller },
    { kind: 'callee', body: standing.callee },
    { kind: 'regime', body: standing.regime },
    { kind: 'destination', body: destination },
    { kind: 'reachability', body: moment.reachability },
  ]
  // Tests write down a yes without terms.
  const terms = admission.admitted ? (admission.terms as Terms | undefined) : undefined
  if (terms !== undefined) read.push({ kind: 'terms', body: standingTerms(terms) })
  const [organization, caller, callee, regime, destinationId, reachability, termsId] = await facts.idsOf(read)
  return {
    id,
    call_id: attempt.callId,
    organization_id: attempt.organizationId,
    caller_id: attempt.callerId,
    callee_id: attempt.calleeId ?? null,
    at: timestamp(attempt.at),
    dialled: attempt.dialled,
    number,
    keys: terms?.keysAfterAnswer ?? null,
    code: admission.admitted ? null : admission.refusal.code,
    refusal: admission.admitted ? null : JSON.stringify(withoutAdmitted(admission)),
    organization_fact: organization!,
    caller_fact: caller!,
    callee_fact: callee!,
    regime_fact: regime!,
    destination_fact: destinationId!,
    reachability_fact: reachability!,
    terms_fact: termsId ?? null,
    ...momentToRow(moment),
  }
}

function momentToRow({ attempt: { at }, freeMs, ...moment }: Moment) {
  const { unconnected, typedInVain } = moment
  return {
    used_ms: moment.usedThisMonthMs,
    free_1_ms: freeMs[0] ?? null,
    free_2_ms: freeMs[1] ?? null,
    free_more_ms: freeMs.length > 2 ? freeMs.slice(2) : null,
    live_member: moment.liveCalls.member,
    live_organization: moment.liveCalls.organization,
    unconnected: countToRow(unconnected),
    unconnected_ago_ms: agoMs(unconnected, at),
    typed_hour: countToRow(typedInVain?.hour),
    typed_hour_ago_ms: agoMs(typedInVain?.hour, at),
    typed_day: countToRow(typedInVain?.day),
    typed_day_ago_ms: agoMs(typedInVain?.day, at),
    reservation: moment.reservation ?? null,
  }
}

const UNCOUNTED = -1

const countToRow = (tries: Tries | undefined): number | null =>
  tries === undefined ? UNCOUNTED : tries.count === 0 && tries.sinceAt === null ? null : tries.count

const agoMs = (tries: Tries | undefined, at: Instant): number | null =>
  tries === undefined || tries.sinceAt === null ? null : at - tries.sinceAt

function triesFromRow(count: number | null, ago: number | null, at: Instant): Tries | undefined {
  if (count === UNCOUNTED) return undefined
  return { count: count ?? 0, sinceAt: ago === null ? null : later(at, -ago) }
}

/** A destination without its number: `prefix` and the digits that were typed are the number, or a column has it. */
type Led = { readonly prefix?: string }

function ledTo({ destination, attempt }: Moment): { readonly destination: Led; readonly number: string | null } {
  const number = 'number' in destination ? destination.number : destination.kind === 'service' ? destination.code : null
  const { number: _, code: __, ...rest } = destination as { readonly number?: string; readonly code?: string }
  const digits = digitsOf(attempt.dialled)
  if (number === null || digits === '' || !number.endsWith(digits)) return { destination: rest, number }
  return { destination: { ...rest, prefix: number.slice(0, number.length - digits.length) }, number: null }
}

function destinationFrom({ prefix, ...rest }: Led, { number, dialled }: DecisionRow): Destination {
  const whole = number ?? (prefix === undefined ? null : prefix + digitsOf(dialled))
  if (whole === null) return rest as Destination
  const isService = (rest as Destination).kind === 'service'
  return { ...rest, [isService ? 'code' : 'number']: whole } as unknown as Destination
}

/** Terms without what the attempt has: the same for all calls by these routes. */
function standingTerms(terms: Terms): object {
  const { dialled: _, keysAfterAnswer, calleeId, ...standing } = terms
  return {
    ...standing,
    ...(keysAfterAnswer === undefined ? {} : { keysAfterAnswer: null }),
    ...(calleeId === undefined ? {} : { calleeId: null }),
  }
}

function termsFrom(standing: Terms, row: DecisionRow, destination: Destination): Terms {
  const number = 'number' in destination ? destination.number : null
  const led = destination.kind === 'service' ? { kind: 'service', code: destination.code } : { kind: 'number', number }
  return {
    ...TERMS_BEFORE,
    ...standing,
    // Terms of before may have another than the destination says.
    dialled: standing.dialled ?? led,
    ...(standing.keysAfterAnswer === undefined ? {} : { keysAfterAnswer: row.keys }),
    ...(standing.calleeId === undefined ? {} : { calleeId: row.callee_id }),
  }
}

type Refused = Extract<Admission, { readonly admitted: false }>

const withoutAdmitted = ({ admitted: _, ...said }: Refused) => said

export type ListedRow = Pick<
  DecisionRow,
  'id' | 'call_id' | 'organization_id' | 'caller_id' | 'callee_id' | 'at' | 'dialled' | 'refusal'
>

export const listedFrom = (row: ListedRow): ListedDecision => ({
  id: row.id,
  attempt: attemptFrom(row),
  admission: row.refusal === null ? { admitted: true } : { admitted: false, ...row.refusal },
})

const attemptFrom = (row: ListedRow): Attempt => ({
  callId: row.call_id,
  at: row.at,
  organizationId: row.organization_id,
  callerId: row.caller_id,
  kind: 'business',
  mode: 'direct',
  dialled: row.dialled,
  ...(row.callee_id === null ? {} : { calleeId: row.callee_id }),
})

/** The decision, with its world as it was read. Columns of facts that are none are `undefined` in it, and tell so. */
export function decisionFrom(row: DecisionRow, bodies: ReadonlyMap<number, unknown>): Decision {
  const destination = destinationFrom(bodies.get(row.destination_fact) as Led, row)
  const standing = standingFrom(row, bodies)
  const world: World = worldOf(standing, momentFrom(row, destination, bodies))
  if (row.refusal !== null) {
    return { id: row.id, attempt: attemptFrom(row), world, admission: { admitted: false, ...row.refusal } }
  }
  const terms = row.terms_fact === null ? undefined : (bodies.get(row.terms_fact) as Terms)
  const admission = { admitted: true, ...(terms && { terms: termsFrom(terms, row, destination) }) } as Admission
  return { id: row.id, attempt: attemptFrom(row), world, admission }
}

export const factsOf = (row: DecisionRow): readonly number[] => [
  row.organization_fact,
  row.caller_fact,
  row.callee_fact,
  row.regime_fact,
  row.destination_fact,
  row.reachability_fact,
  ...(row.terms_fact === null ? [] : [row.terms_fact]),
]

const standingFrom = (row: DecisionRow, bodies: ReadonlyMap<number, unknown>): Standing => ({
  organization: bodies.get(row.organization_fact) as Standing['organization'],
  caller: bodies.get(row.caller_fact) as Standing['caller'],
  callee: bodies.get(row.callee_fact) as Standing['callee'],
  regime: regimeFrom(bodies.get(row.regime_fact) as Standing['regime']),
})

/** Plans of before had one list of pools to draw from. Columns of facts that are none are `undefined`. */
function regimeFrom(stored: Standing['regime'] | undefined): Standing['regime'] {
  if (stored?.planVersion == null) return stored as Standing['regime']
  const { planVersion } = stored
  return {
    ...stored,
    planVersion: { ...planVersion, terms: { ...planVersion.terms, draws: drawsByUse(planVersion.terms.draws) } },
  }
}

function momentFrom(row: DecisionRow, destination: Destination, bodies: ReadonlyMap<number, unknown>): Moment {
  const { at } = row
  const unconnected = triesFromRow(row.unconnected, row.unconnected_ago_ms, at)
  const hour = triesFromRow(row.typed_hour, row.typed_hour_ago_ms, at)
  const day = triesFromRow(row.typed_day, row.typed_day_ago_ms, at)
  return {
    attempt: attemptFrom(row),
    destination,
    freeMs: freeFrom(row),
    usedThisMonthMs: durationMs(row.used_ms),
    liveCalls: { member: row.live_member, organization: row.live_organization },
    reachability: bodies.get(row.reachability_fact) as Moment['reachability'],
    ...(unconnected && { unconnected }),
    ...(hour && day && { typedInVain: { hour, day } }),
    ...(row.reservation && { reservation: row.reservation }),
  }
}

const freeFrom = (row: DecisionRow): readonly DurationMs[] =>
  [row.free_1_ms, row.free_2_ms, ...(row.free_more_ms ?? [])].flatMap((ms) =>
    ms === null ? [] : [durationMs(Number(ms))],
  )
