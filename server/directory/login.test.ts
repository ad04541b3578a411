import { expect, test } from 'vitest'
import { isLoginWithin, qualifiedLogin } from './login.ts'
import { codeFromName, codesLike, isOrganizationCode } from './organization-code.ts'

test.each([
  ['ann', 'ann@heron'],
  ['ann@heron', 'ann@heron'],
  ['ann@wader', 'ann@wader@heron'],
  ['ann@example.com', 'ann@example.com@heron'],
  ['ann@heron@heron', 'ann@heron@heron'],
  ['ann@my-heron', 'ann@my-heron@heron'],
])('%s becomes %s', (given, whole) => {
  expect(qualifiedLogin(given, 'heron')).toBe(whole)
  expect(isLoginWithin(whole, 'heron')).toBe(true)
})

test.each([
  ['ann', true],
  ['ann@heron', true],
  ['ann@example.com', true],
  ['ann@', true],
  ['安@鹭岛', true],
  ['ann@wader', false],
  ['ann@heron@wader', false],
  ['ann@localhost', false],
])('an operator may give %s to somebody of heron: %s', (login, isAllowed) =>
  expect(isLoginWithin(login, 'heron')).toBe(isAllowed),
)

test.each([
  ['Heron Logistics 鹭岛物流', 'heron-logistics'],
  ['Élan & Søn', 'elan-s-n'],
  ['  --A--  ', 'a'],
  ['鹭岛物流', 'org'],
  ['Ｗａｄｅｒ', 'wader'],
  ['A name that is much too long for a code', 'a-name-that-is-much-too'],
  ['İstanbul', 'istanbul'],
])('%j has the code %s', (name, code) => {
  expect(codeFromName(name)).toBe(code)
  expect(isOrganizationCode(code)).toBe(true)
})

test('of organizations with one name the second has another code', () => {
  const codes = codesLike('heron')
  expect([codes.next().value, codes.next().value, codes.next().value]).toEqual(['heron', 'heron-2', 'heron-3'])
})
