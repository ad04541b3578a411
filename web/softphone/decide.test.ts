import type { WireCall } from '@tandem/contract'
import { describe, expect, test } from 'vitest'
import { attachAfterMs, becameOf, endingOf, inTheWay, OVER_MS } from './decide.ts'

const call = (id: string, state: WireCall['state'], isOnHold = false): WireCall => ({
  id,
  memberId: 'member',
  kind: 'business',
  mode: 'direct',
  from: { name: 'Ann', memberId: 'member' },
  to: { number: '+8613000000001', name: null, memberId: null },
  callerNumber: '+862100000001',
  state,
  isOnHold,
  placedAt: '2026-11-23T00:00:00.000Z',
  answeredAt: null,
  endedAt: null,
  endReason: null,
  paidUntil: null,
  isLastMinute: false,
})

describe('a call that is asked for while another goes on', () => {
  test.each([
    ['no call', [], undefined, null],
    ['one that talks', [call('a', 'connected')], 'a', ['a', true]],
    ['one that is not answered yet', [call('a', 'ringing')], 'a', ['a', false]],
    ['one in another tab', [call('a', 'connected')], undefined, ['a', true]],
    ['one on hold', [call('a', 'connected', true)], 'a', null],
    ['one on hold and one that talks', [call('a', 'connected', true), call('b', 'connected')], 'a', ['b', true]],
    ['two that talk', [call('a', 'connected'), call('b', 'connected')], 'b', ['b', true]],
    ['one that is over', [call('a', 'ended')], 'a', null],
  ] as const)('%s', (...[, calls, shownId, expected]) => {
    const way = inTheWay(calls, shownId)
    expect(way && [way.call.id, way.mayHold]).toEqual(expected)
  })
})

describe('speech is taken up anew', () => {
  const whole = { state: 'open', isAnswered: true, isLost: false } as const
  const lost = { state: 'open', isAnswered: false, isLost: true } as const
  const waiting = { state: 'open', isAnswered: false, isLost: false } as const
  test.each([
    ['whole', whole, 'connected', 'open', 0, null],
    ['lost, and the server is there', lost, 'ringing', 'open', 0, 0],
    ['lost while it sounds on', { ...whole, isLost: true }, 'connected', 'open', 0, 0],
    ['lost, tried before', lost, 'connected', 'open', 1, 1500],
    ['nothing comes through', { ...whole, state: 'interrupted' }, 'connected', 'open', 0, 2000],
    ['lost, and nobody to ask', lost, 'connected', 'lost', 0, null],
    ['lost, and the call is over', lost, 'ended', 'open', 0, null],
    ['lost, and no such call', lost, undefined, 'open', 0, null],
    ['answered, and our 200 did not come', waiting, 'connected', 'open', 0, 3000],
    ['not answered yet', waiting, 'ringing', 'open', 0, null],
  ] as const)('%s', (...[, speech, state, live, tries, expected]) => {
    expect(attachAfterMs({ speech, call: state && { state }, live, tries })).toBe(expected)
  })
})

describe('who hung up', () => {
  test.each([
    ['nobody', undefined, 'open', 0, 'none'],
    ['just now', { at: 0 }, 'open', 100, 'ending'],
    ['and the server takes its time', { at: 0 }, 'open', OVER_MS + 1, 'over'],
    ['and the server is away', { at: 0 }, 'lost', 100, 'over'],
  ] as const)('%s', (...[, hangUp, live, now, expected]) => {
    expect(endingOf(hangUp, { live, now })).toBe(expected)
  })
})

describe('a call that rang here', () => {
  const answeredAt = '2026-11-23T00:00:10.000Z'
  const rang = { answeredAt: null, endReason: null } as const
  const nowhere = { isHere: false, isDeclinedHere: false }
  test.each([
    ['is answered here', { ...rang, state: 'connected', answeredAt }, { ...nowhere, isHere: true }, null],
    ['is answered elsewhere', { ...rang, state: 'connected', answeredAt }, nowhere, 'elsewhere'],
    [
      'was answered elsewhere, and is over',
      { state: 'ended', answeredAt, endReason: 'hangup-caller' },
      nowhere,
      'elsewhere',
    ],
    [
      'is declined here',
      { ...rang, state: 'ended', endReason: 'rejected' },
      { ...nowhere, isDeclinedHere: true },
      null,
    ],
    ['is declined elsewhere', { ...rang, state: 'ended', endReason: 'rejected' }, nowhere, 'declinedElsewhere'],
    ['is given up', { ...rang, state: 'ended', endReason: 'cancelled' }, nowhere, 'missed'],
    ['is answered by nobody', { ...rang, state: 'ended', endReason: 'no-answer' }, nowhere, 'missed'],
    ['rings on, on a page that cannot tell', { ...rang, state: 'ringing' }, nowhere, null],
  ] as const)('%s', (...[, now, here, expected]) => {
    expect(becameOf(now, here)).toBe(expected)
  })
})
