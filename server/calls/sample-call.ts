import { durationMs, instant, later, type E164, type Id, type Instant } from '#kernel'
import type { Input } from './machine.ts'
import { decide } from './decide.ts'
import { payingLegId, type LegEnd, type LiveCall, type Route } from './live-call.ts'
import { sliceOperationId } from './meter.ts'

/** For tests of the machine: one call, two routes, a minute held, and a clock that starts at 0. */
export const T0: Instant = instant(1_800_000_000_000)
export const at = (ms: number): Instant => later(T0, ms)

const id = <N extends string>(digits: number): Id<N> =>
  `00000000-0000-7000-8000-${String(digits).padStart(12, '0')}` as Id<N>

export const CALLER = 'e1-1.1'
const CALL_ID = id<'call'>(1)

const ROUTES: readonly Route[] = [
  {
    trunkId: id(11),
    carrierId: id(21),
    requestUri: 'sip:+8613900000001@192.0.2.1:5060',
    callerId: '+8675500000001',
    failsOverOnTimeout: false,
  },
  {
    trunkId: id(12),
    carrierId: id(22),
    requestUri: 'sip:13900000001@192.0.2.2:5060',
    callerId: '075500000001',
    failsOverOnTimeout: false,
  },
]

export function sampleCall(change: Partial<LiveCall> = {}): LiveCall {
  const minute = durationMs(60_000)
  return {
    call: {
      id: CALL_ID,
      organizationId: id(2),
      memberId: id(3),
      placedAt: T0,
      dialledText: '139 0000 0001',
      terms: {
        dialled: { kind: 'number', number: '+8613900000001' as E164 },
        callerNumber: '+8675500000001' as E164,
        path: 'ip-telephony',
        homeCountry: 'CN',
        planVersionId: id(4),
        routes: [
          { trunkId: id(11), licenceIds: [] },
          { trunkId: id(12), licenceIds: [] },
        ],
      },
      state: { name: 'placed' },
    },
    routes: ROUTES,
    legs: [],
    callerChannelId: null,
    route: -1,
    ringTimeoutMs: minute,
    browserGoneMs: durationMs(15_000),
    ringsUntil: null,
    meter: {
      legId: payingLegId(CALL_ID),
      terms: {
        increments: { firstMs: minute, nextMs: minute },
        sliceMs: minute,
        longestCallMs: durationMs(4 * 3_600_000),
        draws: ['member', 'organization'],
        monthlyGrant: { memberMs: durationMs(0), organizationMs: durationMs(3_600_000) },
      },
      answeredAt: null,
      heldMs: minute,
      isLast: false,
      sliceFromMs: durationMs(0),
      leftMs: durationMs(600_000),
      isLimited: false,
      isWarned: false,
    },
    ending: null,
    ...change,
  }
}

export const arrived: Input = { kind: 'caller-arrived', channelId: CALLER, bootId: 'e1' }

/** What the ledger says to the question that was asked when so much was held. */
export function answered(heldMs: number, tookMs: number, leftMs: number): Input {
  const operationId = sliceOperationId(payingLegId(CALL_ID), durationMs(heldMs))
  return { kind: 'reserved', operationId, tookMs: durationMs(tookMs), leftMs: durationMs(leftMs), isLimited: false }
}

export function failed(heldMs: number): Input {
  return { kind: 'reserve-failed', operationId: sliceOperationId(payingLegId(CALL_ID), durationMs(heldMs)) }
}

/** `ms` after T0, what happened. */
export type Step = readonly [ms: number, input: Input]

/** What is so after these steps, and what the last one asks for. */
export const after = (live: LiveCall, ...steps: readonly Step[]) =>
  steps.reduce((decision, [ms, input]) => decide(decision.live, input, at(ms)), {
    live,
    effects: [],
  } as ReturnType<typeof decide>)

export const endOf = (ms: number, change: Partial<LegEnd> = {}): LegEnd => ({
  at: at(ms),
  by: 'party',
  q850Cause: 16,
  sipStatus: null,
  ...change,
})
