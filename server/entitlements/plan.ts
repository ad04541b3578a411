import type { DurationMs, Instant, OrganizationId, PlanId, PlanVersionId, SubscriptionId } from '#kernel'
import type { Increments } from './rating.ts'

/** What members are offered: the terms live in its versions. */
export type Plan = { readonly id: PlanId; readonly name: string }

/** Immutable terms that apply from an instant until the next version's. */
export type PlanVersion = {
  readonly id: PlanVersionId
  readonly planId: PlanId
  readonly effectiveFrom: Instant
  readonly terms: PlanTerms
}

/** Which pool of the caller a leg drinks from. */
export type Bucket = 'member' | 'organization'

/** Whose telephone a dialled leg rings: his who asked for the room (his own, before he is connected), or a participant's. */
export type Use = 'initiator' | 'participant'

/** Kinds of call that a plan can offer: to a phone, and inside the app. */
export type Service = 'business-direct' | 'network'

export type PlanTerms = {
  readonly services: readonly Service[]
  /** Pools drawn for a dialled telephone leg, in order, by its use. */
  readonly draws: Readonly<Record<Use, readonly Bucket[]>>
  readonly increments: Increments
  /** Granted at first use in each calendar month of the organization's zone. 0 = no such pool. */
  readonly monthlyGrant: { readonly memberMs: DurationMs; readonly organizationMs: DurationMs }
  readonly zones: readonly ('domestic' | 'international')[]
  /** Service codes such as `10086` that may be called though they are not numbers of the plan; prefixes end in `*`. */
  readonly serviceCodes: readonly string[]
  /** Live calls of one member and of the whole organization, ≥ 1. */
  readonly concurrency: { readonly member: number; readonly organization: number }
  /** The longest call; ends as if hung up. */
  readonly longestCallMs: DurationMs
  /** Reserved at a time; a whole number of increments is taken. */
  readonly sliceMs: DurationMs
}

/** An organization is on a plan from an instant (inclusive) until another (exclusive; `null` = open). Never overlapping. */
export type Subscription = {
  readonly id: SubscriptionId
  readonly organizationId: OrganizationId
  readonly planId: PlanId
  readonly from: Instant
  readonly until: Instant | null
  /** How many members have a pool of their own in a month, by first use. `null` = all. */
  readonly seats: number | null
}

/** The latest version whose instant has come; `undefined` before the first. */
export function versionAt(versions: readonly PlanVersion[], at: Instant): PlanVersion | undefined {
  let found: PlanVersion | undefined
  for (const version of versions) {
    if (version.effectiveFrom > at) continue
    if (found === undefined || version.effectiveFrom > found.effectiveFrom) found = version
  }
  return found
}

/** Of one plan's versions, in order of their instants, those that come in force while one of its subscriptions lasts. */
export const versionsFor = (
  versions: readonly PlanVersion[],
  subscriptions: readonly Subscription[],
): readonly PlanVersion[] =>
  versions.filter(({ effectiveFrom }, index) => {
    const replacedAt = versions[index + 1]?.effectiveFrom ?? Infinity
    return subscriptions.some(({ from, until }) => from < replacedAt && (until === null || effectiveFrom < until))
  })

export const subscriptionAt = (subscriptions: readonly Subscription[], at: Instant): Subscription | undefined =>
  subscriptions.find(({ from, until }) => from <= at && (until === null || at < until))

/** Which pools a leg draws, in order, and what each is granted in a month. */
export type Offer = { readonly draws: readonly Bucket[] } & Pick<PlanTerms, 'monthlyGrant'>

/** What a leg of that use has of the terms. */
export const offerFor = ({ draws, monthlyGrant }: PlanTerms, use: Use): Offer => ({ draws: draws[use], monthlyGrant })

/** What legs of any use have: the pools that there can be in a month. */
export const wholeOffer = ({ draws, monthlyGrant }: PlanTerms): Offer => ({
  draws: [...new Set([...draws.participant, ...draws.initiator])],
  monthlyGrant,
})

/** Terms of before had one list, for legs of any use. */
export const drawsByUse = (draws: PlanTerms['draws'] | readonly Bucket[]): PlanTerms['draws'] =>
  'participant' in draws ? draws : { initiator: draws, participant: draws }
