import { expect, test } from 'vitest'
import { legsOf } from './room.ts'
import { cutOff } from './ending.ts'
import { routeLegId } from './leg.ts'
import {
  after,
  arrived,
  at,
  calleeAnswers,
  calleeEnds,
  calleeIsHeard,
  calleeRings,
  CALLER,
  callerEnds,
  endOf,
  sampleCall,
  withoutLegsOf,
} from './sample-call.ts'

const placed = sampleCall()
const CALLEES = [routeLegId(placed.call.id, 0), routeLegId(placed.call.id, 1)] as const
const calling = after(placed, [0, arrived]).room
const ringing = after(calling, [100, calleeRings]).room
const connected = after(ringing, [1_000, calleeAnswers(at(1_000))]).room

test('a 200 of a route that was left is written down and hung up', () => {
  const left = after(calling, [4_000, { kind: 'leg-silent', channelId: CALLEES[0] }]).room
  const crossed = after(left, [4_010, { kind: 'leg-answered', channelId: CALLEES[0], at: at(4_005) }])
  expect(crossed.effects).toEqual([{ kind: 'hangup', channelId: CALLEES[0], q850Cause: 16 }])
  const { room } = after(
    crossed.room,
    [5_000, calleeAnswers(at(5_000), 1)],
    [5_500, { kind: 'leg-ended', channelId: CALLEES[0], end: endOf(5_005, { by: 'command' }) }],
    [9_000, calleeEnds(endOf(9_000), 1)],
    [9_001, callerEnds(endOf(9_001, { by: 'command' }))],
  )
  expect(legsOf(room).find(({ id }) => id === CALLEES[0])).toMatchObject({ answeredAt: at(4_005), endedAt: at(5_005) })
})

test('a call without the leg that its state must have is a fault, and not an empty name', () => {
  expect(() =>
    after(withoutLegsOf('participant', connected), [2_000, { kind: 'hold-asked', by: 'initiator' }]),
  ).toThrow('has no callee')
  expect(() => after(withoutLegsOf('initiator', ringing), [2_000, calleeIsHeard])).toThrow('has no caller')
})

test.each([
  ['from the answer on', 16_000, null],
  ['only later', 20_000, at(1_000)],
])('a caller who is silent %s: only who was there is charged', (_, endedMs, answeredAt) => {
  const { room } = after(
    connected,
    [endedMs, callerEnds(endOf(endedMs, { by: 'no-media', q850Cause: 44 }))],
    [endedMs, calleeEnds(endOf(endedMs, { by: 'command' }))],
  )
  expect(room.call.state).toMatchObject({ name: 'ended', answeredAt, reason: 'browser-gone' })
})

test('a call that is cut off after a fault hangs up every leg and waits for none', () => {
  const { room, effects } = cutOff(connected, at(5_000))
  expect(room.call.state).toMatchObject({ name: 'ended', reason: 'internal-fault', endedAt: at(5_000) })
  const hangups = effects.flatMap((effect) => (effect.kind === 'hangup' ? [[effect.channelId, effect.q850Cause]] : []))
  expect(hangups).toEqual([
    [CALLER, 27],
    [CALLEES[0], 27],
  ])
  expect(effects.at(-1)).toEqual({ kind: 'close' })
})
