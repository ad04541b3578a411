import type { Member } from './member.ts'

/**
 * How text is compared where people are sought: compatibility forms and case are one (Unicode NFKC, full lower case), and
 * white space is one space. Both sides of each comparison go through here.
 */
export const foldText = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim()

/** By what members are sorted, code point by code point; equal keys by id. */
export const sortKeyOf = (name: string): string => foldText(name)

type Sought = Pick<Member, 'name' | 'login' | 'extension' | 'tags'>

/** In what a member is sought: part of one of its lines finds him. His phone is sought by digits, and may be hidden. */
export const searchTextOf = ({ name, login, extension, tags }: Sought): string =>
  [name, login, extension ?? '', ...tags].map(foldText).join('\n')

/** The digits of what may be part of a telephone number; `null` for other text. */
export function digitsSought(text: string): string | null {
  if (!/^[+\d\s().-]+$/u.test(text)) return null
  const digits = text.replace(/\D/gu, '')
  return digits === '' ? null : digits
}
