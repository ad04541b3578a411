import { durationMs, type DurationMs } from '#kernel'
import type { Slice } from './slice.ts'

/** What a slice is taken from. */
export type Sources = {
  /** What each pool has free, in drawing order. */
  readonly freeMs: readonly number[]
  /** What the member's monthly limit leaves: below 0 when it was lowered since; `null` = there is none. */
  readonly limitLeftMs: number | null
}

/**
 * What each pool gives to a slice, in drawing order: whole increments, together no more than is wanted and than the limit
 * leaves. An increment comes from the first pool that holds it whole; a pool that was passed is not asked again. This is
 * what the ledger's function is held to (decision 0018).
 */
export function take({ wantMs, firstIncrementMs, incrementMs }: Slice, sources: Sources): readonly DurationMs[] {
  const { freeMs, limitLeftMs } = sources
  let restMs: number = limitLeftMs === null ? wantMs : Math.min(wantMs, limitLeftMs)
  let nextMs = firstIncrementMs
  return freeMs.map((poolFreeMs) => {
    const roomMs = Math.min(poolFreeMs, restMs)
    if (roomMs < nextMs) return NOTHING
    const tookMs = nextMs + Math.floor((roomMs - nextMs) / incrementMs) * incrementMs
    restMs -= tookMs
    nextMs = incrementMs
    return durationMs(tookMs)
  })
}

const NOTHING = durationMs(0)

/** One of several slices that are taken together; pools and limit by their place in what is left. */
export type Share = {
  readonly slice: Slice
  readonly draws: readonly number[]
  /** `null` = no limit. */
  readonly limit: number | null
}

/** What pools have free, and what limits leave; by place. */
export type Unspent = { readonly freeMs: readonly number[]; readonly limitsMs: readonly number[] }

/** `all`: everyone has an increment or nobody takes; `as-many`: who comes too late in the order takes nothing. */
export type Together = 'all' | 'as-many'

/**
 * What each gets from its pools, as `take` says it. The first increment of each is set aside before anybody takes more, so
 * that there are as many as there are whole increments; then, in order, each takes the rest of its slice.
 */
export function takeTogether(
  shares: readonly Share[],
  unspent: Unspent,
  how: Together,
): readonly (readonly DurationMs[])[] {
  const [freeMs, limitsMs] = [[...unspent.freeMs], [...unspent.limitsMs]]
  const move = ({ draws, limit }: Share, taken: readonly DurationMs[], sign: 1 | -1): void =>
    taken.forEach((ms, index) => {
      freeMs[draws[index]!]! += sign * ms
      if (limit !== null) limitsMs[limit]! += sign * ms
    })
  const ask = (share: Share, slice: Slice): readonly DurationMs[] =>
    take(slice, {
      freeMs: share.draws.map((place) => freeMs[place]!),
      limitLeftMs: share.limit === null ? null : limitsMs[share.limit]!,
    })
  const asides = shares.map((share) => {
    const { slice } = share
    const aside = ask(share, { ...slice, wantMs: durationMs(Math.min(slice.wantMs, slice.firstIncrementMs)) })
    move(share, aside, -1)
    return aside
  })
  const isNobodys = how === 'all' && asides.some(isNothing)
  return shares.map((share, index) => {
    const aside = asides[index]!
    if (isNobodys || isNothing(aside)) return share.draws.map(() => NOTHING)
    move(share, aside, 1)
    const taken = ask(share, share.slice)
    move(share, taken, -1)
    return taken
  })
}

const isNothing = (taken: readonly DurationMs[]): boolean => taken.every((ms) => ms === 0)

/** What a settled leg used of each of its holds. */
export type Spent = {
  /** As the holds; what a hold has beyond it is released. */
  readonly usedMs: readonly DurationMs[]
  /** Rated time that no hold covers. */
  readonly uncoveredMs: DurationMs
}

/** Rated time is used from the first hold first, by as much as each holds. */
export function spend(heldMs: readonly DurationMs[], ratedMs: DurationMs): Spent {
  let restMs: number = ratedMs
  const usedMs = heldMs.map((holdMs) => {
    const used = Math.min(holdMs, restMs)
    restMs -= used
    return durationMs(used)
  })
  return { usedMs, uncoveredMs: durationMs(restMs) }
}
