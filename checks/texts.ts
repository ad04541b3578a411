import type { Fault } from './fault.ts'
import { lineAt, type Source } from './sources.ts'

const word = (...parts: readonly string[]): string => parts.join('\\.')

/** Put together here so that this file does not contain what it looks for. */
const MACHINE_PATH = new RegExp(`(?<![\\w.}*-])/(?:${['work', 'root', 'home/\\w+', 'Users/\\w+'].join('|')})/`)
const REGISTRY_HOST = new RegExp(
  [
    word('registry', 'npmjs', 'org'),
    word('registry', 'yarnpkg', 'com'),
    word('deb', 'debian', 'org'),
    word('snapshot', 'debian', 'org'),
    word('archive', 'ubuntu', 'com'),
    word('npmmirror', 'com'),
  ].join('|'),
)

/** No path of one machine and no host that serves packages stands in a file: both differ elsewhere. */
export const textFaults = (sources: readonly Source[]): readonly Fault[] =>
  sources.flatMap((source) => [
    ...matches(source, MACHINE_PATH, 'names a path of one machine'),
    ...matches(source, REGISTRY_HOST, 'names a package host: take it from the machine’s own settings'),
  ])

function matches({ path, text }: Source, pattern: RegExp, message: string): readonly Fault[] {
  return [...text.matchAll(new RegExp(pattern, 'g'))].map((match) => ({
    file: path,
    line: lineAt(text, match.index),
    message: `${message}: ${match[0]}`,
  }))
}

/** The lock file pins versions and hashes, and leaves open where the packages come from. */
export const lockFaults = (sources: readonly Source[]): readonly Fault[] =>
  sources
    .filter(({ path }) => path === 'package-lock.json')
    .flatMap((lock) =>
      matches(lock, /"resolved": "https?:/, 'has a download address (omit-lockfile-registry-resolved)'),
    )
