import { alternativesTo } from './alternatives.ts'
import type { Admission, Alternative, Attempt, Refusal } from './attempt.ts'
import { businessFrom } from './business.ts'
import { isSeenColleague } from './checks.ts'
import { momentOf, originOf, standingOf, type Moment, type Standing } from './facts.ts'
import { networkFrom } from './network.ts'
import type { World } from './world.ts'

/** May this call be placed? The same function over a stored world gives the same answer. */
export function admit(attempt: Attempt, world: World): Admission {
  const origin = originOf(world)
  const known = origin === undefined ? judge(standingOf(world)) : judgeOf(origin)
  return known(momentOf(attempt, world))
}

/** Worlds of the same standing facts have one judge, for as long as somebody keeps the facts. */
const judges = new WeakMap<Standing, Judge>()

function judgeOf(standing: Standing): Judge {
  const known = judges.get(standing) ?? judge(standing)
  judges.set(standing, known)
  return known
}

export type Judge = (moment: Moment) => Admission

/**
 * What standing facts alone say is worked out here, once, and waits behind the checks before it that need the moment. Then
 * the checks fall from top to bottom, and the first that fails is the answer: their order is the specification
 * (architecture, "A business call", step 3). Kept with its facts, a judge answers all attempts on them.
 */
export function judge(standing: Standing): Judge {
  const [business, network] = [businessFrom(standing), networkFrom(standing)]
  const offersApp = appOfferFrom(standing, network)
  return (moment) => {
    const { attempt } = moment
    const said = attempt.kind === 'network' ? network(attempt, moment) : business(attempt, moment)
    if (said.ok) return { admitted: true, terms: said.value }
    return refused(said.refusal, moment, { standing, inApp: offersApp(moment) })
  }
}

type Answered = { readonly standing: Standing; readonly inApp: Alternative | null }

function refused(refusal: Refusal, { attempt, destination }: Moment, { standing, inApp }: Answered): Admission {
  const { organization, caller, callee } = standing
  const facts = { destination, organization, periodEndsAt: caller.periodEndsAt, callee: callee.callee, inApp }
  return { admitted: false, refusal, alternatives: alternativesTo(refusal, attempt, facts) }
}

/** Instead of a call to a colleague's phone: one inside the app, if that is lawful and in the plan. Worked out by the same judge. */
function appOfferFrom(
  standing: Standing,
  network: ReturnType<typeof networkFrom>,
): (moment: Moment) => Alternative | null {
  const calleeId = standing.callee.callee?.id
  return (moment) => {
    const { attempt } = moment
    if (attempt.kind !== 'business' || calleeId === undefined) return null
    if (attempt.calleeId === undefined && !isSeenColleague(standing)) return null
    const inApp = { ...attempt, kind: 'network', dialled: '', calleeId } as const
    return network(inApp, { ...moment, attempt: inApp }).ok ? { kind: 'call-in-app', memberId: calleeId } : null
  }
}
