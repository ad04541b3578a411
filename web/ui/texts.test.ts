import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { endReason, ERRORS } from '@tandem/contract'
import { describe, expect, test } from 'vitest'
import { LANGUAGES, languageOf } from './texts.ts'

type Texts = { readonly [key: string]: string | Texts }

const folder = join(import.meta.dirname, 'locales')
const read = (language: string, file: string): Texts => JSON.parse(readFileSync(join(folder, language, file), 'utf8'))
const languages = Object.keys(LANGUAGES)
const files = readdirSync(join(folder, 'en'))

/** `a.b.c` → the text. */
const flat = (texts: Texts, path = ''): readonly (readonly [string, string])[] =>
  Object.entries(texts).flatMap(([key, value]) =>
    typeof value === 'string' ? [[path + key, value] as const] : flat(value, `${path}${key}.`),
  )

/** Without the forms for administrators. */
const plainKeys = (texts: Texts | string | undefined): readonly string[] =>
  Object.keys(texts ?? {}).filter((key) => !key.endsWith('_administrator'))

const blanks = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).toSorted()

test('every language has a folder, and no other folder is there', () => {
  expect(readdirSync(folder).toSorted()).toEqual(languages.toSorted())
})

describe.each(files)('%s', (file) => {
  test.each(languages)('%s has the keys of English, with the same blanks and none empty', (language) => {
    const english = flat(read('en', file))
    const texts = flat(read(language, file))
    expect(texts.map(([key, text]) => [key, blanks(text)])).toEqual(english.map(([key, text]) => [key, blanks(text)]))
    expect(texts.filter(([, text]) => text.trim() === '')).toEqual([])
  })
})

describe.each(languages)('%s', (language) => {
  const app = read(language, 'app.json')

  test('says every code of the error register', () => {
    expect(
      plainKeys(app['error'])
        .filter((code) => !['unreachable', 'unanswered', 'unreadable'].includes(code))
        .toSorted(),
    ).toEqual(Object.keys(ERRORS).toSorted())
  })

  test('says every reason for which a call ends, and what to do then', () => {
    const reasons = endReason.options.toSorted()
    expect(Object.keys(app['endReason'] ?? {}).toSorted()).toEqual(reasons)
    expect(plainKeys(app['endAdvice']).toSorted()).toEqual(reasons)
    expect(Object.keys(read(language, 'console.json')['endedBy'] ?? {}).toSorted()).toEqual(reasons)
  })

  test('does not send an administrator to his administrator', () => {
    const texts = flat(app).filter(([key]) => /^(error|endAdvice)\./.test(key))
    const all = new Map(texts)
    const told = texts.map(([key]) => [key, all.get(`${key}_administrator`) ?? all.get(key)] as const)
    const asks =
      /your administrator|ask an administrator|(?<!其他|位)管理[员員](可|可以|联系|聯絡)|(告知|联系|洽|请|請)管理[员員]/i
    expect(told.filter(([, text]) => asks.test(text ?? ''))).toEqual([])
  })

  test('has a form for administrators only beside a plain one', () => {
    const keys = flat(app).map(([key]) => key)
    const forms = keys.filter((key) => key.endsWith('_administrator'))
    expect(forms.filter((key) => !keys.includes(key.replace('_administrator', '')))).toEqual([])
  })

  test('has a short name for each refusal', () => {
    const refusals = Object.entries(ERRORS)
      .filter(([code, { status }]) => status === 403 && code !== 'not-allowed' && code !== 'origin-refused')
      .map(([code]) => code)
    expect(Object.keys(read(language, 'console.json')['refusal'] ?? {}).toSorted()).toEqual(refusals.toSorted())
  })
})

test.each([
  [['zh-TW'], 'zh-Hant'],
  [['zh-HK', 'en'], 'zh-Hant'],
  [['zh-MO'], 'zh-Hant'],
  [['zh-Hant-CN'], 'zh-Hant'],
  [['zh-CN'], 'zh-Hans'],
  [['zh-SG'], 'zh-Hans'],
  [['zh-Hans-HK'], 'zh-Hans'],
  [['zh'], 'zh-Hans'],
  [['en-GB', 'zh-CN'], 'en'],
  [['fr', 'zh-TW'], 'zh-Hant'],
  [['fr'], 'en'],
  [[], 'en'],
])('a reader of %j reads %s', (wanted, language) => {
  expect(languageOf(wanted)).toBe(language)
})
