import { expect, test } from 'vitest'
import { cutOff } from './decide-ending.ts'
import { routeLegId } from './live-call.ts'
import { after, arrived, at, CALLER, endOf, sampleCall } from './sample-call.ts'

const placed = sampleCall()
const CALLEES = [routeLegId(placed.call.id, 0), routeLegId(placed.call.id, 1)] as const
const calling = after(placed, [0, arrived]).live
const ringing = after(calling, [100, { kind: 'callee-ringing' }]).live
const connected = after(ringing, [1_000, { kind: 'callee-answered', at: at(1_000) }]).live

test('a 200 of a route that was left is written down and hung up', () => {
  const left = after(calling, [4_000, { kind: 'callee-silent', legId: CALLEES[0] }]).live
  const crossed = after(left, [4_010, { kind: 'stray-answered', channelId: CALLEES[0], at: at(4_005) }])
  expect(crossed.effects).toEqual([{ kind: 'hangup', channelId: CALLEES[0], q850Cause: 16 }])
  const { live } = after(
    crossed.live,
    [5_000, { kind: 'callee-answered', at: at(5_000) }],
    [5_500, { kind: 'stray-ended', channelId: CALLEES[0], end: endOf(5_005, { by: 'command' }) }],
    [9_000, { kind: 'callee-ended', end: endOf(9_000) }],
    [9_001, { kind: 'caller-ended', end: endOf(9_001, { by: 'command' }) }],
  )
  expect(live.legs.find(({ id }) => id === CALLEES[0])).toMatchObject({ answeredAt: at(4_005), endedAt: at(5_005) })
})

test('a call without the leg that its state must have is a fault, and not an empty name', () => {
  expect(() => after({ ...connected, legs: [] }, [2_000, { kind: 'hold-asked' }])).toThrow('has no callee')
  expect(() => after({ ...ringing, callerChannelId: null }, [2_000, { kind: 'callee-early-media' }])).toThrow(
    'has no caller',
  )
})

test.each([
  ['from the answer on', 16_000, null],
  ['only later', 20_000, at(1_000)],
])('a caller who is silent %s: only who was there is charged', (_, endedMs, answeredAt) => {
  const { live } = after(
    connected,
    [endedMs, { kind: 'caller-ended', end: endOf(endedMs, { by: 'no-media', q850Cause: 44 }) }],
    [endedMs, { kind: 'callee-ended', end: endOf(endedMs, { by: 'command' }) }],
  )
  expect(live.call.state).toMatchObject({ name: 'ended', answeredAt, reason: 'browser-gone' })
})

test('a call that is cut off after a fault hangs up every leg and waits for none', () => {
  const { live, effects } = cutOff(connected, at(5_000))
  expect(live.call.state).toMatchObject({ name: 'ended', reason: 'internal-fault', endedAt: at(5_000) })
  const hangups = effects.flatMap((effect) => (effect.kind === 'hangup' ? [[effect.channelId, effect.q850Cause]] : []))
  expect(hangups).toEqual([
    [CALLER, 27],
    [CALLEES[0], 27],
  ])
  expect(effects.at(-1)).toEqual({ kind: 'close' })
})
