import { expect, test } from 'vitest'
import { decisionFaults } from './decisions.ts'
import { repositorySources } from './sources.ts'
import { expectNone, files, found } from './testing.ts'

test('decision records are numbered and complete', () => expectNone(decisionFaults(repositorySources())))

const complete = '# Title\n\n## Decision\n\nWe do.\n'

test('a gap, a double, a missing title and a missing decision are found', () => {
  const sources = files({
    'docs/decisions/0001-a.md': complete,
    'docs/decisions/0001-b.md': complete,
    'docs/decisions/0003-c.md': 'Title\n\n## Decision\n',
    'docs/decisions/0004-d.md': '# Title\n\n## Context\n',
  })
  expect(found(decisionFaults(sources))).toEqual([
    'docs/decisions/0001-b.md:1 should be 0002-title.md',
    'docs/decisions/0003-c.md:1 does not begin with its title',
    'docs/decisions/0004-d.md:1 has no part "Decision"',
  ])
})
