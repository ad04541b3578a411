import { isLoginWithin, qualifiedLogin, type Organization } from '#directory'
import { isWeakPassword } from '#identity'
import type { FastifyRequest } from 'fastify'
import type { Parts } from './parts.ts'
import { ProblemAnswer } from './problem.ts'
import { whoOf } from './scope.ts'

/**
 * The whole login that results from what was typed. `code` is the organization's; `now` the login that the person has,
 * which may be named as it is.
 */
export function loginGiven(
  request: FastifyRequest,
  login: string,
  { code, now }: { readonly code: string; readonly now?: string },
): string {
  if (login === now) return login
  if (whoOf(request).kind !== 'operator') return qualifiedLogin(login, code)
  if (!isLoginWithin(login, code))
    throw new ProblemAnswer('login-not-ours', { faults: [{ path: 'login', message: code }] })
  return login
}

type Owner = {
  readonly member: { readonly name: string; readonly login: string; readonly phone: string | null }
  readonly organization: Pick<Organization, 'name' | 'code'>
}

/** Wherever a password is set. */
export function refuseWeakPassword(
  { isPublicPassword }: Pick<Parts, 'isPublicPassword'>,
  password: string,
  { member, organization }: Owner,
): void {
  const about = [member.name, member.login, member.phone ?? '', organization.name, organization.code]
  if (isPublicPassword(password) || isWeakPassword(password, about))
    throw new ProblemAnswer('password-weak', { faults: [{ path: 'password', message: 'easy to guess' }] })
}
