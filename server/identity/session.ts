import type { CountryCode, Instant, MemberId, OrganizationId } from '#kernel'

/** Who is asking. Every query is scoped by it. */
export type Principal =
  | {
      readonly kind: 'member'
      readonly memberId: MemberId
      readonly organizationId: OrganizationId
      /** Of the organization: what he types is read by its number plan. */
      readonly country: CountryCode
      readonly role: 'member' | 'administrator'
    }
  /** Who runs this installation; comes with a key. */
  | { readonly kind: 'operator'; readonly keyId: string }

/** An opaque token in the browser, its SHA-256 here. */
export type Session = {
  readonly tokenHash: string
  readonly memberId: MemberId
  readonly organizationId: OrganizationId
  readonly createdAt: Instant
  /** Exclusive. */
  readonly expiresAt: Instant
}

/** A key for machines: `tdm_<8 characters>_<secret>`; only its hash is kept. */
export type OperatorKey = {
  readonly id: string
  readonly prefix: string
  readonly secretHash: string
  readonly name: string
  readonly createdAt: Instant
  readonly revokedAt: Instant | null
}
