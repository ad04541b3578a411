import type { E164, Instant, OrganizationId } from '#kernel'

/** A number that an organization may show as caller id, because its right of use is proven. */
export type NumberRight = {
  readonly number: E164
  readonly organizationId: OrganizationId
  /** What proves it: a contract's or certificate's reference. Never empty. */
  readonly proof: string
  readonly validFrom: Instant
  /** Exclusive; `null` = no end. */
  readonly validUntil: Instant | null
  /** The organization's usual caller id; at most one each. */
  readonly isDefault: boolean
}

/** The usual caller id at `at`; `undefined` when no right to it is in force. Another number is never shown instead. */
export const callerNumberFor = (rights: readonly NumberRight[], at: Instant): E164 | undefined =>
  rights.find((right) => right.isDefault && isInForce(right, at))?.number

const isInForce = (right: NumberRight, at: Instant): boolean =>
  right.validFrom <= at && (right.validUntil === null || at < right.validUntil)
