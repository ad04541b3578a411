import fc from 'fast-check'
import { expect, test } from 'vitest'
import { between, durationMs, type OperationId } from '#kernel'
import { decide } from './decide.ts'
import { routeLegId } from './leg.ts'
import type { Effect, Input } from './machine.ts'
import { reconcile, type Facts } from './reconcile.ts'
import { meterOf, type Room } from './room.ts'
import { after, arrived, at, CALLER, sampleCall, calleeRings, calleeAnswers } from './sample-call.ts'

const MINUTE = 60_000
const ANSWERED_MS = 1_000
const placed = sampleCall()
const CALLEE = routeLegId(placed.call.id, 0)
const connected = after(placed, [0, arrived], [100, calleeRings], [ANSWERED_MS, calleeAnswers(at(ANSWERED_MS))]).room

const channelOf = (channelId: string) => ({ channelId, callId: placed.call.id, state: 'up' as const })
const bothUp: Facts = {
  bootId: 'e1',
  survey: { askedAt: at(24 * 3_600_000), channels: [channelOf(CALLER), channelOf(CALLEE)] },
  history: new Map(),
  bootEnds: new Map(),
}

/** A connected call and a ledger that applies each operation once; the clock and the answers are the test's. */
class Talk {
  room: Room = connected
  /** A minute is held since the call was placed. */
  ledgerHeldMs = MINUTE
  readonly #applied = new Map<OperationId, number>()
  readonly #asked: OperationId[] = []
  /** The latest instant until which the engine lets the call go on, from its answer. */
  leaseUntilMs = 0

  due(atMs: number): void {
    this.#take(decide(this.room, { kind: 'due', timer: 'extend' }, at(atMs)), atMs)
  }

  reconcile(atMs: number): void {
    this.#take(reconcile(this.room, bothUp, at(atMs)), atMs)
  }

  /** One of the questions is answered, perhaps not for the first time. `isLost`: applied, but nobody hears of it. */
  answer(
    atMs: number,
    given: { readonly which: number; readonly hasMinutes: boolean; readonly isLost: boolean },
  ): void {
    const operationId = this.#asked[given.which % Math.max(1, this.#asked.length)]
    if (operationId === undefined) return
    const tookMs = this.#applied.get(operationId) ?? (given.hasMinutes ? MINUTE : 0)
    if (!this.#applied.has(operationId) && tookMs > 0) {
      this.#applied.set(operationId, tookMs)
      this.ledgerHeldMs += tookMs
    }
    const input: Input = given.isLost
      ? { kind: 'reserve-failed', operationId }
      : { kind: 'reserved', operationId, tookMs: durationMs(tookMs), leftMs: durationMs(10 * MINUTE), isLimited: false }
    this.#take(decide(this.room, input, at(atMs)), atMs)
  }

  #take({ room, effects }: { readonly room: Room; readonly effects: readonly Effect[] }, atMs: number): void {
    this.room = room
    for (const effect of effects) {
      if (effect.kind === 'reserve') this.#asked.push(effect.operationId)
      if (effect.kind === 'lease')
        this.leaseUntilMs = Math.max(this.leaseUntilMs, between(at(ANSWERED_MS), at(atMs)) + effect.leaseMs)
    }
  }
}

const yes = { hasMinutes: true, isLost: false }

test('due, reconciled, due again, answered twice: one operation, one minute', () => {
  const talk = new Talk()
  talk.due(31_000)
  talk.reconcile(31_500)
  talk.due(32_000)
  talk.answer(33_000, { which: 0, ...yes })
  talk.answer(33_001, { which: 1, ...yes })
  expect([meterOf(talk.room).heldMs, talk.ledgerHeldMs, talk.leaseUntilMs]).toEqual([120_000, 120_000, 119_700])
})

type Step = { readonly what: 'due' | 'reconcile' | 'answer'; readonly which: number; readonly kind: number }
const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom('due', 'reconcile', 'answer', 'answer'),
  which: fc.nat(20),
  kind: fc.nat(5),
})

test('however questions, answers and reconciliations cross, the lease never exceeds what the ledger holds', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const talk = new Talk()
      steps.forEach(({ what, which, kind }, index) => {
        const atMs = 31_000 + index
        if (what === 'answer') talk.answer(atMs, { which, hasMinutes: kind > 1, isLost: kind === 5 })
        else talk[what](atMs)
        expect(meterOf(talk.room).heldMs).toBeLessThanOrEqual(talk.ledgerHeldMs)
        expect(talk.leaseUntilMs).toBeLessThanOrEqual(talk.ledgerHeldMs)
      })
    }),
    { numRuns: 500 },
  )
})
