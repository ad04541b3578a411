import { BoundedSet, later, no, yes, type Instant, type Outcome } from '#kernel'
import type { Passwords, Tokens, Urgency } from './crypto.ts'
import type { Principal, Session } from './session.ts'
import type { IdentityStore } from './store.ts'

export const SESSION_LIFE_MS = 30 * 24 * 3_600_000

export type SignedIn = { readonly token: string; readonly session: Session }
/** A member who is signed in, and by which session. */
export type MemberPrincipal = Extract<Principal, { kind: 'member' }> & { readonly sessionHash: string }

export type SignInCredentials = {
  readonly login: string
  readonly password: string
  /** Left out: a stranger. */
  readonly urgency?: Urgency
}

export type SignIns = {
  /** A suspended member may sign in: he must see why he can't call, and emergency numbers. */
  signIn(credentials: SignInCredentials, at: Instant): Promise<Outcome<SignedIn, { readonly code: 'sign-in-failed' }>>
  memberOf(token: string, at: Instant): Promise<MemberPrincipal | undefined>
}

const OVER_KEPT = 10_000

type Parts = {
  readonly store: IdentityStore
  readonly passwords: Passwords
  readonly tokens: Tokens
  /** Passwords that are known to everybody, such as the demo's on an installation that is no demo. */
  readonly isPublicPassword: (password: string) => boolean
}

export function createSignIns({ store, passwords, tokens, isPublicPassword }: Parts): SignIns {
  /** Sessions that ended; none of them comes back. */
  const over = new BoundedSet<string>(OVER_KEPT)
  return {
    async signIn({ login, password, urgency = 'stranger' }, at) {
      const credentials = await store.credentials(login.trim().toLowerCase())
      const hash = credentials?.passwordHash ?? null
      const isRight = await passwords.verify(password, hash, urgency)
      if (!isRight || credentials === undefined || hash === null || isPublicPassword(password))
        return no({ code: 'sign-in-failed' })

      const token = tokens.makeSealed()
      const { memberId, organizationId } = credentials
      const session = {
        tokenHash: tokens.digest(token),
        memberId,
        organizationId,
        createdAt: at,
        expiresAt: later(at, SESSION_LIFE_MS),
      }
      if (!(await store.createSession(session, hash))) return no({ code: 'sign-in-failed' })
      return yes({ token, session })
    },

    async memberOf(token, at) {
      // Neither an invented token nor one that is over costs the store anything.
      if (!tokens.isSealed(token)) return undefined
      const tokenHash = tokens.digest(token)
      if (over.has(tokenHash)) return undefined
      const session = await store.session(tokenHash, at)
      if (session === undefined) {
        over.add(tokenHash)
        return undefined
      }
      const { memberId, organizationId, country, role } = session
      return { kind: 'member', memberId, organizationId, country, role, sessionHash: tokenHash }
    },
  }
}
