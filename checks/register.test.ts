import { endReason, ERRORS } from '@tandem/contract'
import { expect, test } from 'vitest'
import { flatKeys, refusalsOf, registerFaults, type Register } from './register.ts'
import { isCode, repositorySources, type Source } from './sources.ts'
import { expectNone, found } from './testing.ts'

const LANGUAGES = ['zh-Hans', 'zh-Hant', 'en']

/** Translation files lie in a folder `locales`, one or several per language: `en.json`, or `en/calls.json`. */
function textsOf(sources: readonly Source[]): Register['texts'] {
  const keysIn = (language: string): readonly string[] =>
    sources
      .filter(({ path }) => path.startsWith('web/') && path.endsWith('.json') && path.split(/[/.]/).includes(language))
      .flatMap(({ text }) => flatKeys(JSON.parse(text)))
  return new Map(LANGUAGES.map((language) => [language, new Set(keysIn(language))]))
}

test('register, refusals and translations are equal', () => {
  const sources = repositorySources()
  const domain = sources.filter((source) => isCode(source) && /^server\/[a-z]+\/[^/]+\.ts$/.test(source.path))
  expectNone(
    registerFaults({
      codes: Object.keys(ERRORS),
      endReasons: endReason.options,
      texts: textsOf(sources),
      refusals: domain.filter(({ path }) => path.startsWith('server/admission/')).flatMap(refusalsOf),
    }),
  )
})

const whole: Register = {
  codes: ['no-plan'],
  endReasons: ['busy'],
  texts: new Map([['en', new Set(['error.no-plan', 'endReason.busy', 'call.ended'])]]),
  refusals: [{ code: 'no-plan', file: 'server/admission/attempt.ts', line: 3 }],
}

test('a register that is whole passes', () => expect(registerFaults(whole)).toEqual([]))

test.each<[string, Partial<Register>, string]>([
  ['a code without a text', { codes: ['no-plan', 'no-route'] }, 'error.no-route has no text in en'],
  ['an end without a text', { endReasons: ['busy', 'cancelled'] }, 'endReason.cancelled has no text in en'],
  ['a text without a code', { codes: [], refusals: [] }, 'en has a text for error.no-plan, which is no code'],
  ['no language at all', { texts: new Map() }, 'there are no translations'],
  [
    'a refusal outside the register',
    { refusals: [{ code: 'no-mood', file: 'server/admission/attempt.ts', line: 9 }] },
    'server/admission/attempt.ts:9 refusal no-mood is not in contract/errors.ts',
  ],
])('%s is found', (_, change, message) => {
  expect(found(registerFaults({ ...whole, ...change }))).toEqual([expect.stringContaining(message)])
})

test('refusal codes are read from the type', () => {
  const text = `type Other = { code: 'x' }\nexport type Refusal =\n  | { readonly code: 'no-plan' }\n  | { readonly code: 'no-route'; a: 1 }`
  expect(refusalsOf({ path: 'a.ts', text })).toEqual([
    { code: 'no-plan', file: 'a.ts', line: 3 },
    { code: 'no-route', file: 'a.ts', line: 4 },
  ])
})
