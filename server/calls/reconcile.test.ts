import { expect, test } from 'vitest'
import type { LiveChannel } from './engine.ts'
import type { EndReason } from '#records'
import { routeLegId } from './leg.ts'
import { reconcile, type Facts } from './reconcile.ts'
import { calleeOf, legsOf, type Room } from './room.ts'
import {
  after,
  arrived,
  at,
  calleeAnswers,
  calleeRings,
  CALLER,
  sampleCall,
  tab,
  withoutLegsOf,
} from './sample-call.ts'
import type { ChannelHistory } from './engine-log.ts'

const placed = sampleCall()
const CALLEE = routeLegId(placed.call.id, 0)
const calling = after(placed, [0, arrived]).room
const ringing = after(calling, [100, calleeRings]).room
const connected = after(ringing, [1_000, calleeAnswers(at(1_000))]).room

const channel = (channelId: string, state: LiveChannel['state'] = 'up'): LiveChannel => ({
  channelId,
  callId: placed.call.id,
  state,
})

const told = (channelId: string, change: Partial<ChannelHistory>): ChannelHistory => ({
  channelId,
  bootId: 'e1',
  answeredAt: null,
  endedAt: null,
  q850Cause: null,
  sipStatus: null,
  endedBy: null,
  ...change,
})

const facts = (
  channels: readonly LiveChannel[],
  history: readonly ChannelHistory[],
  change: Partial<Facts> = {},
): Facts => ({
  bootId: 'e1',
  survey: { askedAt: at(9_000), channels },
  history: new Map(history.map((one) => [one.channelId, one])),
  bootEnds: new Map(),
  ...change,
})

const NOW = at(10_000)
const kinds = (room: Room, known: Facts) => reconcile(room, known, NOW).effects.map((effect) => effect.kind)
const stateAfter = (room: Room, known: Facts) => reconcile(room, known, NOW).room.call.state

test('both parties room: leases, tie and timers are set again', () => {
  const known = facts([channel(CALLER), channel(CALLEE)], [told(CALLEE, { answeredAt: at(1_000) })])
  expect(stateAfter(connected, known)).toEqual(connected.call.state)
  expect(kinds(connected, known)).toEqual(['lease', 'lease', 'tie', 'wake', 'wake'])
})

test('answered meanwhile: connected from the log’s instant', () => {
  const known = facts([channel(CALLER), channel(CALLEE)], [told(CALLEE, { answeredAt: at(4_000) })])
  expect(stateAfter(ringing, known)).toEqual({ name: 'connected', answeredAt: at(4_000), isOnHold: false })
})

test('answered meanwhile, of which the log has no word yet: connected from now, like any answer', () => {
  const { room } = reconcile(ringing, facts([channel(CALLER, 'ringing'), channel(CALLEE)], []), NOW)
  expect(room.call.state).toEqual({ name: 'connected', answeredAt: NOW, isOnHold: false })
  expect(legsOf(room).map(({ answeredAt }) => answeredAt)).toEqual([NOW, NOW])
  expect(calleeOf(room).state).toBe('in')
})

test('answered meanwhile, and the caller was not told yet', () => {
  const known = facts([channel(CALLER, 'ringing'), channel(CALLEE)], [told(CALLEE, { answeredAt: at(4_000) })])
  expect(kinds(ringing, known)).toContain('indicate')
})

test('it still rings', () => {
  const known = facts([channel(CALLER, 'ringing'), channel(CALLEE, 'ringing')], [])
  expect(stateAfter(calling, known)).toEqual({ name: 'ringing' })
})

test('whether the caller was put into the room before the crash is not asked: he is again, while nothing was heard', () => {
  const heard = (callee: LiveChannel['state']) => facts([channel(CALLER, 'ringing'), channel(CALLEE, callee)], [])
  expect(kinds(calling, heard('down'))).toEqual(['seat', 'wake'])
  expect(kinds(calling, heard('ringing'))).toEqual(['wake'])
})

test('a leg that was created and never written down is known by its computed id', () => {
  const lost = withoutLegsOf('participant', calling)
  const { room } = reconcile(lost, facts([channel(CALLER, 'ringing'), channel(CALLEE, 'ringing')], []), NOW)
  expect([calleeOf(room).reach, legsOf(room).at(-1)?.id]).toEqual([expect.objectContaining({ route: 0 }), CALLEE])
})

test('a leg that the engine ended itself, since nobody was there to dial it, is followed by the next route', () => {
  const known = facts([channel(CALLER, 'down')], [told(CALLEE, { endedAt: at(5), q850Cause: 21, endedBy: 'party' })])
  const { room, effects } = reconcile(calling, known, NOW)
  expect(effects).toMatchObject([
    { kind: 'seat', channelId: CALLER },
    { kind: 'dial', legId: routeLegId(placed.call.id, 1) },
    { kind: 'wake' },
  ])
  expect(legsOf(room).map(({ q850Cause }) => q850Cause)).toEqual([null, 34, null])
})

test('a callee who refused meanwhile is not dialled again', () => {
  const refused = told(CALLEE, { endedAt: at(5), q850Cause: 21, sipStatus: 603, endedBy: 'party' })
  const { room, effects } = reconcile(calling, facts([channel(CALLER, 'down')], [refused]), NOW)
  expect(effects).toContainEqual({ kind: 'hangup', channelId: CALLER, q850Cause: 16 })
  expect(room.ending).toMatchObject({ reason: 'rejected' })
})

test('of a call that lost all its legs with the database the log says when it was answered and ended', () => {
  const history = [told(CALLEE, { answeredAt: at(1_000), endedAt: at(7_000), q850Cause: 16, endedBy: 'party' })]
  expect(stateAfter(placed, facts([], history))).toMatchObject({
    name: 'ended',
    answeredAt: at(1_000),
    endedAt: at(7_000),
    reason: 'hangup-callee',
  })
  const lostEngine = [told(CALLEE, { bootId: 'e0', answeredAt: at(1_000) })]
  const died = facts([], lostEngine, { bootEnds: new Map([['e0', at(5_000)]]) })
  expect(stateAfter(placed, died)).toMatchObject({
    answeredAt: at(1_000),
    endedAt: at(5_000),
    reason: 'engine-failure',
  })
  expect(stateAfter(placed, facts([], []))).toEqual(placed.call.state)
})

const both = (change: Partial<ChannelHistory>, other: Partial<ChannelHistory> = {}): readonly ChannelHistory[] => [
  told(CALLEE, { answeredAt: at(1_000), endedAt: at(7_000), q850Cause: 16, endedBy: 'engine', ...change }),
  told(CALLER, { answeredAt: at(1_000), endedAt: at(7_001), q850Cause: 16, endedBy: 'engine', ...other }),
]

const ends: readonly (readonly [what: string, room: Room, known: Facts, endedAt: number, reason: EndReason])[] = [
  ['the callee hung up', connected, facts([], both({ endedBy: 'party' })), 7_000, 'hangup-callee'],
  ['the caller hung up', connected, facts([], both({}, { endedBy: 'party' })), 7_000, 'hangup-caller'],
  ['the browser was gone', connected, facts([], both({}, { q850Cause: 44 })), 7_000, 'browser-gone'],
  ['the engine cut at its deadline', connected, facts([], both({ endedAt: at(60_701) })), 60_701, 'minutes-exhausted'],
  [
    'answered, talked and hung up, all meanwhile',
    ringing,
    facts([], both({ endedBy: 'party' })),
    7_000,
    'hangup-callee',
  ],
  [
    'the engine died',
    connected,
    facts([], [], { bootId: 'e2', bootEnds: new Map([['e1', at(8_000)]]) }),
    8_000,
    'engine-failure',
  ],
  [
    'the engine died, and nobody knows when: nothing is charged that nobody can prove',
    connected,
    facts([], [], { bootId: 'e2', bootEnds: new Map([['e1', null]]) }),
    1_000,
    'engine-failure',
  ],
  [
    'busy',
    calling,
    facts([], both({ answeredAt: null, q850Cause: 17, endedBy: 'party' }, { answeredAt: null })),
    7_001,
    'busy',
  ],
  [
    'the caller gave up',
    ringing,
    facts([], both({ answeredAt: null }, { answeredAt: null, endedBy: 'party' })),
    7_001,
    'cancelled',
  ],
  [
    'ended before the engine died',
    connected,
    facts([], both({ endedBy: 'party' }), { bootId: 'e2', bootEnds: new Map([['e1', at(8_000)]]) }),
    7_000,
    'hangup-callee',
  ],
]

test.each(ends)('ended meanwhile: %s', (...[, room, known, endedAt, reason]) => {
  expect(stateAfter(room, known)).toMatchObject({ name: 'ended', endedAt: at(endedAt), reason })
})

test('a leg that is younger than the survey is not judged by it', () => {
  const { room } = after(calling, [9_500, { kind: 'leg-silent', channelId: CALLEE }])
  const known = facts([channel(CALLER, 'ringing')], [told(CALLEE, { endedAt: at(9_501), endedBy: 'engine' })])
  const decision = reconcile(room, known, NOW)
  expect(decision.room.call.state).toEqual({ name: 'calling' })
  expect(legsOf(decision.room).map(({ endedAt }) => endedAt)).toEqual([null, at(9_501), null])
})

test('another tab that came after the survey is not judged by it', () => {
  const { room } = after(connected, [9_500, tab('tab2')])
  expect(stateAfter(room, facts([channel(CALLER), channel(CALLEE)], []))).toEqual(connected.call.state)
})

test('a hang-up that the engine was never told is told again, and nothing is settled while speech goes on', () => {
  const asked = after(
    connected,
    [2_000, { kind: 'hangup-asked', by: 'initiator' }],
    [4_000, { kind: 'due', timer: 'grace' }],
  ).room
  expect(asked.call.state.name).toBe('connected')
  const known = facts([channel(CALLER), channel(CALLEE)], [])
  expect(kinds(asked, known)).toEqual(expect.arrayContaining(['hangup', 'hangup', 'wake']))
  expect(stateAfter(asked, known)).toEqual(connected.call.state)
})

test('a hang-up that nobody confirmed ends when the log says, for the reason that was given', () => {
  const asked = after(
    connected,
    [2_000, { kind: 'hangup-asked', by: 'initiator' }],
    [4_000, { kind: 'due', timer: 'grace' }],
  ).room
  expect(stateAfter(asked, facts([], both({})))).toMatchObject({
    name: 'ended',
    endedAt: at(7_000),
    reason: 'hangup-caller',
  })
})

test('a route that was left and answered is hung up and written down while the next one is tried', () => {
  const { room } = after(calling, [4_000, { kind: 'leg-silent', channelId: CALLEE }])
  const next = routeLegId(placed.call.id, 1)
  const known = facts(
    [channel(CALLER, 'ringing'), channel(CALLEE), channel(next, 'ringing')],
    [told(CALLEE, { answeredAt: at(4_005) })],
  )
  const { room: now, effects } = reconcile(room, known, NOW)
  expect(legsOf(now).find(({ channelId }) => channelId === CALLEE)).toMatchObject({ answeredAt: at(4_005) })
  expect(effects).toContainEqual({ kind: 'hangup', channelId: CALLEE, q850Cause: 16 })
  expect(now.call.state).toEqual({ name: 'ringing' })
})

test('one party lives: it is hung up', () => {
  const known = facts(
    [channel(CALLER)],
    [told(CALLEE, { answeredAt: at(1_000), endedAt: at(7_000), endedBy: 'party' })],
  )
  expect(kinds(connected, known)).toContain('hangup')
})

test('a 200 that came after the caller had left connects nobody', () => {
  const late = [
    told(CALLER, { endedAt: at(3_000), endedBy: 'party', q850Cause: 127 }),
    told(CALLEE, { answeredAt: at(3_001), endedAt: at(3_002), endedBy: 'engine' }),
  ]
  expect(stateAfter(ringing, facts([], late))).toMatchObject({ name: 'ended', answeredAt: null, reason: 'cancelled' })
})
