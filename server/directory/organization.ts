import type { CountryCode, OrganizationId, ZoneId } from '#kernel'

/** Who uses Tandem. Its zone decides when a month begins; its jurisdiction which rule table judges its calls. */
export type Organization = {
  readonly id: OrganizationId
  readonly name: string
  /** Follows the `@` in the logins that its administrators give; unique in the installation and never changed. */
  readonly code: string
  readonly zone: ZoneId
  readonly country: CountryCode
  readonly jurisdiction: 'cn' | 'none'
  readonly verification: 'unverified' | 'verified'
  readonly standing: 'active' | 'suspended'
}
