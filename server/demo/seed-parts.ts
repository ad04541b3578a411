import type { CarrierStore } from '#carriers'
import type { LicenceStore } from '#compliance'
import type { DirectoryStore } from '#directory'
import type { EntitlementStore } from '#entitlements'
import type { IdentityStore, Passwords } from '#identity'
import type { Instant } from '#kernel'
import type { SimulatedCarrier } from './network.ts'

/** What the demo is written through, and when. */
export type SeedParts = {
  readonly stores: {
    readonly directory: DirectoryStore
    readonly carriers: CarrierStore
    readonly licences: LicenceStore
    readonly entitlements: EntitlementStore
    readonly identity: IdentityStore
  }
  readonly passwords: Passwords
  readonly carrier: SimulatedCarrier
  readonly at: Instant
}
