import { nextShift } from '#directory'
import type { Alternative, Attempt, Refusal } from './attempt.ts'
import type { World } from './world.ts'

/** What an alternative may tell of the facts. */
type Told = Pick<World, 'destination' | 'periodEndsAt' | 'callee' | 'organization'> & {
  /** The same colleague inside the app, where he may be called there. */
  readonly inApp: Alternative | null
}

/**
 * What still works, best first; never what the refusal has just forbidden. The native dialler is the caller's own
 * phone: it needs neither our licence nor our minutes, so it is offered where *we* can't carry the call, and not where
 * somebody set a limit on whom to call.
 */
export function alternativesTo(refusal: Refusal, attempt: Attempt, told: Told): readonly Alternative[] {
  const others = othersTo(refusal, attempt, told)
  return told.inApp === null || !OFFER_APP.has(refusal.code) ? others : [told.inApp, ...others]
}

/** What is about the telephone network alone. Calls for help are none of it: there a phone is what helps. */
const OFFER_APP: ReadonlySet<Refusal['code']> = new Set<Refusal['code']>([
  'licence-missing',
  'no-route',
  'no-minutes',
  'no-caller-number',
  'service-not-in-plan',
  'monthly-limit-reached',
  'zone-denied',
  'caller-barred',
])

function othersTo(refusal: Refusal, attempt: Attempt, world: Told): readonly Alternative[] {
  switch (refusal.code) {
    case 'emergency-number':
      return [{ kind: 'native-dialler', digits: refusal.digits }]
    case 'licence-missing':
    case 'no-route':
      return ownPhone(world)
    case 'no-minutes':
      return ownPhone(world, [ASK, { kind: 'wait-until', at: refusal.renewsAt }])
    case 'too-many-calls':
      return refusal.scope === 'organization' ? ownPhone(world) : []
    case 'no-caller-number':
    case 'no-plan':
    case 'service-not-in-plan':
      return ownPhone(world, [ASK])
    case 'monthly-limit-reached':
      return [ASK, { kind: 'wait-until', at: world.periodEndsAt }]
    case 'too-many-attempts':
      return [{ kind: 'wait-until', at: refusal.againAt }]
    case 'callee-undisturbed':
      return untilDisturbed(world)
    case 'callee-off-hours':
      return untilNextShift(attempt, world)
    case 'organization-suspended':
    case 'member-suspended':
    case 'caller-barred':
    case 'callee-not-colleague':
    case 'callee-not-contact':
    case 'zone-denied':
      return [ASK]
    // Saying whom to ask would tell that somebody is there; and a wrong number has no next best thing.
    case 'callee-shielded':
    case 'number-invalid':
    case 'several-numbers':
    case 'keys-invalid':
      return []
  }
}

const ASK: Alternative = { kind: 'ask-administrator' }

/** The caller's own phone, where it can call the number, before `others`. */
function ownPhone({ destination }: Told, others: readonly Alternative[] = []): readonly Alternative[] {
  switch (destination.kind) {
    case 'number':
      return [{ kind: 'native-dialler', digits: destination.number }, ...others]
    case 'service':
      return [{ kind: 'native-dialler', digits: destination.code }, ...others]
    case 'premium':
    case 'satellite':
    case 'invalid':
    case 'several':
    case 'keys-invalid':
      return others
  }
}

function untilDisturbed({ callee }: Told): readonly Alternative[] {
  const at = callee?.undisturbedUntil ?? null
  return at === null ? [] : [{ kind: 'wait-until', at }]
}

function untilNextShift({ at }: Attempt, { callee, organization }: Told): readonly Alternative[] {
  const hours = callee?.workingHours ?? null
  const next = hours === null ? undefined : nextShift(hours, at, organization.zone)
  return next === undefined ? [] : [{ kind: 'wait-until', at: next }]
}
