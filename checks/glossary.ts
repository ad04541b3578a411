import type { Fault } from './fault.ts'
import { lineAt, parse, type Source } from './sources.ts'

const GLOSSARY = 'docs/glossary.md'
const FRONT_DOOR =
  /^server\/(identity|directory|carriers|compliance|entitlements|records|audit|admission|calls)\/index\.ts$/

/**
 * One word, one meaning: each type that a domain folder exports has its line in the glossary, as
 * "- **term** (`folder`, `TypeName`): what it is".
 */
export function glossaryFaults(sources: readonly Source[]): readonly Fault[] {
  const glossary = sources.find(({ path }) => path === GLOSSARY)
  if (glossary === undefined) return [{ file: GLOSSARY, line: 1, message: 'is missing' }]
  const words = new Set([...glossary.text.matchAll(/`([^`\n]+)`/g)].map((match) => match[1]))
  return [
    ...sources
      .filter(({ path }) => FRONT_DOOR.test(path))
      .flatMap((door) => exportedTypes(door).map((type) => ({ door, ...type })))
      .filter(({ name }) => !words.has(name))
      .map(({ door, name, offset }) => ({
        file: door.path,
        line: lineAt(door.text, offset),
        message: `${name} has no line in ${GLOSSARY}`,
      })),
    ...staleLines(glossary, sources),
  ]
}

/** Lines about types that their folder does not export (any more). */
function staleLines(glossary: Source, sources: readonly Source[]): readonly Fault[] {
  return glossary.text.split('\n').flatMap((text, index) => {
    const [, folder, names] = /^- \*\*.+?\*\* \(`(\w+)`((?:, `\w+`)+)\)/.exec(text) ?? []
    const door = sources.find(({ path }) => path === `server/${folder}/index.ts`)
    if (folder === undefined || names === undefined || door === undefined) return []
    const exported = new Set(exportedTypes(door).map(({ name }) => name))
    return [...names.matchAll(/`(\w+)`/g)]
      .filter(([, name]) => !exported.has(name ?? ''))
      .map(([, name]) => ({ file: GLOSSARY, line: index + 1, message: `#${folder} exports no type ${name}` }))
  })
}

const exportedTypes = (door: Source): readonly { readonly name: string; readonly offset: number }[] =>
  parse(door)
    .module.staticExports.flatMap(({ entries }) => entries)
    .filter(({ isType }) => isType)
    .flatMap(({ exportName: { name, start } }) => (name === null || start === null ? [] : [{ name, offset: start }]))
