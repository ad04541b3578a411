import { expect, test } from 'vitest'
import { repositorySources } from './sources.ts'
import { expectNone, files, found } from './testing.ts'
import { lockFaults, textFaults } from './texts.ts'

test('no file names one machine', () => expectNone(textFaults(repositorySources())))
test('the lock file names no download address', () => expectNone(lockFaults(repositorySources())))

test.each([
  ['/', 'work/main/x.ts'],
  ['/', 'root/x'],
  ['/', 'home/ann/x'],
  ['https://registry', '.npmjs.org/x'],
  ['URIs: http://deb', '.debian.org/debian'],
])('%s%s is found', (first, second) => {
  expect(textFaults(files({ 'a.sh': `cd x\ncat ${first}${second}` }))).toMatchObject([{ file: 'a.sh', line: 2 }])
})

test('paths that every machine has, and paths inside the house, pass', () => {
  const text = '/usr/bin/chromium /etc/asterisk ./work/x web/home/ann/x /workshop/x'
  expect(found(textFaults(files({ 'a.ts': text })))).toEqual([])
})

test('a download address in the lock file is found', () => {
  const lock = `{\n  "packages": { "a": { "resolved": "https://example.org/a.tgz" } } }`
  expect(lockFaults(files({ 'package-lock.json': lock }))).toMatchObject([{ file: 'package-lock.json', line: 2 }])
})
