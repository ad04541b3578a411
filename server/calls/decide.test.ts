import { describe, expect, test } from 'vitest'
import { durationMs } from '#kernel'
import type { EndReason } from '#records'
import { routeLegId, type LegEnd } from './leg.ts'
import type { Effect, Input } from './machine.ts'
import { legsOf, meterOf, withMeter, type Room } from './room.ts'
import {
  after,
  answered,
  arrived,
  at,
  CALLER,
  endOf,
  failed,
  sampleCall,
  type Step,
  calleeRings,
  calleeIsHeard,
  calleeAnswers,
  calleeEnds,
  callerEnds,
  tab,
} from './sample-call.ts'

const placed = sampleCall()
const CALLEES = [routeLegId(placed.call.id, 0), routeLegId(placed.call.id, 1)] as const

const calling = after(placed, [0, arrived]).room
const ringing = after(calling, [100, calleeRings]).room
const earlyMedia = after(calling, [100, calleeIsHeard]).room
const connected = after(ringing, [1_000, calleeAnswers(at(1_000))]).room
const onHold = after(connected, [2_000, { kind: 'hold-asked', by: 'initiator' }]).room
const ending = after(connected, [2_000, { kind: 'hangup-asked', by: 'initiator' }]).room
const STATES = { placed, calling, ringing, earlyMedia, connected, onHold, ending }

const stateOf = (room: Room): string =>
  room.ending !== null && room.call.state.name !== 'ended' ? 'ending' : room.call.state.name

/** Effects without the timers that every end stops. */
const named = (effects: readonly Effect[]): readonly string[] =>
  effects.filter((effect) => !(effect.kind === 'wake' && effect.afterMs === null)).map(wordOf)

function wordOf(effect: Effect): string {
  switch (effect.kind) {
    case 'wake':
      return `wake ${effect.timer} ${effect.afterMs}`
    case 'seat':
    case 'lease':
      return `${effect.kind} ${nameOf(effect.channelId)} ${effect.leaseMs}`
    case 'dial':
      return `${effect.seatsCaller ? 'seat and ' : ''}dial ${nameOf(effect.legId)} lease ${effect.leaseMs} for ${effect.timeoutMs}`
    case 'indicate':
      return `tell ${nameOf(effect.channelId)} ${effect.what}`
    case 'hangup':
      return `hang up ${nameOf(effect.channelId)} ${effect.q850Cause}`
    case 'tie':
      return `tie ${nameOf(effect.callerChannelId)} ${nameOf(effect.calleeChannelId)}`
    case 'call-screens':
      return 'call the screens'
    case 'probe':
      return `probe ${nameOf(effect.channelId)}`
    case 'warn':
      return `warn ${effect.endsAt - at(0)}`
    case 'digits':
      return `digits ${nameOf(effect.channelId)} ${effect.digits}`
    case 'untie':
    case 'hold':
    case 'resume':
    case 'announce':
      return `${effect.kind} ${nameOf(effect.channelId)}`
    case 'reserve':
    case 'reconcile':
    case 'close':
      return effect.kind
  }
}

const nameOf = (channelId: string): string => {
  const callee = CALLEES.indexOf(channelId as never)
  return callee === -1 ? (channelId === CALLER ? 'caller' : channelId) : `callee${callee + 1}`
}

const bothLegs = ['hang up caller 16', 'hang up callee1 16', 'wake grace 2000']
const HELD_LESS_GUARD_MS = 59_700

type Row = readonly [what: string, from: keyof typeof STATES, input: Input, to: string, effects: readonly string[]]

const rows: readonly Row[] = [
  [
    'the INVITE comes: leases before the dial',
    'placed',
    arrived,
    'calling',
    ['seat and dial callee1 lease 120000 for 60000', 'wake sign-of-life 4000'],
  ],
  ['no INVITE', 'placed', { kind: 'due', timer: 'abandoned' }, 'ended', ['close']],
  ['thought better of before the INVITE', 'placed', { kind: 'hangup-asked', by: 'initiator' }, 'ended', ['close']],

  ['it rings: the engine tells the caller', 'calling', calleeRings, 'ringing', []],
  ['early media: the engine lets him hear it', 'calling', calleeIsHeard, 'early-media', []],
  ['4 s: has anything come?', 'calling', { kind: 'due', timer: 'sign-of-life' }, 'calling', ['probe callee1']],
  [
    'not a word: untied, left, next route',
    'calling',
    { kind: 'leg-silent', channelId: CALLEES[0] },
    'calling',
    ['untie callee1', 'hang up callee1 16', 'dial callee2 lease 110000 for 50000', 'wake sign-of-life 4000'],
  ],
  ['a late word of silence of another try', 'calling', { kind: 'leg-silent', channelId: CALLEES[1] }, 'calling', []],
  [
    '503: next route',
    'calling',
    calleeEnds(endOf(200, { q850Cause: 34, sipStatus: 503 })),
    'calling',
    ['dial callee2 lease 110000 for 50000', 'wake sign-of-life 4000'],
  ],
  [
    'the engine could not dial: next route',
    'calling',
    { kind: 'leg-impossible', channelId: CALLEES[0] },
    'calling',
    ['dial callee2 lease 110000 for 50000', 'wake sign-of-life 4000'],
  ],
  [
    'busy: the caller is told by its cause',
    'calling',
    calleeEnds(endOf(200, { q850Cause: 17, sipStatus: 486 })),
    'ending',
    ['hang up caller 17', 'wake grace 2000'],
  ],
  [
    'answered without ringing',
    'calling',
    calleeAnswers(at(10_000)),
    'connected',
    [`lease callee1 ${HELD_LESS_GUARD_MS}`, 'tell caller answer', 'wake extend 30000', 'wake warn 599700'],
  ],

  ['early media after ringing', 'ringing', calleeIsHeard, 'early-media', []],
  ['the caller gives up', 'ringing', callerEnds(endOf(300)), 'ending', ['hang up callee1 16', 'wake grace 2000']],
  ['the button', 'ringing', { kind: 'hangup-asked', by: 'initiator' }, 'ending', bothLegs],
  [
    '503 after ringing: next route',
    'ringing',
    calleeEnds(endOf(200, { q850Cause: 34, sipStatus: 503 })),
    'calling',
    ['dial callee2 lease 110000 for 50000', 'wake sign-of-life 4000'],
  ],
  ['hold is for talks', 'ringing', { kind: 'hold-asked', by: 'initiator' }, 'ringing', []],

  [
    '503 after early media is final',
    'earlyMedia',
    calleeEnds(endOf(200, { q850Cause: 34, sipStatus: 503 })),
    'ending',
    ['hang up caller 34', 'wake grace 2000'],
  ],
  ['ringing after early media: still heard', 'earlyMedia', calleeRings, 'early-media', []],

  ['half of the slice is spoken', 'connected', { kind: 'due', timer: 'extend' }, 'connected', ['reserve']],
  [
    'more was reserved: both leases move',
    'connected',
    answered(60_000, 60_000, 540_000),
    'connected',
    ['lease caller 110700', 'lease callee1 110700', 'wake extend 81000', 'wake warn 590700'],
  ],
  [
    'nothing left: asked again at half of the rest; the warning is due',
    'connected',
    answered(60_000, 0, 0),
    'connected',
    ['wake extend 25350', 'wake warn 0'],
  ],
  ['the answer to another question', 'connected', answered(0, 60_000, 540_000), 'connected', []],
  ['the ledger is away', 'connected', failed(60_000), 'connected', ['wake extend 1000']],
  ['a late failure of another question', 'connected', failed(0), 'connected', []],
  ['the caller hangs up', 'connected', callerEnds(endOf(9_000)), 'ending', ['hang up callee1 16', 'wake grace 2000']],
  ['the callee hangs up', 'connected', calleeEnds(endOf(9_000)), 'ending', ['hang up caller 16', 'wake grace 2000']],
  ['the button', 'connected', { kind: 'hangup-asked', by: 'initiator' }, 'ending', bothLegs],
  ['hold', 'connected', { kind: 'hold-asked', by: 'initiator' }, 'connected', ['hold callee1']],
  ['resume without hold', 'connected', { kind: 'resume-asked' }, 'connected', []],
  ['keys', 'connected', { kind: 'digits-asked', by: 'initiator', digits: '12#' }, 'connected', ['digits callee1 12#']],
  [
    'another tab',
    'connected',
    tab('tab2'),
    'connected',
    ['seat tab2 50700', 'tie tab2 callee1', 'untie caller', 'hang up caller 16', 'tell tab2 answer'],
  ],
  ['resume', 'onHold', { kind: 'resume-asked' }, 'connected', ['resume callee1']],
  ['hold on hold', 'onHold', { kind: 'hold-asked', by: 'initiator' }, 'connected', []],

  [
    'legs that say nothing are asked after: speech may go on where the engine was never told',
    'ending',
    { kind: 'due', timer: 'grace' },
    'ending',
    ['reconcile', 'wake grace 2000'],
  ],
  ['one leg has ended', 'ending', calleeEnds(endOf(9_900, { by: 'command' })), 'ending', []],
  ['too late for another tab', 'ending', tab('tab2'), 'ending', ['hang up tab2 21']],
]

test.each(rows)('%s', (...[, from, input, to, effects]) => {
  const decision = after(STATES[from], [10_000, input])
  expect([stateOf(decision.room), named(decision.effects)]).toEqual([to, effects])
})

test('in a room that has had a third channel the caller is told by us', () => {
  const secondRoute = after(calling, [200, calleeEnds(endOf(200, { q850Cause: 34, sipStatus: 503 }))]).room
  const secondTab = after(calling, [200, tab('tab2')]).room
  const told = (room: Room, route: number) =>
    (['leg-ringing', 'leg-early-media'] as const).map((kind) =>
      named(after(room, [300, { kind, channelId: CALLEES[route]! }]).effects),
    )
  expect(told(secondRoute, 1)).toEqual([['tell caller ringing'], ['tell caller early-media']])
  expect(told(secondTab, 0)).toEqual([['tell tab2 ringing'], ['tell tab2 early-media']])
})

test('an ended call stays as it is', () => {
  const ended = after(placed, [1, { kind: 'hangup-asked', by: 'initiator' }]).room
  for (const input of everyInput()) expect(after(ended, [2, input])).toEqual({ room: ended, effects: [] })
})

test('no state falls over any input', () => {
  for (const room of Object.values(STATES))
    for (const input of everyInput()) expect(() => after(room, [10_000, input])).not.toThrow()
})

type SideEnd = readonly [side: 'caller' | 'callee', change: Partial<LegEnd>]

const refused503 = (route: number): Step => [500, calleeEnds(endOf(500, { q850Cause: 34, sipStatus: 503 }), route)]

const reasons: readonly (readonly [what: string, from: Room, steps: readonly Step[], reason: EndReason])[] = [
  ['abandoned', placed, [[20_000, { kind: 'due', timer: 'abandoned' }]], 'abandoned'],
  ['cancelled', ringing, ended(['caller', { q850Cause: 127 }], ['callee', { by: 'command' }]), 'cancelled'],
  [
    'cancelled, seen from the callee’s side first',
    ringing,
    ended(['callee', { by: 'command' }], ['caller', { q850Cause: 127 }]),
    'cancelled',
  ],
  [
    'browser gone while it rings',
    ringing,
    ended(['caller', { by: 'no-media', q850Cause: 44 }], ['callee', { by: 'command' }]),
    'browser-gone',
  ],
  [
    'the ringing timed out',
    ringing,
    ended(['callee', { by: 'command', q850Cause: 19, sipStatus: 480 }], ['caller', { by: 'command' }]),
    'no-answer',
  ],
  [
    'the lease ended the ringing',
    ringing,
    ended(['callee', { by: 'lease' }], ['caller', { by: 'command' }]),
    'no-answer',
  ],
  [
    'rejected',
    ringing,
    ended(['callee', { q850Cause: 21, sipStatus: 603 }], ['caller', { by: 'command' }]),
    'rejected',
  ],
  ['hang-up of the caller', connected, ended(['caller', {}], ['callee', { by: 'command' }]), 'hangup-caller'],
  [
    'hang-up of the caller, the tie’s end first',
    connected,
    ended(['callee', { by: 'command' }], ['caller', {}]),
    'hangup-caller',
  ],
  ['hang-up of the callee', connected, ended(['callee', {}], ['caller', { by: 'command' }]), 'hangup-callee'],
  [
    'hang-up of the callee, the tie’s end first',
    connected,
    ended(['caller', { by: 'command' }], ['callee', {}]),
    'hangup-callee',
  ],
  [
    'browser gone',
    connected,
    ended(['caller', { by: 'no-media', q850Cause: 44 }], ['callee', { by: 'command' }]),
    'browser-gone',
  ],
  ['the lease', connected, ended(['callee', { by: 'lease' }], ['caller', { by: 'command' }]), 'minutes-exhausted'],
  [
    'both leases at once, each ended by the other’s tie',
    connected,
    ended(['callee', { by: 'command', at: at(60_700) }], ['caller', { by: 'command', at: at(60_700) }]),
    'minutes-exhausted',
  ],
  [
    'somebody at the engine’s console',
    connected,
    ended(['callee', { by: 'command' }], ['caller', { by: 'command' }]),
    'network-failure',
  ],
  [
    'all routes refuse with 503',
    calling,
    [refused503(0), refused503(1), ...ended(['caller', { by: 'command' }])],
    'network-failure',
  ],
]

test.each(reasons)('the reason: %s', (...[, from, steps, reason]) => {
  expect(after(from, ...steps).room.call.state).toMatchObject({ name: 'ended', reason })
})

test('the reason: the longest call', () => {
  const meter = meterOf(connected)
  const terms = { ...meter.terms, longestCallMs: durationMs(60_000) }
  const { room } = after(
    withMeter(connected, { ...meter, terms }),
    ...ended(['callee', { by: 'lease' }], ['caller', { by: 'command' }]),
  )
  expect(room.call.state).toMatchObject({ reason: 'longest-call' })
})

/** One side's end, then the other's, if it still lives; 5 s after T0. */
function ended(...ends: readonly [SideEnd, SideEnd?]): readonly Step[] {
  const step = ([side, change]: SideEnd): Step => [
    5_000,
    (side === 'caller' ? callerEnds : calleeEnds)(endOf(5_000, change)),
  ]
  return ends.flatMap((end) => (end === undefined ? [] : [step(end)]))
}

test('a conversation ends when the callee’s leg does', () => {
  const { room } = after(
    connected,
    [9_000, callerEnds(endOf(9_000))],
    [9_003, calleeEnds(endOf(9_003, { by: 'command' }))],
  )
  expect(room.call.state).toEqual({ name: 'ended', answeredAt: at(1_000), endedAt: at(9_003), reason: 'hangup-caller' })
})

test('a 200 that crosses the CANCEL is written down and connects nobody', () => {
  const { room } = after(
    ringing,
    [2_000, { kind: 'hangup-asked', by: 'initiator' }],
    [2_001, calleeAnswers(at(2_001))],
    [2_002, calleeEnds(endOf(2_002, { by: 'command' }))],
    [2_002, callerEnds(endOf(2_002, { by: 'command' }))],
  )
  expect(room.call.state).toMatchObject({ name: 'ended', answeredAt: null, reason: 'cancelled' })
  expect(legsOf(room).at(-1)).toMatchObject({ answeredAt: at(2_001), endedAt: at(2_002) })
})

describe('the warning', () => {
  const last = after(connected, [31_000, answered(60_000, 0, 0)]).room

  test('is seen and heard, with the instant of the cut', () => {
    const { room, effects } = after(last, [31_000, { kind: 'due', timer: 'warn' }])
    expect(named(effects)).toEqual(['warn 60700', 'announce caller'])
    expect(meterOf(room).isWarned).toBe(true)
  })

  test('is taken back when others gave minutes back', () => {
    const { room } = after(last, [31_000, { kind: 'due', timer: 'warn' }], [45_000, answered(60_000, 60_000, 60_000)])
    expect(meterOf(room).isWarned).toBe(false)
  })

  test('pools that were empty are asked again, under the same name, until 5 s before the end', () => {
    const nothing = answered(60_000, 0, 0)
    const again = after(last, [50_000, nothing])
    expect(meterOf(again.room)).toMatchObject({ heldMs: 60_000, isLast: true })
    expect(
      named(after(again.room, [56_000, nothing]).effects).filter((word) => word.startsWith('wake extend')),
    ).toEqual([])
  })
})

function everyInput(): readonly Input[] {
  const end = endOf(10_000)
  return [
    arrived,
    callerEnds(end),
    calleeRings,
    calleeIsHeard,
    calleeAnswers(at(10_000)),
    calleeEnds(end),
    { kind: 'leg-silent', channelId: CALLEES[0] },
    { kind: 'leg-impossible', channelId: CALLEES[0] },
    { kind: 'leg-ended', channelId: 'gone', end },
    { kind: 'leg-answered', channelId: 'gone', at: at(10_000) },
    { kind: 'hangup-asked', by: 'initiator' },
    { kind: 'hold-asked', by: 'initiator' },
    { kind: 'resume-asked' },
    { kind: 'digits-asked', by: 'initiator', digits: '1' },
    answered(60_000, 0, 0),
    failed(60_000),
    ...(['abandoned', 'sign-of-life', 'extend', 'warn', 'grace'] as const).map(
      (timer) => ({ kind: 'due', timer }) as const,
    ),
  ]
}
