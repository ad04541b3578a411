/**
 * How typed digits are read, by the server and by a browser that the server is away from: nobody's call for help may
 * depend on a connection. No number plan is asked here; what a number means is `carriers`' question.
 */

/** A typed text, taken apart. */
export type TypedNumber = {
  /** What is dialled: digits, `*`, `#`, at most one `+` in front; any other character is no telephone number. */
  readonly number: string
  /** Without the `phone-context` of a `tel:` URI (RFC 3966, 5.1.5); else the same as `number`. */
  readonly local: string
  /** What follows, from the first pause on: `,` = a pause of 2 s, `;` = a wait. Empty when nothing does. */
  readonly rest: string
}

/** What one must know of a country to find its emergency numbers. Plain data: the session tells it. */
export type EmergencyPlan = {
  readonly numbers: readonly string[]
  /** Digits of the country calling code, without `+`; `null` where number plans have no such country. */
  readonly callingCode: string | null
  /** A pattern of all international prefixes: `00|99`. */
  readonly internationalPrefix: string
}

/** A text that is longer can't be a number and is not searched. */
const LONGEST_TYPED = 200

/** Nearly all texts are: they are what they are, and each decision on a call asks. */
const PLAIN = /^\+?\d+$/

/** Takes a typed, pasted or tapped text apart: any script's digits, extensions in words, `tel:` URIs (RFC 3966). */
export function readTyped(text: string): TypedNumber {
  if (PLAIN.test(text)) return { number: text, local: text, rest: '' }
  const visible = withoutInvisible(text)
  const uri = /^\s*tel:(.*)$/i.exec(visible)?.[1]
  return uri === undefined ? readText(visible) : readUri(uri)
}

function readText(visible: string): TypedNumber {
  const compact = withoutSeparators(visible)
    .replace(/(?<=\d)(?:extension|extn|ext|分机|分機|转|轉|x)[:=]?(?=\d)/giu, ',')
    .replace(/(?<=[\d*#,;])[pw](?=[\d*#,;pw]|$)/giu, (letter) => (letter.toLowerCase() === 'p' ? ',' : ';'))
  const [, dialled = '', rest = ''] = /^([^,;]*)(.*)$/su.exec(compact) ?? []
  // Behind a whole number `#` says that it is whole, as on many telephones.
  const number = dialled.replace(/^(\+?\d+)#$/, '$1')
  return { number, local: number, rest: /[^,;]/u.test(rest) ? rest : '' }
}

/** `tel:` subscriber and parameters; visual separators are dropped, percent-encoding is undone (RFC 3966, 3 and 5). */
function readUri(uri: string): TypedNumber {
  const [subscriber = '', ...parameters] = uri.split(';').map(decoded)
  const valueOf = (name: string): string => {
    const found = parameters.find((parameter) => parameter.toLowerCase().startsWith(`${name}=`))
    return found === undefined ? '' : withoutSeparators(found.slice(name.length + 1))
  }
  const { number: local, rest } = readText(subscriber)
  const context = valueOf('phone-context')
  const isGlobal = local.startsWith('+') || !/^\+\d+$/.test(context)
  const extension = valueOf('ext')
  return { number: isGlobal ? local : `${context}${local}`, local, rest: rest + (extension && `,${extension}`) }
}

function decoded(text: string): string {
  try {
    return withoutInvisible(decodeURIComponent(text))
  } catch {
    return text
  }
}

/**
 * The emergency number that `text` is by this plan, else `undefined`. However it is written, also behind the own
 * country's code: a call for help is never lost on form.
 */
export function emergencyNumberIn(text: string, plan: EmergencyPlan): string | undefined {
  if (text.length > LONGEST_TYPED) return undefined
  const known = compiledOf(plan)
  if (PLAIN.test(text)) return emergencyIn(text, known)
  for (const reading of readingsOf(text)) {
    const found = emergencyIn(reading, known)
    if (found !== undefined) return found
  }
  return undefined
}

function emergencyIn(reading: string, { numbers, abroad }: Compiled): string | undefined {
  const digits = reading.includes('+') ? reading.replaceAll('+', '') : reading
  if (numbers.has(digits)) return digits
  const local = abroad?.exec(reading)?.[1]
  return local !== undefined && numbers.has(local) ? local : undefined
}

function readingsOf(text: string): readonly string[] {
  const { number, local } = readTyped(text)
  const everything = withoutInvisible(text).replace(/^\s*tel:/i, '')
  return [everything, number, local].map((each) => each.replace(/[^\p{L}\p{N}+]/gu, ''))
}

type Compiled = { readonly numbers: ReadonlySet<string>; readonly abroad: RegExp | null }

/** `abroad` finds what follows the own country's code in an international form. */
function compiledOf(plan: EmergencyPlan): Compiled {
  const known = compiled.get(plan)
  if (known !== undefined) return known
  const { callingCode, internationalPrefix } = plan
  const made = {
    numbers: new Set(plan.numbers),
    abroad: callingCode === null ? null : new RegExp(`^(?:\\+|(?:${internationalPrefix}))${callingCode}(\\d+)$`),
  }
  compiled.set(plan, made)
  return made
}

const compiled = new WeakMap<EmergencyPlan, Compiled>()

/** Compatibility forms and every script's decimal digits are ASCII; what has no shape of its own is gone. */
const withoutInvisible = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/[\p{Cf}\p{Cc}\p{M}\p{Default_Ignorable_Code_Point}]/gu, '')
    .replace(/(?![0-9])\p{Nd}/gu, asciiDigit)

/** Unicode gives each script's digits as a run from 0 to 9 (Unicode Standard, 4.6); runs may follow one another. */
function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0
  let first = code
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first -= 1
  return String((code - first) % 10)
}

/** Spaces, dots, dashes, brackets, quotes and strokes between digits mean nothing. */
const withoutSeparators = (text: string): string =>
  text.replace(/[\p{Z}\p{Pd}\p{Ps}\p{Pe}\p{Pi}\p{Pf}.\u2212/\u00b7\u2022\u30fb'"_~]/gu, '')
