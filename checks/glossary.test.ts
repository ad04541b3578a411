import { expect, test } from 'vitest'
import { glossaryFaults } from './glossary.ts'
import { repositorySources } from './sources.ts'
import { expectNone, files, found } from './testing.ts'

test('each exported domain type has its line', () => expectNone(glossaryFaults(repositorySources())))

const door = `export type { Trunk, Carrier } from './trunk.ts'\nexport { route, type Route } from './route.ts'`

test('a type without a line, and a line without a type, are found', () => {
  const sources = files({
    'server/carriers/index.ts': door,
    'docs/glossary.md':
      '- **trunk** (`carriers`, `Trunk`, `Route`): one connection\n- **zone** (`carriers`, `Zone`): gone\n',
  })
  expect(found(glossaryFaults(sources))).toEqual([
    'server/carriers/index.ts:1 Carrier has no line in docs/glossary.md',
    'docs/glossary.md:2 #carriers exports no type Zone',
  ])
})

test('values need no line, and a missing glossary is found', () => {
  expect(found(glossaryFaults(files({ 'server/carriers/index.ts': door })))).toEqual(['docs/glossary.md:1 is missing'])
})
