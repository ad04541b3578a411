import type { Instant, MemberId } from '#kernel'

/** Who waits for a password to be checked: somebody whose browser is known here, or anybody. */
export type Urgency = 'known' | 'stranger'

/** The port to password hashing. It takes long by design: when too many wait, both throw `HashingBusy` at once. */
export type Passwords = {
  hash(password: string): Promise<string>
  /** Takes as long for `null` (nobody, or no password) as for a real hash, and is then `false`. */
  verify(password: string, hash: string | null, urgency: Urgency): Promise<boolean>
}

/** The port to secrets that come and go with one party. */
export type Tokens = {
  /** 32 random bytes, base64url. */
  make(): string
  /** As `make`, with a seal of this installation: an invented one is told from ours without asking a store. */
  makeSealed(): string
  isSealed(token: string): boolean
  /** 8 random letters or digits: the public part of an operator key. */
  makeKeyName(): string
  /** SHA-256, hex. Enough for secrets that are random, not for passwords. */
  digest(secret: string): string
}

/**
 * The port to marks that a browser keeps: it has signed in under these logins before. A mark opens nothing; it only
 * says whose wrong passwords are counted apart from those of strangers.
 */
export type KnownDevices = {
  /** The browser's own name, when `mark` is ours and holds `login`; else `null`. */
  deviceOf(mark: string | undefined, login: string): string | null
  /** The mark with this login in it too. */
  markFor(mark: string | undefined, login: string): string
}

/** The port to how a browser gets at the engine: a SIP user of its own and a ticket for the WebSocket. */
export type SipAccess = {
  userOfSession(tokenHash: string): SipUser
  /** Whether it has the form of a session's SIP user, of whatever session. */
  isUserOfSession(sipUser: string): boolean
  handsetPassword(number: string): string
  /** Good once and for a minute. `memberId` is `null` for a phone of the demo. */
  ticket(claim: {
    readonly to: 'engine' | 'carrier'
    readonly sipUser: string
    readonly memberId: MemberId | null
    readonly at: Instant
  }): string
}

/** Who a browser is towards the engine; one per session. */
export type SipUser = { readonly sipUser: string; readonly sipPassword: string }
