import { expect, test } from 'vitest'
import { actorOfEnd } from './closing.ts'
import type { LegEnd } from './leg.ts'
import type { Input } from './machine.ts'
import type { CallState } from './call.ts'
import { callerOf, withState } from './room.ts'
import {
  after,
  arrived,
  at,
  calleeAnswers,
  calleeEnds,
  calleeRings,
  CALLER,
  callerEnds,
  endOf,
  sampleCall,
} from './sample-call.ts'

const placed = sampleCall()
const ringing = after(placed, [0, arrived], [100, calleeRings]).room
const connected = after(ringing, [1_000, calleeAnswers(at(1_000))]).room
const caller = `member:${placed.call.memberId}`
const asked = (by: 'initiator' | 'administrator', actor: string): Input => ({ kind: 'hangup-asked', by, actor })
type Step = readonly [number, Input]
const callerLeaves = (atMs: number, by: LegEnd['by']): Step => [atMs, callerEnds(endOf(atMs, { by }))]
const calleeLeaves = (atMs: number, by: LegEnd['by']): Step => [atMs, calleeEnds(endOf(atMs, { by }))]

test.each([
  ['its caller, by the button', connected, asked('initiator', caller), null],
  ['an administrator', connected, asked('administrator', 'member:boss'), 'member:boss'],
  ['the operator', connected, asked('administrator', 'operator:key'), 'operator:key'],
  ['an administrator, while it rings', ringing, asked('administrator', 'member:boss'), 'member:boss'],
])('of a call that is ended by %s the audit names him, unless it was his', (...[, room, input, actor]) => {
  const ended = after(room, [5_000, input], calleeLeaves(5_010, 'command'), callerLeaves(5_020, 'command')).room
  expect(ended.call.state.name).toBe('ended')
  expect(actorOfEnd(ended)).toBe(actor)
})

test('who asked first ended it, whoever asks or leaves after him', () => {
  const first: Step = [5_000, asked('administrator', 'member:boss')]
  const ended = after(
    connected,
    first,
    [5_001, asked('initiator', caller)],
    callerLeaves(5_005, 'party'),
    calleeLeaves(5_010, 'party'),
  )
  expect(actorOfEnd(ended.room)).toBe('member:boss')
})

test.each([
  ['the caller’s browser says BYE', callerLeaves(5_000, 'party'), calleeLeaves(5_010, 'command')],
  ['the callee hangs up', calleeLeaves(5_000, 'party'), callerLeaves(5_010, 'command')],
  ['its paid time is over', calleeLeaves(5_000, 'lease'), callerLeaves(5_010, 'command')],
  ['nothing comes from the browser any more', callerLeaves(60_000, 'no-media'), calleeLeaves(60_010, 'command')],
])('when %s, the record says it, and the audit nothing', (...[, one, other]) => {
  const ended = after(connected, one, other).room
  expect(ended.call.state.name).toBe('ended')
  expect(actorOfEnd(ended)).toBe(null)
})

test('a browser that never dials: nobody took the call from it', () => {
  const ended = after(placed, [20_000, { kind: 'due', timer: 'abandoned' }]).room
  expect([CALLER === callerOf(ended).channelId, actorOfEnd(ended)]).toEqual([false, null])
})

test.each(['signed-out', 'internal-fault'] as const)('%s: the system ended it', (reason) => {
  const room = after(placed, [20_000, { kind: 'due', timer: 'abandoned' }]).room
  const state = { ...room.call.state, reason } as CallState
  expect(actorOfEnd(withState({ ...room, ending: { reason } }, state))).toBe('system')
})
