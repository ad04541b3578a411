import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** What a browser may have to load before the softphone can be used, compressed; 1 kB = 1000 bytes. */
export const FIRST_LOAD_LIMIT_BYTES = 250_000

type Chunk = {
  readonly file: string
  readonly src?: string
  readonly imports?: readonly string[]
  readonly css?: readonly string[]
}
type Manifest = Readonly<Record<string, Chunk>>

export type FirstLoad = {
  readonly bytes: number
  readonly files: readonly { readonly file: string; readonly bytes: number }[]
}

/**
 * The first load of the softphone, from a build: the page, what its entry imports statically, its styles, and the
 * largest language. JsSIP, phone metadata, console and handset come later and do not count.
 */
export function firstLoad(dist: string): FirstLoad {
  const manifest: Manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'))
  const measure = (file: string) => ({ file, bytes: gzipSync(readFileSync(join(dist, file))).length })
  const texts = Object.values(manifest)
    .filter(({ src }) => src?.endsWith('/app.json'))
    .map(({ file }) => measure(file))
  const largest = texts.toSorted((a, b) => b.bytes - a.bytes).slice(0, 1)
  const page = readdirSync(dist).filter((file) => /\.(html|js)$/.test(file))
  const files = [...[...page, ...closure(manifest, 'index.html')].map(measure), ...largest]
  return { bytes: files.reduce((sum, each) => sum + each.bytes, 0), files }
}

/** The files of a chunk and of all that it imports statically. */
function closure(manifest: Manifest, entry: string): ReadonlySet<string> {
  const files = new Set<string>()
  const visit = (key: string) => {
    const chunk = manifest[key]
    if (!chunk || files.has(chunk.file)) return
    files.add(chunk.file)
    for (const css of chunk.css ?? []) files.add(css)
    for (const imported of chunk.imports ?? []) visit(imported)
  }
  visit(entry)
  return files
}
