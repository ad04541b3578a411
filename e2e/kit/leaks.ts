import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** The telephone numbers that stories dial or show, in any way of writing them that keeps the digits together. */
const NUMBERS = /(?<!\d)(?:\+|00)?(?:86)?(?:1300000000\d|139000000\d\d|1391234567\d|2155\d{6})(?!\d)/g

export type Leak = { readonly file: string; readonly line: number; readonly what: string }

/** Telephone numbers and secrets in the text of a log. */
export function leaksIn(file: string, text: string, secrets: readonly string[]): readonly Leak[] {
  return text.split('\n').flatMap((content, index) => {
    const numbers = [...content.matchAll(NUMBERS)].map(([number]) => `the number ${number}`)
    const told = secrets
      .filter((secret) => content.includes(secret))
      .map((secret) => `the secret ${secret.slice(0, 3)}…`)
    return [...numbers, ...told].map((what) => ({ file, line: index + 1, what }))
  })
}

/** Every file below the folder. */
export const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())

export const readAll = (folder: string): readonly { readonly file: string; readonly text: string }[] =>
  filesBelow(folder).map((file) => ({ file, text: readFileSync(file, 'utf8') }))
