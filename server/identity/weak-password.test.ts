import { expect, test } from 'vitest'
import { KNOWN_PASSWORDS } from './known-passwords-table.ts'
import { isWeakPassword } from './weak-password.ts'

const about = ['Chen Li 陈立', 'driver2@heron', '+8613900000102', 'Heron Logistics 鹭岛物流', 'heron']

test.each([
  ['the login', 'driver2@heron'],
  ['the login in capitals', 'DRIVER2@HERON'],
  ['the login and digits', 'driver2@heron2026!'],
  ['digits before and after', '2026driver2026'],
  ['the login reversed', 'noreh@2revird'],
  ['the login repeated', 'driverdriverdriver'],
  ['the name', 'Chen Li Chen Li'],
  ['the name, full width', 'ＣｈｅｎＬｉ２０２６！！'],
  ['the name in its script', '陈立陈立陈立陈立'],
  ['the family name and digits', 'chen20262026'],
  ['the organization', 'HeronLogistics'],
  ['the organization and digits in between', 'heron-2026-logistics'],
  ['the organization with digits for letters', 'H3r0nL0gi5tic5'],
  ['name and organization', 'chen.li.heron.1'],
  ['the phone', '8613900000102'],
  ['one that all know', 'Password1234'],
  ['one that all know, with signs for letters', 'P@$$w0rd!!2026'],
  ['one that all know, repeated', 'qwertyqwerty'],
  ['one that all know, reversed', '1234drowssap'],
  ['a long one that all know', '1qaz2wsx3edc'],
  ['one character', 'aaaaaaaaaaaa'],
  ['a group of characters', 'abcabcabcabca'],
  ['a group of signs', '-_!?-_!?-_!?'],
  ['counting', '123456789012'],
  ['counting back', '987654321098'],
  ['the alphabet', 'abcdefghijklm'],
  ['the keyboard', 'qwertyuiopas'],
])('%s is weak: %s', (_, password) => expect(isWeakPassword(password, about)).toBe(true))

test.each([
  ['four words', 'correct horse battery staple'],
  ['a word that all know among others', 'dragon tulip carpet nine'],
  ['the name among words', 'chen likes green bicycles'],
  ['the organization among others', 'herons fly at noon'],
  ['random', 'kV7#pQz2!mWx'],
  ['random digits', '739104628517'],
  ['words in another script', '紫色自行车在雨中唱歌的猫咪'],
])('%s is not: %s', (_, password) => expect(isWeakPassword(password, about)).toBe(false))

test('names that are empty, one letter or signs alone make no password weak', () =>
  expect(isWeakPassword('kettle autumn velvet', ['', 'A', '@', '...', '🙂'])).toBe(false))

test('every known password is refused, with signs around it, and every known word also with digits after it', () => {
  const known = [...KNOWN_PASSWORDS]
  const tried = [...known, ...known.map((one) => `-${one}!`), ...known.filter(isWord).map((one) => `${one}2026`)]
  expect(known.length).toBeGreaterThan(1000)
  expect(tried.filter((one) => !isWeakPassword(one, []))).toEqual([])
})

const isWord = (known: string): boolean => /^[a-z]+$/.test(known)

test('the longest password is judged at once', () => {
  const words = Array.from({ length: 100 }, (_, length) => 'a'.repeat(length + 1))
  expect(isWeakPassword(`${'ab'.repeat(99)}b!`, words)).toBe(false)
})
