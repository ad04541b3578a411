import type { Fault } from './fault.ts'
import type { Source } from './sources.ts'

const FOLDER = 'docs/decisions/'

/** Decision records are numbered from 0001 without gaps, and each has its title and says what was decided. */
export function decisionFaults(sources: readonly Source[]): readonly Fault[] {
  const records = sources.filter(({ path }) => path.startsWith(FOLDER) && !path.endsWith('/README.md'))
  return records.flatMap(({ path, text }, index) => {
    const expected = String(index + 1).padStart(4, '0')
    const [, number] = /^(\d{4})-[a-z0-9]+(?:-[a-z0-9]+)*\.md$/.exec(path.slice(FOLDER.length)) ?? []
    const messages = [
      ...(number === expected ? [] : [`should be ${expected}-title.md`]),
      ...(/^# \S/.test(text) ? [] : ['does not begin with its title']),
      ...(/^#+ .*decision|^\*\*Decision/im.test(text.split('\n').slice(1).join('\n'))
        ? []
        : ['has no part "Decision"']),
    ]
    return messages.map((message) => ({ file: path, line: 1, message }))
  })
}
