import { isOrganizationCode } from './organization-code.ts'

/**
 * The login that an administrator gives, `ann` → `ann@heron`: unique among his own people is unique, so that an answer
 * never depends on anybody else's. One that has the code already stays as it is.
 */
export const qualifiedLogin = (login: string, code: string): string =>
  login.endsWith(`@${code}`) ? login : `${login}@${code}`

/**
 * Whether the operator may give it to somebody of the organization: what follows the last `@` is its own code, or can be
 * no code at all, as in an address of electronic mail. Else it could be in the way of another organization's people.
 */
export function isLoginWithin(login: string, code: string): boolean {
  const [, suffix] = /@([^@]*)$/.exec(login) ?? []
  return suffix === undefined || suffix === code || !isOrganizationCode(suffix)
}
