import {
  callerNumberFor,
  emergencyNumber,
  keysAfterAnswer,
  routesFor,
  type Destination,
  type Dialled,
  type Zone,
} from '#carriers'
import { lawful } from '#compliance'
import { isWorking, resolveLimits, type ResolvedLimits } from '#directory'
import { allowsServiceCode, canBegin, type PlanTerms } from '#entitlements'
import { dayOf, later, no, yes, type Outcome } from '#kernel'
import { alternativesTo } from './alternatives.ts'
import type { Admission, Attempt, Refusal, Terms } from './attempt.ts'
import { TRIES, type Tries, type TrySpan, type World } from './world.ts'

/**
 * May this call be placed? The checks fall from top to bottom, and the first that fails is the answer: their order is
 * the specification (architecture, "A business call", step 3). The same function over a stored world gives the same
 * answer.
 */
export function admit(attempt: Attempt, world: World): Admission {
  const caller = emergency(attempt, world) ?? standing(world) ?? attempts(attempt, world)
  if (caller !== undefined) return refused(caller, attempt, world)
  const { destination } = world
  if (destination.kind === 'invalid' || destination.kind === 'several' || destination.kind === 'keys-invalid') {
    return refused({ code: UNDIALLABLE[destination.kind], dialled: attempt.dialled }, attempt, world)
  }
  const callee = limits(attempt, world)
  if (callee !== undefined) return refused(callee, attempt, world)

  const target = reach(destination, world.planVersion?.terms)
  if (!target.ok) return refused(target.refusal, attempt, world)
  const routes = lawfulRoutes(target.value.zone, attempt, world)
  if (!routes.ok) return refused(routes.refusal, attempt, world)
  const callerNumber = callerNumberFor(world.numberRights, attempt.at)
  if (callerNumber === undefined) return refused({ code: 'no-caller-number' }, attempt, world)

  const plan = world.planVersion
  if (plan === null) return refused({ code: 'no-plan' }, attempt, world)
  const benefit = service(plan.terms) ?? concurrency(plan.terms, world) ?? minutes(plan.terms, world)
  if (benefit !== undefined) return refused(benefit, attempt, world)
  if (routes.value.length === 0) return refused({ code: 'no-route' }, attempt, world)

  const terms: Terms = {
    dialled: target.value.dialled,
    keysAfterAnswer: keysAfterAnswer(attempt.dialled),
    calleeId: attempt.calleeId ?? null,
    homeCountry: world.organization.country,
    callerNumber,
    path: PATH,
    planVersionId: plan.id,
    routes: routes.value,
  }
  return { admitted: true, terms }
}

/** Why what was typed leads nowhere. */
const UNDIALLABLE = { invalid: 'number-invalid', several: 'several-numbers', 'keys-invalid': 'keys-invalid' } as const

const refused = (refusal: Refusal, attempt: Attempt, world: World): Admission => ({
  admitted: false,
  refusal,
  alternatives: alternativesTo(refusal, attempt, world),
})

/** An app leg over the Internet and a dialled leg over the telephone network. */
const PATH = 'ip-telephony'
const PARTIES = 2

/** By the caller's location, as far as it is known: the organization's country. */
function emergency(attempt: Attempt, world: World): Refusal | undefined {
  const digits = emergencyNumber(attempt.dialled, world.organization.country)
  return digits === undefined ? undefined : { code: 'emergency-number', digits }
}

function standing({ organization, caller }: World): Refusal | undefined {
  if (organization.standing === 'suspended') return { code: 'organization-suspended' }
  if (caller.standing === 'suspended') return { code: 'member-suspended' }
  return undefined
}

/**
 * Numbers are not to be found by trying: whoever was connected with nobody so often waits until the first of these tries
 * is old enough. The longest wait is told. A colleague who is called as such is never found by it, so he can be called
 * when many numbers were typed in vain.
 */
function attempts(attempt: Attempt, { unconnected, typedInVain }: World): Refusal | undefined {
  const typed = attempt.calleeId === undefined ? typedInVain : undefined
  return (
    tooMany('day', typed?.day, attempt) ??
    tooMany('hour', typed?.hour, attempt) ??
    tooMany('minute', unconnected, attempt)
  )
}

function tooMany(span: TrySpan, tries: Tries | undefined, { at }: Attempt): Refusal | undefined {
  const { most, spanMs } = TRIES[span]
  if (tries === undefined || tries.count < most) return undefined
  return { code: 'too-many-attempts', limit: most, span, againAt: later(tries.sinceAt ?? at, spanMs) }
}

/** Shielded people call each other freely. */
function shield({ callee, caller }: World): Refusal | undefined {
  return callee?.isShielded && !caller.isShielded ? { code: 'callee-shielded' } : undefined
}

function limits(attempt: Attempt, world: World): Refusal | undefined {
  const resolved = resolveLimits(world.caller.limits, world.departmentLimits)
  return circle(resolved, attempt, world) ?? shield(world) ?? courtesy(attempt, world) ?? monthlyLimit(resolved, world)
}

function circle({ mayCall }: ResolvedLimits, attempt: Attempt, world: World): Refusal | undefined {
  switch (mayCall) {
    case 'nobody':
      return { code: 'caller-barred' }
    case 'colleagues':
      return isKnownColleague(attempt, world) ? undefined : { code: 'callee-not-colleague' }
    case 'contacts':
      return isKnownColleague(attempt, world) || world.isSavedContact ? undefined : { code: 'callee-not-contact' }
    case 'anybody':
      return undefined
  }
}

/**
 * A number that the caller may not see is nobody's when he types it: whatever is refused to a stranger's number must be
 * refused to it in the same words, or the answer tells whose it is. The colleague is called from the list of people.
 */
function isKnownColleague({ calleeId }: Attempt, { callee, caller }: World): boolean {
  if (callee === null) return false
  const isSeen = callee.isNumberHidden !== true && (!callee.isShielded || caller.isShielded)
  return calleeId !== undefined || isSeen
}

function courtesy({ at }: Attempt, { callee, organization }: World): Refusal | undefined {
  if (callee === null || callee.workingHours === null) return undefined
  if (isWorking(callee.workingHours, at, organization.zone)) return undefined
  return { code: 'callee-off-hours', name: callee.name }
}

/** What is left must hold the first increment whole, or the ledger would give nothing. */
function monthlyLimit({ monthlyMs }: ResolvedLimits, { usedThisMonthMs, planVersion }: World): Refusal | undefined {
  const leastMs = planVersion?.terms.increments.firstMs ?? 1
  if (monthlyMs === null || usedThisMonthMs + leastMs <= monthlyMs) return undefined
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

/**
 * The routes that may lawfully carry the call; refused when a licence keeps it from every one of them. Empty when no
 * trunk takes the zone at all: then only what the provider lacks is told here, and the missing route last.
 */
function lawfulRoutes(zone: Zone, attempt: Attempt, world: World): Outcome<Terms['routes'], Refusal> {
  const { organization, licences, trunks } = world
  const question = {
    jurisdiction: organization.jurisdiction,
    path: PATH,
    parties: PARTIES,
    isInternational: zone === 'international',
    day: dayOf(attempt.at, organization.zone),
    licences,
  } as const
  const candidates = routesFor(trunks, zone)
  if (candidates.length === 0) {
    const verdict = lawful({ ...question, carrierId: null })
    return verdict.ok || verdict.refusal.holder === 'carrier'
      ? yes([])
      : no({ code: 'licence-missing', ...verdict.refusal })
  }
  const routes: Terms['routes'][number][] = []
  let missing: Refusal | undefined
  for (const trunk of candidates) {
    const verdict = lawful({ ...question, carrierId: trunk.carrierId })
    if (verdict.ok) routes.push({ trunkId: trunk.id, licenceIds: verdict.value })
    else missing ??= { code: 'licence-missing', ...verdict.refusal }
  }
  return routes.length === 0 && missing !== undefined ? no(missing) : yes(routes)
}

const service = (terms: PlanTerms): Refusal | undefined =>
  terms.services.includes('business-direct') ? undefined : { code: 'service-not-in-plan' }

/** The attempt itself is not among the live calls. */
function concurrency({ concurrency: limit }: PlanTerms, { liveCalls }: World): Refusal | undefined {
  if (liveCalls.member >= limit.member) return { code: 'too-many-calls', scope: 'member', limit: limit.member }
  if (liveCalls.organization >= limit.organization) {
    return { code: 'too-many-calls', scope: 'organization', limit: limit.organization }
  }
  return undefined
}

const minutes = (terms: PlanTerms, world: World): Refusal | undefined =>
  canBegin(world.pools, terms.increments) ? undefined : { code: 'no-minutes', renewsAt: world.periodEndsAt }
