import {
  endsAfterMs,
  extendAfterMs,
  leaseBeforeAnswerMs,
  leaseMs,
  settlementOf,
  warnAfterMs,
  WARNING_MS,
  type Offer,
  type PlanTerms,
} from '#entitlements'
import {
  assert,
  between,
  computedId,
  durationMs,
  later,
  unreachable,
  type DurationMs,
  type Instant,
  type LegId,
  type OperationId,
} from '#kernel'
import type { EndReason } from '#records'

/** What is paid for a party's dialled legs so far, as it is stored. */
export type Meter = {
  /** Holds and the settlement carry it, whichever of the legs talks in the end: failing over moves no money. */
  readonly legId: LegId
  readonly terms: Metering
  /** Reserved so far: whole increments from the answer. */
  readonly heldMs: DurationMs
  /** `true` once the pools had nothing more to give. */
  readonly isLast: boolean
}

/**
 * What of the plan's terms meters a party, by the use of his legs; pinned at the start. A slice never asks which version is in force now, nor
 * whether the subscription still runs.
 */
export type Metering = Pick<PlanTerms, 'increments' | 'sliceMs' | 'longestCallMs'> & Offer

export type LiveMeter = Meter & {
  /** When the party answered; `null` before. All offsets count from here. */
  readonly answeredAt: Instant | null
  /** Where the latest slice begins: what was held before it. Half-way from here to `heldMs` the next is asked for. */
  readonly sliceFromMs: DurationMs
  /** What the member could still reserve after the latest reservation: what his pools have, within his limit. */
  readonly leftMs: DurationMs
  /** His monthly limit leaves less than his pools. */
  readonly isLimited: boolean
  readonly isWarned: boolean
}

export type MeterInput =
  | { readonly kind: 'answered'; readonly at: Instant }
  /** The ledger's answer to `reserve`, which names its operation; `tookMs` 0 = no pool has a whole increment. */
  | ({ readonly kind: 'reserved' } & SliceAnswer)
  /** Neither yes nor no: ask again, under the same name. */
  | { readonly kind: 'reserve-failed'; readonly operationId: OperationId }
  | { readonly kind: 'due'; readonly timer: MeterTimer }

/** `extend`: the next slice is asked for; `warn`: the last minute begins, as far as was known. */
export type MeterTimer = 'extend' | 'warn'

/** Named for what is held: asked twice it is one operation of the ledger, with one answer. */
export type SliceAsked = {
  readonly operationId: OperationId
  readonly heldMs: DurationMs
  readonly beginsAt: Instant
}

export type SliceAnswer = {
  readonly operationId: OperationId
  readonly tookMs: DurationMs
  readonly leftMs: DurationMs
  readonly isLimited: boolean
}

export type MeterEffect =
  /** Answers `reserved` or `reserve-failed`. `heldMs` is what is held already; what is asked for begins at `beginsAt`. */
  | ({ readonly kind: 'reserve' } & SliceAsked)
  /** Sets the one timer of that name anew; `null` stops it. */
  | { readonly kind: 'wake'; readonly timer: MeterTimer; readonly afterMs: number | null }

/** What the room has to act on. `extended`: more is paid, so leases move; `last-minute`: nothing more than until `endsAt`. */
export type MeterNews = { readonly kind: 'extended' } | { readonly kind: 'last-minute'; readonly endsAt: Instant }

export type MeterDecision = {
  readonly meter: LiveMeter
  readonly effects: readonly MeterEffect[]
  readonly news: MeterNews | null
}

/** While the ledger does not answer. */
const ASK_AGAIN_AFTER_MS = 1_000
/** When the pools were empty, others may still give back: asked again at half of the rest, until this much is left. */
const LAST_ASK_BEFORE_END_MS = 5_000
/** Others gave minutes back since the timer was set, if the end lies further off than the warning by this much. */
const EARLY_WARNING_MS = 1_000

/** Slices, the warning and the cut of one party's paid time: what is so, what happened, when → what is so now. */
export function decideMeter(meter: LiveMeter, input: MeterInput, now: Instant): MeterDecision {
  switch (input.kind) {
    case 'answered': {
      const talking = { ...meter, answeredAt: input.at }
      return { meter: talking, effects: timersOf(talking, now), news: null }
    }
    case 'reserved':
      return isAwaited(meter, input) ? extended(meter, input, now) : nothing(meter)
    case 'reserve-failed':
      return isAwaited(meter, input)
        ? { meter, effects: [{ kind: 'wake', timer: 'extend', afterMs: ASK_AGAIN_AFTER_MS }], news: null }
        : nothing(meter)
    case 'due':
      return input.timer === 'extend'
        ? { meter, effects: [{ kind: 'reserve', ...nextSliceOf(meter) }], news: null }
        : warned(meter, now)
    default:
      return unreachable(input)
  }
}

const nothing = (meter: LiveMeter): MeterDecision => ({ meter, effects: [], news: null })

/** When to reserve more, and when to warn; anew after each slice, and after a time in which nobody listened. */
export function timersOf(meter: LiveMeter, now: Instant): readonly MeterEffect[] {
  const elapsedMs = between(talkOf(meter), now)
  const after = (offsetMs: number | null): number | null =>
    offsetMs === null ? null : Math.max(0, offsetMs - elapsedMs)
  return [
    {
      kind: 'wake',
      timer: 'extend',
      afterMs: meter.isLast ? askEmptyPoolsAgainMs(meter, now) : after(extendAfterMs(meter)),
    },
    { kind: 'wake', timer: 'warn', afterMs: meter.isWarned ? null : after(warnAfterMs(meter)) },
  ]
}

function askEmptyPoolsAgainMs(meter: LiveMeter, now: Instant): number | null {
  if (meter.heldMs >= meter.terms.longestCallMs) return null
  const leftMs = paidUntil(meter) - now
  return leftMs <= LAST_ASK_BEFORE_END_MS ? null : Math.floor(leftMs / 2)
}

/**
 * The reservation of what follows the held time. Its id is computed from what is held, so that however often it is asked
 * for, by whom and before or after a crash, it is one operation; and each answer can move a lease once, for then more is
 * held.
 */
export const sliceOperationId = (legId: LegId, heldMs: DurationMs): OperationId =>
  computedId<'operation'>(legId, `reserve:after:${heldMs}`)

function nextSliceOf(meter: LiveMeter): SliceAsked {
  const { legId, heldMs } = meter
  return { operationId: sliceOperationId(legId, heldMs), heldMs, beginsAt: later(talkOf(meter), heldMs) }
}

/** An answer to what was asked before more was held is no news: what it took is among what is held. */
const isAwaited = ({ legId, heldMs }: LiveMeter, { operationId }: { readonly operationId: OperationId }): boolean =>
  operationId === sliceOperationId(legId, heldMs)

function extended(before: LiveMeter, { tookMs, leftMs, isLimited }: SliceAnswer, now: Instant): MeterDecision {
  const isLast = tookMs === 0
  const meter = {
    ...before,
    sliceFromMs: isLast ? before.sliceFromMs : before.heldMs,
    heldMs: durationMs(before.heldMs + tookMs),
    leftMs,
    isLimited,
    isLast,
  }
  const isSafeAgain = meter.isWarned && endsAt(meter) - now > WARNING_MS
  const calm = isSafeAgain ? { ...meter, isWarned: false } : meter
  return { meter: calm, effects: timersOf(calm, now), news: isLast ? null : { kind: 'extended' } }
}

function warned(meter: LiveMeter, now: Instant): MeterDecision {
  const ends = endsAt(meter)
  if (ends - now > WARNING_MS + EARLY_WARNING_MS) return { meter, effects: timersOf(meter, now), news: null }
  return { meter: { ...meter, isWarned: true }, effects: [], news: { kind: 'last-minute', endsAt: ends } }
}

/** The lease of a leg now: what is paid and not talked yet; before the answer it must outlast the ringing, too. */
export const leaseOf = (meter: LiveMeter, { now, ringsMs }: { readonly now: Instant; readonly ringsMs: DurationMs }) =>
  meter.answeredAt === null
    ? leaseBeforeAnswerMs(ringsMs, meter.heldMs)
    : leaseMs(meter, between(meter.answeredAt, now))

/** When the engine ends the talk if nothing more is reserved. */
export const paidUntil = (meter: LiveMeter): Instant => later(talkOf(meter), endsAfterMs(meter))

/** When all that is paid and all that is still free is spent, as far as is known now. */
function endsAt(meter: LiveMeter): Instant {
  const { isLast, leftMs, heldMs, terms } = meter
  const stepMs = terms.increments.nextMs
  const usableMs = isLast ? 0 : Math.floor(leftMs / stepMs) * stepMs
  return later(talkOf(meter), endsAfterMs({ heldMs: durationMs(heldMs + usableMs), terms }))
}

function talkOf({ legId, answeredAt }: LiveMeter): Instant {
  assert(answeredAt !== null, `the meter of leg ${legId} runs before the answer`)
  return answeredAt
}

/** What ends a talk whose time is over. Held for the longest call, nothing more would have been reserved. */
export function reasonOfLease({ heldMs, isLimited, terms }: LiveMeter): EndReason {
  if (heldMs >= terms.longestCallMs) return 'longest-call'
  return isLimited ? 'monthly-limit' : 'minutes-exhausted'
}

/** An end is taken for the lease's from this much before its instant: a log has no word for it. */
const LEASE_TOLERANCE_MS = 1_000

export const isLeaseDue = (meter: LiveMeter, at: Instant): boolean => at >= paidUntil(meter) - LEASE_TOLERANCE_MS

/** What the talk costs: whole increments, never more than is held. */
export const ratedOf = ({ heldMs, terms }: Meter, talkMs: DurationMs): DurationMs =>
  settlementOf(talkMs, heldMs, terms.increments).ratedMs
