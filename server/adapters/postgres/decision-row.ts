import {
  momentOf,
  standingOf,
  TERMS_BEFORE,
  worldOf,
  type Admission,
  type Attempt,
  type BusinessAttempt,
  type BusinessTerms,
  type Decision,
  type ListedDecision,
  type Moment,
  type Standing,
  type Terms,
  type Tries,
  type World,
} from '#admission'
import { keysAfterAnswer, type Destination } from '#carriers'
import { drawsByUse } from '#entitlements'
import { assert, durationMs, later, type DurationMs, type Instant } from '#kernel'
import type { Insertable, Selectable } from 'kysely'
import type { Fact, Facts } from './facts.ts'
import type { StoredRefusal, Tables } from './tables.ts'
import { timestamp } from './values.ts'

/**
 * A decision as a row: the ids of the facts that it read, the figures of its moment, the answer. What follows from the
 * attempt is not said again; what was dialled is in its number's row, which can be erased, and a colleague is named by id.
 * (migrations/0038-numbers.sql does the same.)
 */
export type DecisionRow = Selectable<Tables['decision']> & Written

/** As its rows say it now; empty where it was erased. `led`: where it led, if it is a number or a code. */
type Written = { readonly written: string; readonly led: string }

/** A row to be, whose number is found or made as it is written. */
/** `written` `null`: inside the app no number is dialled. */
export type DecisionToBe = Omit<Insertable<Tables['decision']>, 'number_id'> & {
  readonly written: string | null
  readonly led_to: string | null
}

export async function rowOf(decision: Decision, facts: Facts): Promise<DecisionToBe> {
  const { id, attempt, world, admission } = decision
  const standing = standingOf(world)
  const moment = momentOf(attempt, world)
  const { destination, number, written, ledTo } = ledAs(moment)
  const read: Fact[] = [
    { kind: 'organization', body: standing.organization },
    { kind: 'caller', body: standing.caller },
    { kind: 'callee', body: namelessCallee(standing.callee) },
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
    kind: attempt.kind === 'business' ? null : attempt.kind,
    written: attempt.kind === 'network' ? null : written,
    led_to: ledTo,
    code: admission.admitted ? null : admission.refusal.code,
    refusal: admission.admitted
      ? null
      : JSON.stringify(saidOf(admission, { dialled: attempt.dialled, number, callee: world.callee })),
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

/**
 * A destination without its number. A number that was written whole, or as its last digits, is its own row, and `prefix` is what
 * of it was not written; any other writing has a row of its own.
 */
type Led = { readonly prefix?: string }

function ledAs({ destination, attempt: { dialled } }: Moment) {
  const number = 'number' in destination ? destination.number : destination.kind === 'service' ? destination.code : null
  const { number: _, code: __, ...rest } = destination as { readonly number?: string; readonly code?: string }
  if (number === null) return { destination: rest, number, written: dialled, ledTo: null }
  const isEnd = dialled === number || (/^[0-9]+$/.test(dialled) && number.endsWith(dialled))
  if (!isEnd) return { destination: rest, number, written: dialled, ledTo: number }
  const prefix = number.slice(0, number.length - dialled.length)
  return { destination: { ...rest, prefix }, number, written: number, ledTo: null }
}

const LEADS_ON: ReadonlySet<Destination['kind']> = new Set(['number', 'premium', 'satellite', 'service'])

function destinationFrom({ prefix: _, ...rest }: Led, { led }: Written): Destination {
  const { kind } = rest as Destination
  if (!LEADS_ON.has(kind)) return rest as Destination
  return { ...rest, [kind === 'service' ? 'code' : 'number']: led } as unknown as Destination
}

const dialledFrom = ({ prefix = '' }: Led, { written }: Written): string => written.slice(prefix.length)

/** The same object each time, for it is known by that. */
const nameless = new WeakMap<Standing['callee'], object>()

function namelessCallee(callee: Standing['callee']): object {
  if (callee.callee?.id === undefined) return callee
  const { name: _, ...rest } = callee.callee
  const body = nameless.get(callee) ?? { ...callee, callee: rest }
  nameless.set(callee, body)
  return body
}

/** Terms without what the attempt has: the same for all calls by these routes. */
function standingTerms(terms: Terms): object {
  if (terms.kind === 'network') return { ...terms, calleeId: null }
  const { dialled: _, keysAfterAnswer, calleeId, ...standing } = terms
  return {
    ...standing,
    ...(keysAfterAnswer === undefined ? {} : { keysAfterAnswer: null }),
    ...(calleeId === undefined ? {} : { calleeId: null }),
  }
}

function termsFrom(standing: Terms, attempt: Attempt, destination: Destination): Terms {
  if (attempt.kind === 'network') return { ...standing, calleeId: attempt.calleeId }
  return businessTermsFrom(standing as BusinessTerms, attempt, destination)
}

function businessTermsFrom(standing: BusinessTerms, attempt: BusinessAttempt, destination: Destination): BusinessTerms {
  const number = 'number' in destination ? destination.number : null
  const led = destination.kind === 'service' ? { kind: 'service', code: destination.code } : { kind: 'number', number }
  return {
    ...TERMS_BEFORE,
    ...standing,
    // Terms of before may have another than the destination says.
    dialled: standing.dialled ?? (led as BusinessTerms['dialled']),
    ...(standing.keysAfterAnswer === undefined ? {} : { keysAfterAnswer: keysAfterAnswer(attempt.dialled) }),
    ...(standing.calleeId === undefined ? {} : { calleeId: attempt.calleeId ?? null }),
  }
}

type Refused = Extract<Admission, { readonly admitted: false }>

/** What a refusal repeats of the attempt, and of whom it was about. */
type Repeated = {
  readonly dialled: string
  readonly number: string | null
  readonly callee: { readonly id?: string; readonly name: string } | null
}

/** What is repeated is left out, and filled in again when it is read: it is erased in its own place. */
function saidOf({ refusal, alternatives }: Refused, { dialled, number, callee }: Repeated): StoredRefusal {
  const left = Object.entries(refusal).filter(
    ([field, value]) =>
      !(field === 'dialled' && value === dialled) &&
      !(field === 'name' && callee?.id !== undefined && value === callee.name),
  )
  return {
    refusal: Object.fromEntries(left) as StoredRefusal['refusal'],
    alternatives: alternatives.map((one) =>
      one.kind === 'native-dialler' && one.digits === number ? { ...one, digits: null } : one,
    ),
  }
}

const REPEATS: { readonly [code: string]: 'dialled' | 'name' | undefined } = {
  'number-invalid': 'dialled',
  'several-numbers': 'dialled',
  'keys-invalid': 'dialled',
  'callee-off-hours': 'name',
  'callee-undisturbed': 'name',
}

function refusedFrom({ refusal, alternatives }: StoredRefusal, repeated: Repeated): Refused {
  const { dialled, number, callee } = repeated
  const field = REPEATS[refusal.code]
  const value = field === 'dialled' ? dialled : (callee?.name ?? '')
  return {
    admitted: false,
    refusal: { ...(field === undefined ? {} : { [field]: value }), ...refusal } as Refused['refusal'],
    alternatives: alternatives.map((one) =>
      one.kind === 'native-dialler' ? { ...one, digits: one.digits ?? number ?? '' } : one,
    ),
  }
}

/** A row of a list: what of its facts is shown is read with it. */
export type ListedRow = Pick<
  DecisionRow,
  'id' | 'call_id' | 'organization_id' | 'caller_id' | 'callee_id' | 'at' | 'kind' | 'refusal' | 'written' | 'led'
> & { readonly destination: Led; readonly callee_name: string | null }

export function listedFrom(row: ListedRow): ListedDecision {
  const dialled = dialledFrom(row.destination, row)
  const repeated = { dialled, number: row.led, callee: { name: row.callee_name ?? '' } }
  return {
    id: row.id,
    attempt: attemptFrom(row, dialled),
    admission: row.refusal === null ? { admitted: true } : refusedFrom(row.refusal, repeated),
  }
}

type AttemptRow = Pick<DecisionRow, 'call_id' | 'organization_id' | 'caller_id' | 'callee_id' | 'at' | 'kind'>

function attemptFrom(row: AttemptRow, dialled: string): Attempt {
  const { call_id: callId, at, organization_id: organizationId, caller_id: callerId, callee_id: calleeId } = row
  const wish = { callId, at, organizationId, callerId, mode: 'direct' } as const
  if (row.kind === 'network') {
    assert(calleeId !== null, `decision of call ${callId} is about nobody`)
    return { ...wish, kind: 'network', dialled: '', calleeId }
  }
  return { ...wish, kind: 'business', dialled, ...(calleeId === null ? {} : { calleeId }) }
}

/** What is read with a decision: the facts by id, and the names of colleagues by theirs. */
export type Read = { readonly bodies: ReadonlyMap<number, unknown>; readonly names: ReadonlyMap<string, string> }

/** The decision, with its world as it was read. Columns of facts that are none are `undefined` in it, and tell so. */
export function decisionFrom(row: DecisionRow, read: Read): Decision {
  const led = read.bodies.get(row.destination_fact) as Led
  const destination = destinationFrom(led, row)
  const attempt = attemptFrom(row, dialledFrom(led, row))
  const standing = standingFrom(row, read)
  const world: World = worldOf(standing, momentFrom(row, { attempt, destination, bodies: read.bodies }))
  const known = { id: row.id, attempt, world }
  if (row.refusal !== null) {
    const repeated = { dialled: attempt.dialled, number: row.led, callee: world.callee }
    return { ...known, admission: refusedFrom(row.refusal, repeated) }
  }
  const terms = row.terms_fact === null ? undefined : (read.bodies.get(row.terms_fact) as Terms)
  return {
    ...known,
    admission: { admitted: true, ...(terms && { terms: termsFrom(terms, attempt, destination) }) } as Admission,
  }
}

/** Whose name the fact leaves out. */
export const calleeIn = (row: DecisionRow, bodies: Read['bodies']): string | undefined =>
  (bodies.get(row.callee_fact) as Standing['callee'] | undefined)?.callee?.id

export const factsOf = (row: DecisionRow): readonly number[] => [
  row.organization_fact,
  row.caller_fact,
  row.callee_fact,
  row.regime_fact,
  row.destination_fact,
  row.reachability_fact,
  ...(row.terms_fact === null ? [] : [row.terms_fact]),
]

const standingFrom = (row: DecisionRow, { bodies, names }: Read): Standing => ({
  organization: bodies.get(row.organization_fact) as Standing['organization'],
  caller: bodies.get(row.caller_fact) as Standing['caller'],
  callee: namedCallee(bodies.get(row.callee_fact) as Standing['callee'], names),
  regime: regimeFrom(bodies.get(row.regime_fact) as Standing['regime']),
})

/** Facts of before have the name that was read. */
function namedCallee(stored: Standing['callee'], names: Read['names']): Standing['callee'] {
  const id = stored?.callee?.id
  return id === undefined ? stored : { ...stored, callee: { ...stored.callee!, name: names.get(id) ?? '' } }
}

/** Plans of before had one list of pools to draw from. Columns of facts that are none are `undefined`. */
function regimeFrom(stored: Standing['regime'] | undefined): Standing['regime'] {
  if (stored?.planVersion == null) return stored as Standing['regime']
  const { planVersion } = stored
  return {
    ...stored,
    planVersion: { ...planVersion, terms: { ...planVersion.terms, draws: drawsByUse(planVersion.terms.draws) } },
  }
}

function momentFrom(
  row: DecisionRow,
  { attempt, destination, bodies }: Pick<Moment, 'attempt' | 'destination'> & Pick<Read, 'bodies'>,
): Moment {
  const { at } = row
  const unconnected = triesFromRow(row.unconnected, row.unconnected_ago_ms, at)
  const hour = triesFromRow(row.typed_hour, row.typed_hour_ago_ms, at)
  const day = triesFromRow(row.typed_day, row.typed_day_ago_ms, at)
  return {
    attempt,
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
