import { posix } from 'node:path'
import type { Fault } from './fault.ts'
import { allowed, frontDoors, insiders, rowOf, testKits, type Row } from './import-table.ts'
import { isCode, isTest, lineAt, parse, type Source } from './sources.ts'

/** Who imports whom, against the table. */
export function importFaults(sources: readonly Source[]): readonly Fault[] {
  const packages = declaredPackages(sources)
  return sources.filter(isCode).flatMap((source) =>
    importsOf(source).flatMap(({ specifier, offset }) => {
      const message = objection(source, specifier, packages)
      return message === null ? [] : [{ file: source.path, line: lineAt(source.text, offset), message }]
    }),
  )
}

type Import = { readonly specifier: string; readonly offset: number }

function importsOf(source: Source): readonly Import[] {
  const { staticImports, staticExports, dynamicImports } = parse(source).module
  const from = staticExports.flatMap(({ entries }) => entries.flatMap(({ moduleRequest }) => moduleRequest ?? []))
  const named = [...staticImports.map(({ moduleRequest }) => moduleRequest), ...from].map(({ value, start }) => ({
    specifier: value,
    offset: start,
  }))
  const dynamic = dynamicImports.map(({ moduleRequest: { start, end } }) => ({
    specifier: /^(['"`])([^'"`$]*)\1$/.exec(source.text.slice(start, end))?.[2] ?? '(computed)',
    offset: start,
  }))
  const unique = new Map([...named, ...dynamic].map((one) => [`${one.offset}`, one]))
  return [...unique.values()]
}

/** Packages that each workspace (its folder, `''` for the root) declares. */
type Packages = ReadonlyMap<string, ReadonlySet<string>>

function declaredPackages(sources: readonly Source[]): Packages {
  const manifests = sources.filter(({ path }) => /^([^/]+\/)?package\.json$/.test(path))
  return new Map(
    manifests.map(({ path, text }) => {
      const { dependencies = {}, devDependencies = {} } = JSON.parse(text) as Record<string, Record<string, string>>
      return [path.split('/').slice(0, -1).join('/'), new Set(Object.keys({ ...dependencies, ...devDependencies }))]
    }),
  )
}

/** `null` when the import is in order. */
function objection(source: Source, specifier: string, packages: Packages): string | null {
  const row = rowOf(source.path)
  if (row === undefined) return `${source.path} is in no row of checks/import-table.ts`
  const rule = allowed(row, isTest(source))
  if (specifier === '(computed)') return rule.anything ? null : 'imports a computed name: the table cannot see it'
  if (specifier.startsWith('.')) return relativeObjection(source, specifier, row)
  if (specifier.startsWith('#')) return frontDoorObjection(source, specifier, row)
  if (specifier.startsWith('node:')) return rule.node ? null : `${row} imports no node: module (${specifier})`
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
  if (name === '@tandem/contract') return rule.rows.has('contract') ? null : `${row} does not import the contract`
  if (!(rule.npm === 'any' || rule.npm.has(name))) return `${row} does not import the package ${name}`
  const workspace = source.path.split('/')[0] ?? ''
  const isDeclared = packages.get(workspace)?.has(name) === true || packages.get('')?.has(name) === true
  return isDeclared ? null : `${name} is not declared in ${workspace}/package.json`
}

/** Not code: nothing can be called through it. */
const ASSET = /\.(css|svg|png|json)$/

function relativeObjection(source: Source, specifier: string, row: Row): string | null {
  const target = posix.join(posix.dirname(source.path), specifier)
  const targetRow = rowOf(target)
  if (targetRow === row) return null
  const rule = allowed(row, isTest(source))
  if (insiders.has(row) || ASSET.test(specifier)) return null
  if (targetRow !== undefined && testKits.has(targetRow))
    return isTest(source) ? null : `only tests import ${targetRow} (${specifier})`
  const isFrontDoored = targetRow !== undefined && frontDoors.has(targetRow)
  if (isFrontDoored) return `${row} reaches into ${targetRow} past its front door (${specifier})`
  return rule.anything || (targetRow !== undefined && rule.rows.has(targetRow))
    ? null
    : `${row} may not import ${targetRow ?? target} (${specifier})`
}

function frontDoorObjection(source: Source, specifier: string, row: Row): string | null {
  const target = doorRow(source.path, specifier)
  if (!frontDoors.has(target)) return `${specifier} is no front door`
  if (target === row) return isTest(source) ? null : `${row} imports its own front door: name the file`
  const rule = allowed(row, isTest(source))
  return rule.anything || rule.rows.has(target) ? null : `${row} may not import ${specifier}`
}

/** `#calls` in a file of `server` is `server/calls`. */
const doorRow = (path: string, specifier: string): Row => `${path.split('/')[0]}/${specifier.slice(1)}`

/** Front doors are exact subpath imports of hand-written `index.ts` files that name each export. */
export function frontDoorFaults(sources: readonly Source[]): readonly Fault[] {
  const withDoors = new Set([...frontDoors].map((row) => row.split('/')[0]))
  const manifests = [...withDoors].flatMap((workspace) => {
    const path = `${workspace}/package.json`
    const manifest = sources.find((source) => source.path === path)
    return manifest === undefined ? [{ file: path, line: 1, message: 'is missing' }] : manifestFaults(manifest)
  })
  const doors = sources.filter(
    ({ path }) => path.endsWith('/index.ts') && frontDoors.has(path.slice(0, -'/index.ts'.length)),
  )
  return [...manifests, ...doors.flatMap(starFaults)]
}

function manifestFaults(manifest: Source): readonly Fault[] {
  const { imports = {} } = JSON.parse(manifest.text) as { imports?: Record<string, string> }
  return Object.entries(imports).flatMap(([name, target]) => {
    const expected = `./${name.slice(1)}/index.ts`
    const line = lineAt(manifest.text, manifest.text.indexOf(`"${name}"`))
    if (target !== expected)
      return [{ file: manifest.path, line, message: `${name} leads to ${target}, not to ${expected}` }]
    if (frontDoors.has(doorRow(manifest.path, name))) return []
    return [{ file: manifest.path, line, message: `${name} is no front door of checks/import-table.ts` }]
  })
}

const starFaults = (source: Source): readonly Fault[] =>
  parse(source)
    .module.staticExports.flatMap(({ entries }) => entries)
    .filter(({ importName, moduleRequest }) => moduleRequest !== null && importName.kind.startsWith('All'))
    .map(({ start }) => ({
      file: source.path,
      line: lineAt(source.text, start),
      message: 'a front door names what it exports: no export *',
    }))

/** Files of one folder that import each other in a circle: none can be read, or changed, without the others. */
export function circleFaults(sources: readonly Source[]): readonly Fault[] {
  const graph = new Map(sources.filter(isCode).map((source) => [source.path, neighboursOf(source)]))
  const circles = [...graph.keys()].flatMap((path) => circleFrom(path, graph) ?? [])
  // A circle is found from each of its files: it is told once, at its first.
  return circles
    .filter(({ files: [first, ...others] }) => others.every((other) => first !== undefined && first < other))
    .map(({ files }) => ({
      file: files[0] ?? '',
      line: 1,
      message: `imports itself in a circle: ${[...files, files[0]].map((file) => posix.basename(file ?? '')).join(' → ')}`,
    }))
}

type Graph = ReadonlyMap<string, readonly string[]>

const neighboursOf = (source: Source): readonly string[] =>
  importsOf(source)
    .filter(({ specifier }) => specifier.startsWith('./'))
    .map(({ specifier }) => posix.join(posix.dirname(source.path), specifier))
    .filter((target) => posix.dirname(target) === posix.dirname(source.path))

/** The shortest way from a file back to itself. */
function circleFrom(start: string, graph: Graph): { readonly files: readonly string[] } | undefined {
  const seen = new Set<string>()
  let ways: readonly (readonly string[])[] = [[start]]
  while (ways.length > 0) {
    const next: (readonly string[])[] = []
    for (const way of ways) {
      for (const target of graph.get(way.at(-1) ?? '') ?? []) {
        if (target === start) return { files: way }
        if (!seen.has(target)) next.push([...way, target])
        seen.add(target)
      }
    }
    ways = next
  }
  return undefined
}
