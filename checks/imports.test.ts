import { expect, test } from 'vitest'
import { circleFaults, frontDoorFaults, importFaults } from './imports.ts'
import { repositorySources } from './sources.ts'
import { expectNone, files, found } from './testing.ts'

test('everybody imports whom he may', () => expectNone(importFaults(repositorySources())))
test('front doors are exact and name what they export', () => expectNone(frontDoorFaults(repositorySources())))

test('no files of one folder import each other in a circle', () => expectNone(circleFaults(repositorySources())))

test.each([
  ['two', { 'a/x.ts': `import './y.ts'`, 'a/y.ts': `import type { X } from './x.ts'` }, 'x.ts → y.ts → x.ts'],
  [
    'three',
    { 'a/x.ts': `import './y.ts'`, 'a/y.ts': `export { z } from './z.ts'`, 'a/z.ts': `import './x.ts'` },
    'x.ts → y.ts → z.ts → x.ts',
  ],
])('a circle of %s is told once', (_, texts, way) => {
  expect(circleFaults(files(texts)).map(({ file, message }) => [file, message])).toEqual([
    ['a/x.ts', `imports itself in a circle: ${way}`],
  ])
})

const manifests = {
  'package.json': '{ "devDependencies": { "vitest": "1" } }',
  'server/package.json': '{ "dependencies": { "zod": "1", "pg": "1" } }',
}

test.each([
  ['upwards', 'server/directory/a.ts', `import type { Call } from '#calls'`, 'server/directory may not import #calls'],
  ['by a re-export', 'server/calls/a.ts', `export { x } from '#http'`, 'server/calls may not import #http'],
  ['by a dynamic import', 'server/calls/a.ts', `await import('#http')`, 'server/calls may not import #http'],
  ['a computed name', 'server/calls/a.ts', 'await import(name)', 'imports a computed name'],
  ['node in the domain', 'server/calls/a.ts', `import 'node:fs'`, 'imports no node: module'],
  ['npm in the domain', 'server/records/a.ts', `import 'zod'`, 'does not import the package zod'],
  ['an undeclared package', 'server/http/a.ts', `import 'left-pad'`, 'left-pad is not declared in server/package.json'],
  ['past a front door', 'server/http/a.ts', `import '../calls/call.ts'`, 'past its front door'],
  ['past a front door in a test', 'server/http/a.test.ts', `import '../calls/call.ts'`, 'past its front door'],
  ['a door that is none', 'server/http/a.ts', `import '#adapters'`, '#adapters is no front door'],
  ['its own front door', 'server/calls/a.ts', `import '#calls'`, 'imports its own front door'],
  [
    'one adapter the other',
    'server/adapters/postgres/a.ts',
    `import '../asterisk/a.ts'`,
    'may not import server/adapters/asterisk',
  ],
  ['the web the server', 'web/softphone/a.tsx', `import '../../server/main.ts'`, 'may not import server/main.ts'],
  ['one screen the other', 'web/softphone/a.tsx', `import '../console/a.tsx'`, 'may not import web/console'],
  ['e2e the server', 'e2e/a.ts', `import '../server/main.ts'`, 'may not import server/main.ts'],
  ['the supervisor a package', 'supervisor/a.ts', `import 'pg'`, 'does not import the package pg'],
  ['a test kit in the product', 'server/http/a.ts', `import '../testing/a.ts'`, 'only tests import server/testing'],
  ['an unknown folder', 'tools/a.ts', `import 'pg'`, 'is in no row'],
])('%s is found', (...[, path, text, message]) => {
  expect(found(importFaults(files({ ...manifests, [path]: `// why\n${text}\n` })))).toEqual([
    expect.stringMatching(new RegExp(`^${path}:2 .*${message.replaceAll(/[.$]/g, '\\$&')}`)),
  ])
})

test('what the table grants passes', () => {
  const sources = files({
    ...manifests,
    'server/calls/a.ts': `import type { E164 } from '#kernel'\nimport { b } from './b.ts'`,
    'server/calls/a.test.ts': `import { test } from 'vitest'\nimport { x } from '#calls'\nimport 'node:fs'`,
    'server/main.ts': `import './http/anything.ts'\nimport '#calls'\nimport 'pg'`,
  })
  expect(found(importFaults(sources))).toEqual([])
})

test.each([
  ['a door that leads elsewhere', { 'server/package.json': '{ "imports": { "#calls": "./calls/call.ts" } }' }],
  ['a pattern', { 'server/package.json': '{ "imports": { "#*": "./*/index.ts" } }' }],
  ['export *', { 'server/calls/index.ts': `export * from './call.ts'` }],
])('%s is found', (_, texts) => {
  const sources = files({ 'server/package.json': '{}', 'web/package.json': '{}', ...texts })
  expect(frontDoorFaults(sources)).toHaveLength(1)
})

test('missing manifests are found', () => expect(frontDoorFaults([])).toHaveLength(2))
