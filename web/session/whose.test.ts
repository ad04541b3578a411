import type { WireCall } from '@tandem/contract'
import { expect, test } from 'vitest'
import { isMine, isRingingAt, otherOf } from './whose.ts'

const call = (kind: WireCall['kind'], state: WireCall['state']): WireCall => ({
  id: 'call',
  memberId: 'ann',
  kind,
  mode: 'direct',
  from: { name: 'Ann', memberId: 'ann' },
  to: { number: null, name: 'Bob', memberId: 'bob' },
  callerNumber: null,
  state,
  isOnHold: false,
  placedAt: '2026-11-23T00:00:00.000Z',
  answeredAt: null,
  endedAt: null,
  endReason: null,
  paidUntil: null,
  isLastMinute: false,
})

const seenBy = (of: WireCall, memberId: string) =>
  isMine(of, memberId) ? 'mine' : isRingingAt(of, memberId) ? 'rings' : 'none'

test.each([
  ['who calls has it from the start', 'network', 'placed', 'ann', 'mine'],
  ['before its caller is there it rings nowhere', 'network', 'placed', 'bob', 'none'],
  ['told to the callee it rings', 'network', 'calling', 'bob', 'rings'],
  ['it rings on until it is answered', 'network', 'ringing', 'bob', 'rings'],
  ['answered, it is the callee’s as well', 'network', 'connected', 'bob', 'mine'],
  ['over, it is nobody’s', 'network', 'ended', 'bob', 'none'],
  ['to his phone it is not in the app', 'business', 'ringing', 'bob', 'none'],
  ['to his phone it stays so', 'business', 'connected', 'bob', 'none'],
  ['somebody else has nothing of it', 'network', 'ringing', 'eve', 'none'],
] as const)('%s', (...[, kind, state, memberId, expected]) => {
  expect(seenBy(call(kind, state), memberId)).toBe(expected)
})

test('each of the two talks with the other', () => {
  expect(otherOf(call('network', 'connected'), 'ann')).toEqual({ name: 'Bob', memberId: 'bob' })
  expect(otherOf(call('network', 'connected'), 'bob')).toEqual({ name: 'Ann', memberId: 'ann' })
  expect(otherOf(call('business', 'connected'), 'bob')).toEqual({ name: 'Bob', memberId: 'bob' })
})
