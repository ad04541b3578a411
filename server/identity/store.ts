import type { CountryCode, Instant, MemberId, OrganizationId } from '#kernel'
import type { OperatorKey, Session } from './session.ts'

export type IdentityStore = {
  /** What sign-in needs of a member; `undefined` when nobody has that login. */
  credentials(login: string): Promise<Credentials | undefined>
  setPassword(memberId: MemberId, passwordHash: string): Promise<void>
  /** `false`, and nothing is done, when it is not `from` any more: somebody else changed it meanwhile. */
  changePassword(memberId: MemberId, change: { readonly from: string; readonly to: string }): Promise<boolean>
  /** `false`, and nothing is done, when the member's password is not `passwordHash` any more. */
  createSession(session: Session, passwordHash: string): Promise<boolean>
  session(
    tokenHash: string,
    at: Instant,
  ): Promise<
    | (Session & {
        readonly role: 'member' | 'administrator'
        readonly standing: 'active' | 'suspended'
        readonly country: CountryCode
      })
    | undefined
  >
  deleteSession(tokenHash: string): Promise<void>
  /** Token hashes of the member's sessions, expired ones too. */
  sessionsOf(memberId: MemberId): Promise<readonly string[]>
  /** All sessions of a member but one; their hashes. */
  deleteSessionsOf(memberId: MemberId, except: string | null): Promise<readonly string[]>
  /** Token hashes of all sessions that go on at `at`. */
  livingSessions(at: Instant): Promise<readonly string[]>
  /** Those whose end is not after `at`; their hashes. */
  deleteExpiredSessions(at: Instant): Promise<readonly string[]>
  operatorKeys(): Promise<readonly OperatorKey[]>
  createOperatorKey(key: OperatorKey): Promise<void>
  revokeOperatorKey(id: string, at: Instant): Promise<boolean>
}

export type Credentials = {
  readonly memberId: MemberId
  readonly organizationId: OrganizationId
  readonly role: 'member' | 'administrator'
  readonly standing: 'active' | 'suspended'
  /** PHC string of argon2id; `null` = can't sign in by password. */
  readonly passwordHash: string | null
}
