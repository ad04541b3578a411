import { execFileSync } from 'node:child_process'
import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseSync, Visitor, type ParseResult, type VisitorObject } from 'oxc-parser'

/** A text file of the repository; `path` is from the top of the checkout, with `/`. */
export type Source = { readonly path: string; readonly text: string }

export const checkout = resolve(import.meta.dirname, '..')

const BINARY = /\.(png|jpe?g|gif|ico|webp|wav|gsm|woff2?|pcap|gz)$/

/** What is committed or would be: tracked files and new ones that nothing ignores. */
export function repositorySources(): readonly Source[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: checkout,
    encoding: 'utf8',
  })
  return [...new Set(listed.split('\0'))]
    .filter((path) => path !== '' && !BINARY.test(path))
    .filter((path) => existsSync(join(checkout, path)) && lstatSync(join(checkout, path)).isFile())
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(checkout, path), 'utf8') }))
}

export const isCode = ({ path }: Source): boolean => /\.tsx?$/.test(path)
export const isTest = ({ path }: Source): boolean => /\.test\.tsx?$/.test(path) || path.startsWith('e2e/')
export const isGenerated = ({ text }: Source): boolean => /^\/\/.*\bgenerated\b/i.test(text)

const parsed = new WeakMap<Source, ParseResult>()

export function parse(source: Source): ParseResult {
  const known = parsed.get(source)
  if (known !== undefined) return known
  const result = parseSync(source.path, source.text)
  const fault = result.errors.find(({ severity }) => severity === 'Error')
  if (fault !== undefined) throw new Error(`${source.path}: ${fault.message}`)
  parsed.set(source, result)
  return result
}

export const visit = (source: Source, visitor: VisitorObject): void => new Visitor(visitor).visit(parse(source).program)

/** The line, from 1, of an offset into the text. */
export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length
