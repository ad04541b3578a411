import { expect, test } from 'vitest'
import type { EndReason } from '#records'
import { reasonAfterAnswer, reasonBeforeAnswer } from './causes.ts'

const beforeAnswer: readonly (readonly [met: string, sipStatus: number | null, q850Cause: number, EndReason])[] = [
  ['busy', 486, 17, 'busy'],
  ['busy everywhere', 600, 17, 'busy'],
  ['busy, by cause alone', null, 17, 'busy'],
  ['no such number', 404, 1, 'unallocated'],
  ['ambiguous', 485, 1, 'unallocated'],
  ['nobody there', 480, 19, 'no-answer'],
  ['timed out', 408, 18, 'no-answer'],
  ['declined', 603, 21, 'rejected'],
  ['our credentials, not the callee’s wish', 401, 21, 'network-failure'],
  ['nothing in common to speak', 488, 58, 'codec-mismatch'],
  ['nothing in common, anywhere', 606, 58, 'codec-mismatch'],
  ['a loop of carriers, which the engine’s cause calls “no answer”', 483, 19, 'network-failure'],
  ['a bad extension, which the engine’s cause calls “no route”', 420, 3, 'network-failure'],
  ['out of order', 503, 34, 'network-failure'],
  ['gone elsewhere', 302, 23, 'network-failure'],
  ['no route, by cause alone', null, 3, 'no-route'],
  ['nothing that has a name', null, 127, 'network-failure'],
]
test.for(beforeAnswer)('before the answer: %s (SIP %s, cause %i) is %s', ([, sipStatus, q850Cause, reason]) => {
  expect(reasonBeforeAnswer({ sipStatus, q850Cause })).toBe(reason)
})

const afterAnswer: readonly (readonly [told: string, q850Cause: number, ofCallee: EndReason, ofCaller: EndReason])[] = [
  ['a plain BYE', 16, 'hangup-callee', 'hangup-caller'],
  ['a BYE that says nothing', 0, 'hangup-callee', 'hangup-caller'],
  ['normal, unspecified', 31, 'hangup-callee', 'hangup-caller'],
  ['user busy', 17, 'hangup-callee', 'hangup-caller'],
  ['a session timer ran out (408)', 18, 'network-failure', 'browser-gone'],
  ['destination out of order', 27, 'network-failure', 'browser-gone'],
  ['a refused re-INVITE (500)', 38, 'network-failure', 'browser-gone'],
  ['circuit not available, which is no lack of media', 44, 'network-failure', 'browser-gone'],
  ['no format in common', 58, 'codec-mismatch', 'codec-mismatch'],
  ['recovery on timer expiry', 102, 'network-failure', 'browser-gone'],
  ['an answer without SDP, a dialog that is gone (406, 481)', 127, 'network-failure', 'browser-gone'],
]
test.for(afterAnswer)('after the answer: %s (cause %i) is %s', ([, q850Cause, ofCallee, ofCaller]) => {
  expect(reasonAfterAnswer({ side: 'callee', isByApp: false }, q850Cause)).toBe(ofCallee)
  expect(reasonAfterAnswer({ side: 'caller', isByApp: true }, q850Cause)).toBe(ofCaller)
})
