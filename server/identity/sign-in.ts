import { later, no, yes, type Instant, type Outcome } from '#kernel'
import type { Passwords, Tokens } from './crypto.ts'
import type { Principal, Session } from './session.ts'
import type { IdentityStore } from './store.ts'

export const SESSION_LIFE_MS = 30 * 24 * 3_600_000

export type SignedIn = { readonly token: string; readonly session: Session }
/** A member who is signed in, and by which session. */
export type MemberPrincipal = Extract<Principal, { kind: 'member' }> & { readonly sessionHash: string }

export type SignIns = {
  /** A suspended member may sign in: he must see why he can't call, and emergency numbers. */
  signIn(
    credentials: { readonly login: string; readonly password: string },
    at: Instant,
  ): Promise<Outcome<SignedIn, { readonly code: 'sign-in-failed' }>>
  memberOf(token: string, at: Instant): Promise<MemberPrincipal | undefined>
  signOut(sessionHash: string): Promise<void>
}

type Parts = {
  readonly store: IdentityStore
  readonly passwords: Passwords
  readonly tokens: Tokens
  /** Passwords that are known to everybody, such as the demo's on an installation that is no demo. */
  readonly isPublicPassword: (password: string) => boolean
}

export function createSignIns({ store, passwords, tokens, isPublicPassword }: Parts): SignIns {
  return {
    async signIn({ login, password }, at) {
      const credentials = await store.credentials(login.trim().toLowerCase())
      const isRight = await passwords.verify(password, credentials?.passwordHash ?? null)
      if (!isRight || credentials === undefined || isPublicPassword(password)) return no({ code: 'sign-in-failed' })

      const token = tokens.make()
      const { memberId, organizationId } = credentials
      const session = {
        tokenHash: tokens.digest(token),
        memberId,
        organizationId,
        createdAt: at,
        expiresAt: later(at, SESSION_LIFE_MS),
      }
      await store.createSession(session)
      return yes({ token, session })
    },

    async memberOf(token, at) {
      const session = await store.session(tokens.digest(token), at)
      if (session === undefined) return undefined
      const { memberId, organizationId, role, tokenHash } = session
      return { kind: 'member', memberId, organizationId, role, sessionHash: tokenHash }
    },

    signOut: (sessionHash) => store.deleteSession(sessionHash),
  }
}
