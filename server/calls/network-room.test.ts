import { expect, test } from 'vitest'
import { durationMs, type Id } from '#kernel'
import type { Input } from './machine.ts'
import { awaitedColleague, newRoom } from './new-room.ts'
import { partyIdOf } from './party.ts'
import { reconcile } from './reconcile.ts'
import { calleeOf, livingLegs, snapshotOf, type Room } from './room.ts'
import { after, arrived, at, CALLER, callerEnds, endOf, sampleCall, type Step } from './sample-call.ts'

const { call } = sampleCall()
const SCREEN = 'e1-9.1'
const CALLEE_ID = partyIdOf(call.id, 'participant')
const settings = {
  ringTimeoutMs: durationMs(45_000),
  browserGoneMs: durationMs(15_000),
  abandonedMs: durationMs(20_000),
}
const inApp = {
  ...call,
  terms: {
    kind: 'network',
    calleeId: '00000000-0000-7000-8000-000000000009' as Id<'member'>,
    path: 'internet',
    parties: 2,
    planVersionId: '00000000-0000-7000-8000-000000000004' as Id<'plan-version'>,
    longestCallMs: durationMs(3_600_000),
    licenceIds: [],
  },
} as const
const placed = newRoom(inApp, awaitedColleague(inApp), settings)

const screenArrives: Input = { kind: 'leg-arrived', partyId: CALLEE_ID, channelId: SCREEN, bootId: 'e1' }
const rings: Input = { kind: 'screen-rings' }
const due = (timer: 'ring' | 'sign-of-life' | 'abandoned'): Input => ({ kind: 'due', timer })
const told = (reach: 'open' | 'asleep' | 'none' | 'busy'): Input => ({ kind: 'screens-told', reach })

const calling = after(placed, [0, arrived]).room
const ringing = after(calling, [10, told('open')], [200, rings]).room
const connected = after(ringing, [5_000, screenArrives]).room

const stateOf = ({ ending, call: { state } }: Room): string => (ending === null ? state.name : `ends: ${ending.reason}`)

test.for<[string, Room, readonly Step[], string]>([
  ['nobody is rung before the caller is there', placed, [], 'placed'],
  ['the caller is there', placed, [[0, arrived]], 'calling'],
  ['screens are open', calling, [[10, told('open')]], 'calling'],
  ['a screen rings', calling, [[10, rings]], 'ringing'],
  [
    'it rings before they were told of',
    calling,
    [
      [5, rings],
      [10, told('none')],
    ],
    'ringing',
  ],
  ['there is no screen', calling, [[10, told('none')]], 'ends: unreachable'],
  ['he has calls enough', calling, [[10, told('busy')]], 'ends: busy'],
  ['no screen says that it rings', calling, [[8_010, due('sign-of-life')]], 'ends: unreachable'],
  ['one does, and later nothing is due', ringing, [[8_010, due('sign-of-life')]], 'ringing'],
  ['nobody answers', ringing, [[45_000, due('ring')]], 'ends: no-answer'],
  ['declined', ringing, [[1_000, { kind: 'declined' }]], 'ends: rejected'],
  ['declined too late', connected, [[6_000, { kind: 'declined' }]], 'connected'],
  ['rung out too late', connected, [[45_000, due('ring')]], 'connected'],
  [
    'the callee hangs up before he answered',
    ringing,
    [[1_000, { kind: 'hangup-asked', by: 'participant' }]],
    'ends: rejected',
  ],
  ['the callee hangs up', connected, [[9_000, { kind: 'hangup-asked', by: 'participant' }]], 'ends: hangup-callee'],
  ['the caller gives up', ringing, [[1_000, callerEnds(endOf(1_000))]], 'ends: cancelled'],
  [
    'the longest call is over',
    connected,
    [[3_605_000, callerEnds(endOf(3_605_000, { by: 'lease' }))]],
    'ends: longest-call',
  ],
  ['the callee comes first', placed, [[0, screenArrives]], 'placed'],
  [
    'then the caller',
    placed,
    [
      [0, screenArrives],
      [50, arrived],
    ],
    'connected',
  ],
])('%s', ([_given, room, steps, state]) => {
  const { room: next, effects } = after(room, ...steps)
  expect(stateOf(next)).toBe(state)
  const isLeft = livingLegs(next).length > 0
  if (state.startsWith('ends') && isLeft) expect(effects).toContainEqual(expect.objectContaining({ kind: 'hangup' }))
})

test('answered: both are in the room, leased for the longest call, tied, and told', () => {
  const { effects } = after(ringing, [5_000, screenArrives])
  const lease = { leaseMs: 3_600_000 }
  expect(effects.filter(({ kind }) => kind !== 'wake')).toEqual([
    { kind: 'seat', channelId: SCREEN, partyId: CALLEE_ID, ...lease },
    { kind: 'lease', channelId: CALLER, ...lease },
    { kind: 'lease', channelId: SCREEN, ...lease },
    { kind: 'tie', callerChannelId: CALLER, calleeChannelId: SCREEN },
    { kind: 'indicate', channelId: SCREEN, what: 'answer' },
    { kind: 'indicate', channelId: CALLER, what: 'answer' },
  ])
})

test('while it rings the engine ends a caller whom nobody watches any more, a little after the ring', () => {
  expect(after(placed, [0, arrived]).effects).toContainEqual(
    expect.objectContaining({ kind: 'seat', channelId: CALLER, leaseMs: 50_000 }),
  )
})

test('whoever holds, the other hears music', () => {
  const by = (role: 'initiator' | 'participant') => after(connected, [6_000, { kind: 'hold-asked', by: role }]).effects
  expect([by('initiator'), by('participant')]).toEqual([
    [{ kind: 'hold', channelId: SCREEN }],
    [{ kind: 'hold', channelId: CALLER }],
  ])
})

test('nothing is paid', () => {
  expect(snapshotOf(connected)).toMatchObject({
    kind: 'network',
    paidUntil: null,
    leftMs: null,
    number: null,
    callerNumber: null,
  })
})

const channel = (channelId: string, partyId?: string) =>
  ({ channelId, callId: call.id, state: 'up', ...(partyId === undefined ? {} : { partyId }) }) as const
const facts = (...channels: ReturnType<typeof channel>[]) => ({
  bootId: 'e1',
  survey: { askedAt: at(9_000), channels },
  history: new Map(),
  bootEnds: new Map(),
})

test('taken over while it rings: the screens are told anew, and the ring goes on for what is left', () => {
  const { room, effects } = reconcile(ringing, facts(channel(CALLER)), at(10_000))
  expect(stateOf(room)).toBe('ringing')
  expect(effects).toContainEqual({ kind: 'wake', timer: 'ring', afterMs: 35_000 })
  expect(effects).toContainEqual({ kind: 'call-screens' })
})

test('taken over after an answer that was never written down: whose channel it is the engine knows', () => {
  const { room, effects } = reconcile(ringing, facts(channel(CALLER), channel(SCREEN, CALLEE_ID)), at(10_000))
  expect(stateOf(room)).toBe('connected')
  expect(calleeOf(room).channelId).toBe(SCREEN)
  expect(effects.filter(({ kind }) => kind === 'seat')).toHaveLength(2)
})

test('taken over, and the caller is gone: it is over', () => {
  expect(reconcile(ringing, facts(), at(10_000)).room.call.state).toMatchObject({ name: 'ended', answeredAt: null })
})
