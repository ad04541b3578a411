import type { Contact, Member } from './member.ts'
import { initialsOf, readAloud, simplified } from './pinyin.ts'

/**
 * How text is compared where people are sought: compatibility forms and case are one (Unicode NFKC, full lower case),
 * traditional characters are simplified ones, and white space is one space. Both sides of each comparison go through here.
 */
export const foldText = (text: string): string =>
  simplified(text.normalize('NFKC').toLowerCase()).replace(/\s+/gu, ' ').trim()

/**
 * By what members are sorted, code point by code point; equal keys by id. Chinese names stand where they are read, among
 * the others; those that are read alike by their characters.
 */
export const sortKeyOf = (name: string): string => {
  const folded = foldText(name)
  const read = readAloud(folded)
  return read === folded ? folded : `${read} ${folded}`
}

type Sought = Pick<Member, 'name' | 'login' | 'extension' | 'tags'>

/** In what a member is sought: part of one of its lines, how his name is read among them, finds him. His phone is sought by digits, and may be hidden. */
export const searchTextOf = ({ name, login, extension, tags }: Sought): string =>
  [name, login, extension ?? '', ...tags]
    .map(foldText)
    .concat(readingsOf(foldText(name)))
    .join('\n')

/** `chen li`, `chenli` and `cl` find 陈立. */
function readingsOf(folded: string): readonly string[] {
  const read = readAloud(folded)
  return read === folded ? [] : [read, read.replaceAll(' ', ''), initialsOf(folded)]
}

/** Those whose name, as written or as read, or whose number has the text. A person's contacts are few. */
export function contactsWithText(contacts: readonly Contact[], text: string): readonly Contact[] {
  const folded = foldText(text)
  const digits = digitsSought(text)
  return contacts.filter(
    ({ name, number }) =>
      [foldText(name), ...readingsOf(foldText(name))].some((line) => line.includes(folded)) ||
      (digits !== null && number.includes(digits)),
  )
}

/** The digits of what may be part of a telephone number; `null` for other text. */
export function digitsSought(text: string): string | null {
  if (!/^[+\d\s().-]+$/u.test(text)) return null
  const digits = text.replace(/\D/gu, '')
  return digits === '' ? null : digits
}
