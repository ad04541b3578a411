const LONGEST = 24
/** For a name without a Latin letter or digit. */
const NAMELESS = 'org'

/** Lower-case Latin letters and digits in words joined by hyphens; no dot, so that no domain of an address is one. */
export const isOrganizationCode = (text: string): boolean => /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(text)

/** `Élan Logistics 鹭岛` → `elan-logistics`; at most 24 characters. */
export function codeFromName(name: string): string {
  const words = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
  return words.join('-').slice(0, LONGEST).replace(/-$/, '') || NAMELESS
}

/** The code itself, then `code-2`, `code-3` and so on: the first that is free is taken. */
export function* codesLike(code: string): Generator<string> {
  yield code
  for (let count = 2; ; count++) yield `${code}-${count}`
}
