import { lawful } from '#compliance'
import { dayAt, no, yes, type Instant, type LicenceId, type Outcome } from '#kernel'
import type { NetworkAttempt, NetworkTerms, Refusal } from './attempt.ts'
import { attempts, concurrency, courtesy, shield, suspension } from './checks.ts'
import type { Moment, Standing } from './facts.ts'

/** May a colleague be called inside the app? It needs no number, no trunk and no minutes. */
export function networkFrom(
  standing: Standing,
): (attempt: NetworkAttempt, moment: Moment) => Outcome<NetworkTerms, Refusal> {
  const { planVersion } = standing.regime
  const suspended = suspension(standing)
  const shielded = shield(standing)

  return (attempt, moment) => {
    const limited = suspended ?? attempts(moment) ?? shielded ?? peace(attempt, standing) ?? courtesy(attempt, standing)
    if (limited !== undefined) return no(limited)
    const licences = licencesAt(attempt.at, standing)
    if (!licences.ok) return licences
    if (planVersion === null) return no({ code: 'no-plan' })
    const { id, terms } = planVersion
    if (!terms.services.includes('network')) return no({ code: 'service-not-in-plan' })
    const busy = concurrency(terms, moment)
    if (busy !== undefined) return no(busy)
    return yes({
      kind: 'network',
      calleeId: attempt.calleeId,
      path: PATH,
      parties: PARTIES,
      planVersionId: id,
      longestCallMs: terms.longestCallMs,
      licenceIds: licences.value,
    })
  }
}

/** Internet end to end. */
const PATH = 'internet'
const PARTIES = 2

/** He does not want to be disturbed. */
function peace({ at }: NetworkAttempt, { callee: { callee } }: Standing): Refusal | undefined {
  if (callee?.undisturbedUntil === undefined) return undefined
  const isOver = callee.undisturbedUntil !== null && callee.undisturbedUntil <= at
  return isOver ? undefined : { code: 'callee-undisturbed', name: callee.name }
}

function licencesAt(at: Instant, { organization, regime }: Standing): Outcome<readonly LicenceId[], Refusal> {
  const verdict = lawful({
    jurisdiction: organization.jurisdiction,
    path: PATH,
    parties: PARTIES,
    isInternational: false,
    day: dayAt(at, organization.zone).name,
    licences: regime.licences,
    carrierId: null,
    ...(regime.tables === undefined ? {} : { table: regime.tables.law }),
  })
  return verdict.ok ? verdict : no({ code: 'licence-missing', ...verdict.refusal })
}
