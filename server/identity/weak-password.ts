import { KNOWN_PASSWORDS } from './known-passwords-table.ts'

/**
 * Whether a password is among the first that anybody would try: one that everybody knows, or one made of what is known of
 * its owner (`about`: names, login, phone), also reversed, repeated, with digits or signs around it, or with digits for
 * letters. NIST SP 800-63B, 3.1.1.2: a blocklist of what is commonly used, expected or compromised, and no rules of
 * composition; the least length is the schema's.
 */
export function isWeakPassword(password: string, about: readonly string[]): boolean {
  const words = wordsOf(about)
  const forms = formsOf(password)
  if (unitOf(password).length <= LONGEST_UNIT) return true
  return forms.some((form) => KNOWN.has(form) || words.has(form) || isRun(form) || isMadeOf(form, words))
}

/** A group of so few characters is no secret, however often it is repeated. */
const LONGEST_UNIT = 4

/** Letters and digits alone, in one case and one width. */
const compact = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')

const LOOKALIKES: { readonly [sign: string]: string } = {
  '@': 'a',
  '4': 'a',
  '3': 'e',
  '1': 'i',
  '!': 'i',
  '0': 'o',
  $: 's',
  '5': 's',
  '7': 't',
}
const withLetters = (text: string): string => text.replace(/[@431!0$57]/g, (sign) => LOOKALIKES[sign] ?? sign)
const withoutEnds = (text: string): string => text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '')
const withoutDigits = (text: string): string => text.replace(/\p{N}/gu, '')
const reversed = (text: string): string => [...text].toReversed().join('')

/** Also without what is around them: `mike1` is `mike`. */
const KNOWN = new Set([
  ...[...KNOWN_PASSWORDS].map(compact),
  ...[...KNOWN_PASSWORDS].map((known) => compact(withoutEnds(known))).filter((word) => word.length > 3),
])

/** What the password comes to when what is trivially done to a word is undone; each at least one character. */
function formsOf(password: string): readonly string[] {
  const whole = compact(password)
  const core = withoutEnds(password)
  const plain = [
    whole,
    withoutEnds(whole),
    withoutDigits(whole),
    compact(withLetters(core)),
    compact(withLetters(password)),
  ]
  const units = [...plain, ...plain.map(withoutEnds)].map(unitOf)
  const forward = [...plain, ...units, ...units.map(withoutEnds)]
  return [...new Set([...forward, ...forward.map(reversed)])].filter((form) => form !== '')
}

/** `abcabc` → `abc`, also when the last repetition is cut short (`abcabca`). */
function unitOf(text: string): string {
  for (let length = 1; length <= text.length / 2; length++)
    if (text.slice(length) === text.slice(0, -length)) return text.slice(0, length)
  return text
}

/** Keys in the order of the keyboard, of the alphabet, and of counting, so far that a password fits in. */
const RUNS = [
  'qwertyuiopasdfghjklzxcvbnm',
  'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz',
  '01234567890123456789',
]

const isRun = (form: string): boolean =>
  (form.length > 3 && RUNS.some((run) => run.includes(form))) || /^(.)\1*$/u.test(form)

/** Each text as a whole, and its parts; single letters are nobody's name. */
function wordsOf(about: readonly string[]): ReadonlySet<string> {
  const parts = about.flatMap((text) => [text, ...text.split(/[^\p{L}\p{N}]+/u)])
  const words = parts.map(compact)
  return new Set([...words, ...words.map(withoutDigits)].filter((word) => [...word].length > 1))
}

/** Whether it is nothing but such words one after the other. */
function isMadeOf(form: string, words: ReadonlySet<string>): boolean {
  const reached = new Set([0])
  for (let from = 0; from < form.length; from++) {
    if (!reached.has(from)) continue
    for (const word of words) if (form.startsWith(word, from)) reached.add(from + word.length)
  }
  return reached.has(form.length)
}
