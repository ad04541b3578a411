import { computedId, type CallId, type E164, type Instant, type LegId, type PartyId, type TrunkId } from '#kernel'
import { CAUSE } from './causes.ts'
import type { EndedBy } from './engine.ts'

/** One connection of a party. */
export type Leg = {
  readonly id: LegId
  readonly callId: CallId
  readonly partyId: PartyId
  readonly kind: 'app' | 'phone-out'
  /** The engine's channel; for a leg that we dial it equals `id`. */
  readonly channelId: string
  readonly trunkId: TrunkId | null
  readonly number: E164 | null
  readonly startedAt: Instant
  readonly answeredAt: Instant | null
  readonly endedAt: Instant | null
  readonly sipStatus: number | null
  readonly q850Cause: number | null
}

export type LiveLeg = Leg & {
  /** The life of the engine that it is in. */
  readonly bootId: string
  readonly endedBy: EndedBy | null
}

export type LegEnd = {
  readonly at: Instant
  readonly by: EndedBy
  readonly q850Cause: number
  readonly sipStatus: number | null
}

/** Of a leg that the engine could not dial, and did not leave behind. */
export const neverDialled = (at: Instant): LegEnd => ({
  at,
  by: 'command',
  q850Cause: CAUSE.noCircuit,
  sipStatus: null,
})

/** The leg of one try; computed, so that after a crash its channel is known again. */
export const routeLegId = (callId: CallId, route: number): LegId => computedId<'leg'>(callId, `route:${route}`)

/**
 * Holds and settlement of a call carry the id of its first dialled leg, whichever trunk answers in the end: failing over
 * moves no money and reserves nothing twice.
 */
export const payingLegId = (callId: CallId): LegId => routeLegId(callId, 0)

type Fresh = Pick<
  LiveLeg,
  'id' | 'callId' | 'partyId' | 'kind' | 'channelId' | 'bootId' | 'trunkId' | 'number' | 'startedAt'
>

export const freshLeg = (leg: Fresh): LiveLeg => ({
  ...leg,
  answeredAt: null,
  endedAt: null,
  endedBy: null,
  sipStatus: null,
  q850Cause: null,
})

/** The first end counts. */
export function legEnded(leg: LiveLeg, { at, by, q850Cause, sipStatus }: LegEnd): LiveLeg {
  return leg.endedAt === null ? { ...leg, endedAt: at, endedBy: by, q850Cause, sipStatus } : leg
}
