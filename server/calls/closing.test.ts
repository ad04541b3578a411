import { expect, test } from 'vitest'
import { actorOfEnd } from './closing.ts'
import type { Input } from './machine.ts'
import { after, arrived, at, CALLER, endOf, sampleCall } from './sample-call.ts'

const placed = sampleCall()
const ringing = after(placed, [0, arrived], [100, { kind: 'callee-ringing' }]).live
const connected = after(ringing, [1_000, { kind: 'callee-answered', at: at(1_000) }]).live
const caller = `member:${placed.call.memberId}`
const asked = (by: 'caller' | 'administrator', actor: string): Input => ({ kind: 'hangup-asked', by, actor })
const callerEnds = (atMs: number, by: 'party' | 'command' | 'lease' | 'no-media'): readonly [number, Input] => [
  atMs,
  { kind: 'caller-ended', end: endOf(atMs, { by }) },
]
const calleeEnds = (atMs: number, by: 'party' | 'command' | 'lease' | 'no-media'): readonly [number, Input] => [
  atMs,
  { kind: 'callee-ended', end: endOf(atMs, { by }) },
]

test.each([
  ['its caller, by the button', connected, asked('caller', caller), caller],
  ['an administrator', connected, asked('administrator', 'member:boss'), 'member:boss'],
  ['the operator', connected, asked('administrator', 'operator:key'), 'operator:key'],
  ['an administrator, while it rings', ringing, asked('administrator', 'member:boss'), 'member:boss'],
])('a call that is ended by %s was ended by him', (...[, live, input, actor]) => {
  const ended = after(live, [5_000, input], calleeEnds(5_010, 'command'), callerEnds(5_020, 'command')).live
  expect(ended.call.state.name).toBe('ended')
  expect(actorOfEnd(ended)).toBe(actor)
})

test('who asked first ended it, whoever asks or leaves after him', () => {
  const first: readonly [number, Input] = [5_000, asked('administrator', 'member:boss')]
  const ended = after(
    connected,
    first,
    [5_001, asked('caller', caller)],
    callerEnds(5_005, 'party'),
    calleeEnds(5_010, 'party'),
  )
  expect(actorOfEnd(ended.live)).toBe('member:boss')
})

test.each([
  ['the caller’s browser says BYE', callerEnds(5_000, 'party'), calleeEnds(5_010, 'command'), caller],
  ['the callee hangs up', calleeEnds(5_000, 'party'), callerEnds(5_010, 'command'), 'callee'],
  ['its paid time is over', calleeEnds(5_000, 'lease'), callerEnds(5_010, 'command'), 'system'],
  ['nothing comes from the browser any more', callerEnds(60_000, 'no-media'), calleeEnds(60_010, 'command'), 'system'],
])('when %s, the audit names who did it', (...[, one, other, actor]) => {
  const ended = after(connected, one, other).live
  expect(ended.call.state.name).toBe('ended')
  expect(actorOfEnd(ended)).toBe(actor)
})

test('a browser that never dials: the system gives it up', () => {
  const ended = after(placed, [20_000, { kind: 'due', timer: 'abandoned' }]).live
  expect([CALLER === ended.callerChannelId, actorOfEnd(ended)]).toEqual([false, 'system'])
})
