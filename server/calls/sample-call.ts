import { durationMs, instant, later, type E164, type Id, type Instant } from '#kernel'
import type { Input } from './machine.ts'
import { decide } from './decide.ts'
import { payingLegId, routeLegId, type LegEnd } from './leg.ts'
import { sliceOperationId, type LiveMeter } from './meter.ts'
import { partyIdOf, type PartyRole, type Route } from './party.ts'
import { withParty, type Room } from './room.ts'

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

const minute = durationMs(60_000)

const METER: LiveMeter = {
  legId: payingLegId(CALL_ID),
  terms: {
    increments: { firstMs: minute, nextMs: minute },
    sliceMs: minute,
    longestCallMs: durationMs(4 * 3_600_000),
    draws: ['member', 'organization'],
    monthlyGrant: { memberMs: durationMs(0), organizationMs: durationMs(3_600_000) },
  },
  heldMs: minute,
  isLast: false,
  answeredAt: null,
  sliceFromMs: durationMs(0),
  leftMs: durationMs(600_000),
  isLimited: false,
  isWarned: false,
}

export const sampleCall = (): Room => ({
  call: {
    id: CALL_ID,
    organizationId: id(2),
    memberId: id(3),
    placedAt: T0,
    dialledText: '139 0000 0001',
    terms: {
      kind: 'business',
      dialled: { kind: 'number', number: '+8613900000001' as E164 },
      callerNumber: '+8675500000001' as E164,
      path: 'ip-telephony',
      parties: 2,
      homeCountry: 'CN',
      planVersionId: id(4),
      routes: [
        { trunkId: id(11), licenceIds: [] },
        { trunkId: id(12), licenceIds: [] },
      ],
    },
    state: { name: 'placed' },
  },
  parties: [
    {
      id: partyIdOf(CALL_ID, 'initiator'),
      role: 'initiator',
      who: { memberId: id(3), number: null },
      reach: { kind: 'expected' },
      state: 'awaited',
      legs: [],
      channelId: null,
      meter: null,
    },
    {
      id: partyIdOf(CALL_ID, 'participant'),
      role: 'participant',
      who: { memberId: null, number: '+8613900000001' as E164 },
      reach: { kind: 'hunted', routes: ROUTES, route: -1 },
      state: 'awaited',
      legs: [],
      channelId: null,
      meter: METER,
    },
  ],
  ringTimeoutMs: minute,
  browserGoneMs: durationMs(15_000),
  ringsUntil: null,
  ending: null,
})

/** A browser of the caller's has dialled in. */
export const tab = (channelId: string): Input => ({
  kind: 'leg-arrived',
  partyId: partyIdOf(CALL_ID, 'initiator'),
  channelId,
  bootId: 'e1',
})

export const arrived = tab(CALLER)

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
export const after = (room: Room, ...steps: readonly Step[]) =>
  steps.reduce((decision, [ms, input]) => decide(decision.room, input, at(ms)), {
    room,
    effects: [],
  } as ReturnType<typeof decide>)

export const endOf = (ms: number, change: Partial<LegEnd> = {}): LegEnd => ({
  at: at(ms),
  by: 'party',
  q850Cause: 16,
  sipStatus: null,
  ...change,
})

/** Of the callee's leg over the route of that number. */
const channelOf = (route: number): string => routeLegId(CALL_ID, route)

export const calleeRings: Input = { kind: 'leg-ringing', channelId: channelOf(0) }
export const calleeIsHeard: Input = { kind: 'leg-early-media', channelId: channelOf(0) }
export const calleeAnswers = (when: Instant, route = 0): Input => ({
  kind: 'leg-answered',
  channelId: channelOf(route),
  at: when,
})
export const calleeEnds = (end: LegEnd, route = 0): Input => ({
  kind: 'leg-ended',
  channelId: channelOf(route),
  end,
})
export const callerEnds = (end: LegEnd): Input => ({ kind: 'leg-ended', channelId: CALLER, end })

/** As if that party had never had a leg. */
export const withoutLegsOf = (role: PartyRole, room: Room): Room => {
  const party = room.parties.find((each) => each.role === role)!
  const reach = party.reach.kind === 'hunted' ? { ...party.reach, route: -1 } : party.reach
  return withParty(room, { ...party, reach, legs: [], channelId: null })
}
