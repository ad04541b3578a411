import {
  callerNumberFor,
  emergencyPlanOf,
  readerBy,
  routesFor,
  type Destination,
  type Dialled,
  type Reading,
  type TrunkState,
  type Zone,
} from '#carriers'
import { lawful } from '#compliance'
import { resolveLimits, type ResolvedLimits } from '#directory'
import { allowsServiceCode, canBegin, type PlanTerms } from '#entitlements'
import { dayAt, no, yes, type Day, type Instant, type Outcome } from '#kernel'
import type { BusinessAttempt, BusinessTerms, Refusal } from './attempt.ts'
import { attempts, concurrency, courtesy, isSeenColleague, shield, suspension } from './checks.ts'
import { trunksAt, type Moment, type Standing } from './facts.ts'
import type { World } from './world.ts'

/** May a telephone be called from the app? Of calls for help the answer is always the same. */
export function businessFrom(
  standing: Standing,
): (attempt: BusinessAttempt, moment: Moment) => Outcome<BusinessTerms, Refusal> {
  const { organization, caller, regime } = standing
  const { planVersion, numberRights, tables } = regime
  const { country } = organization
  const read = readerBy(tables?.emergency ?? emergencyPlanOf(country))
  const suspended = suspension(standing)
  const resolved = resolveLimits(caller.caller.limits, caller.departmentLimits)
  const typed = barring(resolved, standing, 'typed')
  const tapped = barring(resolved, standing, 'tapped')
  const unserved = service(planVersion)
  const routesAt = rememberedRoutes(standing)

  return (attempt, moment) => {
    const { destination } = moment
    const reading = read(attempt.dialled)
    const hasty = emergency(reading) ?? suspended ?? attempts(moment)
    if (hasty !== undefined) return no(hasty)
    if (destination.kind === 'invalid' || destination.kind === 'several' || destination.kind === 'keys-invalid') {
      return no({ code: UNDIALLABLE[destination.kind], dialled: attempt.dialled })
    }
    const limited =
      (attempt.calleeId === undefined ? typed : tapped) ??
      courtesy(attempt, standing) ??
      monthlyLimit(resolved, moment, planVersion)
    if (limited !== undefined) return no(limited)

    const target = reach(destination, planVersion?.terms)
    if (!target.ok) return target
    const routes = routesAt(target.value.zone, moment)
    if (!routes.ok) return routes
    const callerNumber = callerNumberFor(numberRights, attempt.at)
    if (callerNumber === undefined) return no({ code: 'no-caller-number' })

    if (unserved !== undefined || planVersion === null) return no(unserved ?? { code: 'no-plan' })
    const { terms } = planVersion
    const spent = concurrency(terms, moment) ?? minutes(terms, moment, standing)
    if (spent !== undefined) return no(spent)
    if (routes.value.length === 0) return no({ code: 'no-route' })
    return yes({
      kind: 'business',
      dialled: target.value.dialled,
      keysAfterAnswer: reading.keys,
      calleeId: attempt.calleeId ?? null,
      homeCountry: country,
      callerNumber,
      path: PATH,
      parties: PARTIES,
      planVersionId: planVersion.id,
      routes: routes.value,
    })
  }
}

/** Why what was typed leads nowhere. */
const UNDIALLABLE = { invalid: 'number-invalid', several: 'several-numbers', 'keys-invalid': 'keys-invalid' } as const

/** An app leg over the Internet and a dialled leg over the telephone network. */
const PATH = 'ip-telephony'
const PARTIES = 2

/** By the caller's location, as far as it is known: the organization's country. */
const emergency = ({ emergency: digits }: Reading): Refusal | undefined =>
  digits === undefined ? undefined : { code: 'emergency-number', digits }

/** What the facts say of whom the caller may call: by a number that he types, or a colleague whom he taps. */
function barring(resolved: ResolvedLimits, standing: Standing, by: 'typed' | 'tapped'): Refusal | undefined {
  return circle(resolved, standing, by) ?? shield(standing)
}

function circle({ mayCall }: ResolvedLimits, standing: Standing, by: 'typed' | 'tapped'): Refusal | undefined {
  const isColleague = by === 'tapped' ? standing.callee.callee !== null : isSeenColleague(standing)
  switch (mayCall) {
    case 'nobody':
      return { code: 'caller-barred' }
    case 'colleagues':
      return isColleague ? undefined : { code: 'callee-not-colleague' }
    case 'contacts':
      return isColleague || standing.callee.isSavedContact ? undefined : { code: 'callee-not-contact' }
    case 'anybody':
      return undefined
  }
}

/** What is left must hold the first increment whole, or the ledger would give nothing. The ledger's own word is last. */
function monthlyLimit(
  { monthlyMs }: ResolvedLimits,
  { usedThisMonthMs, reservation }: Moment,
  planVersion: World['planVersion'],
): Refusal | undefined {
  if (monthlyMs === null) return undefined
  const leastMs = planVersion?.terms.increments.firstMs ?? 1
  if (usedThisMonthMs + leastMs <= monthlyMs && reservation !== 'limit-reached') return undefined
  return { code: 'monthly-limit-reached', limitMinutes: Math.floor(monthlyMs / 60_000) }
}

/** Whether the plan lets this destination be called. Without a plan only the own country counts as allowed. */
function reach(
  destination: Exclude<Destination, { kind: keyof typeof UNDIALLABLE }>,
  terms: PlanTerms | undefined,
): Outcome<{ readonly dialled: Dialled; readonly zone: Zone }, Refusal> {
  switch (destination.kind) {
    case 'service': {
      const { code } = destination
      if (!allowsServiceCode(terms?.serviceCodes ?? [], code)) return no({ code: 'zone-denied', zone: 'service' })
      return yes({ dialled: { kind: 'service', code }, zone: 'domestic' })
    }
    case 'number': {
      const { number, zone } = destination
      const isAllowed = terms === undefined ? zone === 'domestic' : terms.zones.includes(zone)
      return isAllowed ? yes({ dialled: { kind: 'number', number }, zone }) : no({ code: 'zone-denied', zone })
    }
    case 'premium':
    case 'satellite':
      return no({ code: 'zone-denied', zone: destination.kind })
  }
}

type Routes = Outcome<BusinessTerms['routes'], Refusal>

/** Routes hold for a day and for what the trunks answer: those of each zone's last question are kept. */
function rememberedRoutes(standing: Standing): (zone: Zone, moment: Moment) => Routes {
  const known: {
    [zone in Zone]?: { readonly day: Day; readonly trunks: Moment['reachability']; readonly routes: Routes }
  } = {}
  return (zone, { attempt: { at }, reachability }) => {
    const before = known[zone]
    if (before !== undefined && isOn(before.day, at) && isSame(before.trunks, reachability)) return before.routes
    const day = dayAt(at, standing.organization.zone)
    const trunks = trunksAt(standing.regime.trunks, reachability)
    const routes = lawfulRoutes({ zone, day: day.name, trunks }, standing)
    known[zone] = { day, trunks: reachability, routes }
    return routes
  }
}

const isOn = ({ from, until }: Day, at: Instant): boolean => at >= from && at < until

const isSame = (some: readonly string[], others: readonly string[]): boolean =>
  some === others || (some.length === others.length && some.every((one, index) => one === others[index]))

/**
 * The routes that may lawfully carry the call; refused when a licence keeps it from every one of them. Empty when no
 * trunk takes the zone at all: then only what the provider lacks is told here, and the missing route last.
 */
function lawfulRoutes(
  { zone, day, trunks }: { readonly zone: Zone; readonly day: string; readonly trunks: readonly TrunkState[] },
  { organization, regime }: Standing,
): Routes {
  const question = {
    jurisdiction: organization.jurisdiction,
    path: PATH,
    parties: PARTIES,
    isInternational: zone === 'international',
    day,
    licences: regime.licences,
    ...(regime.tables === undefined ? {} : { table: regime.tables.law }),
  } as const
  const candidates = routesFor(trunks, zone)
  if (candidates.length === 0) {
    const verdict = lawful({ ...question, carrierId: null })
    return verdict.ok || verdict.refusal.holder === 'carrier'
      ? yes([])
      : no({ code: 'licence-missing', ...verdict.refusal })
  }
  const routes: BusinessTerms['routes'][number][] = []
  let missing: Refusal | undefined
  for (const trunk of candidates) {
    const verdict = lawful({ ...question, carrierId: trunk.carrierId })
    if (verdict.ok) routes.push({ trunkId: trunk.id, licenceIds: verdict.value })
    else missing ??= { code: 'licence-missing', ...verdict.refusal }
  }
  return routes.length === 0 && missing !== undefined ? no(missing) : yes(routes)
}

function service(planVersion: World['planVersion']): Refusal | undefined {
  if (planVersion === null) return { code: 'no-plan' }
  return planVersion.terms.services.includes('business-direct') ? undefined : { code: 'service-not-in-plan' }
}

/** One pool must hold the first increment whole; the ledger's own word is last. */
function minutes(
  { increments }: PlanTerms,
  { freeMs, reservation }: Moment,
  { caller }: Standing,
): Refusal | undefined {
  if (canBegin(freeMs, increments) && reservation === undefined) return undefined
  return { code: 'no-minutes', renewsAt: caller.periodEndsAt }
}
