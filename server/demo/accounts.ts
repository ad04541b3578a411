import { PEOPLE } from './people-table.ts'

/** Somebody as whom one may sign in to the demo. */
export type DemoAccount = {
  readonly name: string
  readonly login: string
  readonly password: string
  readonly role: string
}

export const passwordOf = (login: string): string => `demo-${login}`

export const demoAccounts = (): readonly DemoAccount[] =>
  PEOPLE.map(({ name, login, shows }) => ({ name, login, password: passwordOf(login), role: shows }))

const PUBLIC = new Set(PEOPLE.map(({ login }) => passwordOf(login)))

/** Everybody knows these: whoever serves more than this machine must refuse them. */
export const isDemoPassword = (password: string): boolean => PUBLIC.has(password)
