import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lifeOf, memberMonthOf, type Funds, type Life, type Pool, type Talk } from '#entitlements'
import { between, durationMs, instant, later, newId, type DurationMs, type Instant, type PoolId } from '#kernel'
import { PureLedger } from '../testing/pure-ledger.ts'
import type { CallDependencies } from './dependencies.ts'
import { decideMeter, paidUntil, ratedOf, sliceOperationId, type LiveMeter, type MeterDecision } from './meter.ts'
import { reserveSlice, type SliceTaken } from './reserve.ts'

/** Seconds, but where it is said. */
type Given = {
  readonly increments: string
  readonly slice: number
  readonly longest: number
  /** One after the other: how long after the one before it is placed, rings, and talks in ms. */
  readonly talks: readonly { readonly pause: number; readonly rings: number; readonly talkMs: number }[]
  /** Two pools of this month, two of the next. */
  readonly free: readonly number[]
  /** The member's limit in each month; what he has used before of the first. */
  readonly limit: number | null
  readonly used: number
  readonly untilEdge: number
}

const T0 = instant(Date.UTC(2026, 10, 23, 12))
const owner = { organizationId: newId<'organization'>(), memberId: newId<'member'>() }
const poolIds: readonly PoolId[] = Array.from({ length: 5 }, () => newId<'pool'>())
/** Where was drawn what the member had used before. */
const ELSEWHERE = poolIds[4]!

/** The stores of a member and his organization, in memory, and a clock that runs from one timer to the next. */
class House {
  readonly ledger: PureLedger
  readonly #edges: readonly [Instant, Instant]
  readonly #stores: CallDependencies['stores']

  constructor({ free, limit, used, untilEdge }: Given) {
    this.#edges = [later(T0, untilEdge * 1000), later(T0, (untilEdge + 30 * 86_400) * 1000)]
    this.ledger = new PureLedger(new Map([...free, 100_000].map((seconds, place) => [poolIds[place]!, seconds * 1000])))
    const limitMs = limit === null ? null : durationMs(limit * 1000)
    const limits = { own: { mayCall: null, monthlyMs: limitMs }, departments: [] }
    this.#stores = {
      ledger: { reserve: async (asked: never) => this.ledger.reserve(asked) },
      entitlements: { openPools: async (_: unknown, sought: { readonly at: Instant }) => this.#pools(sought.at) },
      directory: { limitsOf: async () => limits },
    } as never
    this.#useBefore(durationMs(used * 1000))
  }

  reserve(meter: Pick<LiveMeter, 'legId' | 'terms' | 'heldMs'>, beginsAt: Instant, now: Instant): Promise<SliceTaken> {
    const asked = { operationId: sliceOperationId(meter.legId, meter.heldMs), heldMs: meter.heldMs, beginsAt }
    return reserveSlice({ ...asked, owner, meter, now }, { stores: this.#stores })
  }

  funds({ limit }: Given): Funds {
    return {
      freeMs: poolIds.map((poolId) => this.ledger.freeMs(poolId)),
      months: this.#edges.map((endsAt, month) => ({
        draws: [2 * month, 2 * month + 1],
        endsAt,
        limitLeftMs: limit === null ? null : limit * 1000 - this.#spentMs(endsAt),
      })),
    }
  }

  #pools(at: Instant): readonly Pool[] {
    const month = this.#edges.findIndex((edge) => at < edge)
    if (month < 0) return []
    const period = { from: instant(0), until: this.#edges[month]! }
    const none = durationMs(0)
    return poolIds.slice(2 * month, 2 * month + 2).map((id) => {
      const grantedMs = durationMs(this.ledger.freeMs(id))
      return { id, ...owner, bucket: 'member', period, grantedMs, usedMs: none, heldMs: none, seq: 1 }
    })
  }

  #spentMs(endsAt: Instant): number {
    const { usedMs, heldMs } = this.ledger.month(memberMonthOf(owner.memberId, endsAt)) ?? { usedMs: 0, heldMs: 0 }
    return usedMs + heldMs
  }

  #useBefore(ms: DurationMs): void {
    const legId = newId<'leg'>()
    const cap = { ...memberMonthOf(owner.memberId, this.#edges[0]), limitMs: null }
    const step = durationMs(1)
    const sizes = { wantMs: ms, firstIncrementMs: step, incrementMs: step }
    this.ledger.reserve({ operationId: newId(), legId, poolIds: [ELSEWHERE], ...sizes, cap, at: T0 })
    this.ledger.settle({ operationId: newId(), legId, ratedMs: ms, at: T0 })
  }
}

/** Lets the meter run: its timers, its questions, the engine's cut; then the ledger settles. */
async function lived(talk: Talk, house: House): Promise<Omit<Life, 'overrunMs'>> {
  const terms = { ...talk.terms, draws: [], monthlyGrant: { memberMs: durationMs(0), organizationMs: durationMs(0) } }
  const legId = newId<'leg'>()
  const first = await house.reserve({ legId, terms, heldMs: durationMs(0) }, talk.placedAt, talk.placedAt)
  const slices = first.tookMs === 0 ? [] : [{ askedAfterMs: durationMs(0), tookMs: first.tookMs }]
  const paid = { legId, terms, heldMs: first.tookMs, leftMs: first.leftMs, isLimited: first.isLimited, isLast: false }
  let meter: LiveMeter = { ...paid, answeredAt: null, sliceFromMs: durationMs(0), isWarned: false }
  const due = new Map<string, Instant>()
  const follow = async (decision: MeterDecision, now: Instant): Promise<void> => {
    meter = decision.meter
    for (const effect of decision.effects) {
      if (effect.kind === 'wake') {
        due.delete(effect.timer)
        if (effect.afterMs !== null) due.set(effect.timer, later(now, effect.afterMs))
        continue
      }
      const { tookMs, leftMs, isLimited } = await house.reserve(meter, effect.beginsAt, now)
      if (tookMs > 0) slices.push({ askedAfterMs: between(talk.answeredAt, now), tookMs })
      const answer = { operationId: effect.operationId, tookMs, leftMs, isLimited }
      await follow(decideMeter(meter, { kind: 'reserved', ...answer }, now), now)
    }
  }
  const hangsUpAt = later(talk.answeredAt, talk.talkMs)
  const isAnswered = talk.talkMs > 0 && first.tookMs > 0
  if (isAnswered)
    await follow(decideMeter(meter, { kind: 'answered', at: talk.answeredAt }, talk.answeredAt), talk.answeredAt)
  const endsAt = () => (isAnswered ? Math.min(hangsUpAt, paidUntil(meter)) : talk.answeredAt)
  for (;;) {
    const [next] = [...due].toSorted(([, a], [, b]) => a - b)
    if (next === undefined || next[1] >= endsAt()) break
    due.delete(next[0])
    await follow(decideMeter(meter, { kind: 'due', timer: next[0] as 'extend' | 'warn' }, next[1]), next[1])
  }
  const ratedMs = ratedOf(meter, between(talk.answeredAt, instant(endsAt())))
  const { draws } = house.ledger.settle({ operationId: newId(), legId, ratedMs, at: instant(endsAt()) })
  const isCut = talk.talkMs > 0 && hangsUpAt > (isAnswered ? paidUntil(meter) : talk.answeredAt)
  return {
    slices,
    heldMs: meter.heldMs,
    cutAfterMs: isCut ? between(talk.answeredAt, instant(endsAt())) : null,
    ratedMs,
    draws: draws.map(({ poolId, usedMs }) => ({ place: poolIds.indexOf(poolId), usedMs })),
  }
}

const given: fc.Arbitrary<Given> = fc.record({
  increments: fc.constantFrom('60/60', '6/6', '1/1', '30/6', '60/1', '1/60'),
  slice: fc.constantFrom(1, 30, 60, 60, 300),
  longest: fc.oneof(fc.constant(4 * 3600), fc.integer({ min: 1, max: 600 })),
  talks: fc.array(
    fc.record({
      pause: fc.oneof(fc.constant(0), fc.nat(600)),
      rings: fc.oneof(fc.constant(0), fc.nat(60)),
      // To the second, too, and to the cut: edges are where it can go wrong.
      talkMs: fc.oneof(
        fc.constant(0),
        fc.nat(1_500_000),
        fc.nat(20).map((count) => count * 15_000),
        fc.integer({ min: 1, max: 5 }).map((count) => count * 60_000 - 300),
      ),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  free: fc.array(fc.oneof(fc.nat(90), fc.nat(1_200)), { minLength: 4, maxLength: 4 }),
  limit: fc.option(fc.nat(1_500)),
  used: fc.nat(400),
  untilEdge: fc.oneof(fc.integer({ min: 1, max: 3_000 }), fc.constantFrom(60, 120, 180, 300, 86_400)),
})

test('the money of a life, told in advance, is what meter and ledger make of it', async () => {
  await fc.assert(
    fc.asyncProperty(given, async (facts) => {
      const house = new House(facts)
      const [first, next] = facts.increments.split('/').map((seconds) => durationMs(Number(seconds) * 1000))
      const increments = { firstMs: first!, nextMs: next! }
      const terms = {
        increments,
        sliceMs: durationMs(facts.slice * 1000),
        longestCallMs: durationMs(facts.longest * 1000),
      }
      let placedAt = T0
      for (const { pause, rings, talkMs } of facts.talks) {
        placedAt = later(placedAt, pause * 1000)
        const talk = { terms, placedAt, answeredAt: later(placedAt, rings * 1000), talkMs: durationMs(talkMs) }
        const { overrunMs, ...told } = lifeOf(talk, house.funds(facts))
        const draws = told.draws.toSorted((a, b) => (poolIds[a.place]! < poolIds[b.place]! ? -1 : 1))
        expect({ ...told, draws }).toEqual(await lived(talk, house))
        expect(overrunMs).toBe(Math.max(0, talkMs - told.heldMs))
        placedAt = later(talk.answeredAt, talkMs)
      }
    }),
    { numRuns: 300 },
  )
})
