import type { Fault } from './fault.ts'
import { lineAt, visit, type Source } from './sources.ts'

/**
 * One register of error codes: what the wire may say equals what people can read, in each language, and holds all that
 * the domain refuses with.
 */
export type Register = {
  /** `ERRORS` of the contract. */
  readonly codes: readonly string[]
  /** `endReason` of the contract. */
  readonly endReasons: readonly string[]
  /** Keys of each language's texts, as `error.no-minutes`. */
  readonly texts: ReadonlyMap<string, ReadonlySet<string>>
  readonly refusals: readonly { readonly code: string; readonly file: string; readonly line: number }[]
}

export function registerFaults({ codes, endReasons, texts, refusals }: Register): readonly Fault[] {
  const register = 'contract/errors.ts'
  const wanted = [...codes.map((code) => `error.${code}`), ...endReasons.map((reason) => `endReason.${reason}`)]
  const missing = [...texts].flatMap(([language, keys]) =>
    wanted
      .filter((key) => !keys.has(key))
      .map((key) => ({ file: register, line: 1, message: `${key} has no text in ${language}` })),
  )
  const stale = [...texts].flatMap(([language, keys]) =>
    [...keys]
      .filter((key) => /^error\.[a-z]+(-[a-z]+)+$/.test(key) && !wanted.includes(key))
      .map((key) => ({ file: register, line: 1, message: `${language} has a text for ${key}, which is no code` })),
  )
  const unknown = refusals
    .filter(({ code }) => !codes.includes(code))
    .map(({ code, file, line }) => ({ file, line, message: `refusal ${code} is not in ${register}` }))
  const none = texts.size === 0 ? [{ file: register, line: 1, message: 'there are no translations' }] : []
  return [...missing, ...stale, ...unknown, ...none]
}

/** The codes of `type Refusal = | { code: '…' } | …` wherever a domain folder declares it. */
export function refusalsOf(source: Source): Register['refusals'] {
  const found: { code: string; file: string; line: number }[] = []
  visit(source, {
    TSTypeAliasDeclaration: ({ id, start, end }) => {
      if (!id.name.endsWith('Refusal')) return
      for (const match of source.text.slice(start, end).matchAll(/\bcode: '([a-z-]+)'/g))
        found.push({ code: match[1] ?? '', file: source.path, line: lineAt(source.text, start + match.index) })
    },
  })
  return found
}

/** Nested JSON as dotted keys. */
export const flatKeys = (tree: unknown, prefix = ''): readonly string[] =>
  typeof tree === 'object' && tree !== null
    ? Object.entries(tree).flatMap(([key, value]) => flatKeys(value, prefix === '' ? key : `${prefix}.${key}`))
    : [prefix]
