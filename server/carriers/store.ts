import type { E164, OrganizationId, Outcome, TrunkId } from '#kernel'
import type { NumberRight } from './number.ts'
import type { Carrier, Trunk } from './trunk.ts'

export type CarrierStore = {
  carriers(): Promise<readonly Carrier[]>
  createCarrier(carrier: Carrier): Promise<Outcome<Carrier, { readonly code: 'name-taken' }>>
  trunks(): Promise<readonly Trunk[]>
  createTrunk(trunk: Trunk): Promise<Outcome<Trunk, { readonly code: 'name-taken' | 'carrier-unknown' }>>
  /** The trunk, which nobody else changes until the transaction ends. */
  lockTrunk(trunkId: TrunkId): Promise<Trunk | undefined>
  /** The whole trunk as it is from now on; nothing happens if there is none. */
  changeTrunk(trunk: Trunk): Promise<Outcome<Trunk, { readonly code: 'name-taken' }>>
  numberRights(organizationId: OrganizationId): Promise<readonly NumberRight[]>
  /** `false`: the organization has no right to this number. */
  setDefaultNumber(organizationId: OrganizationId, number: E164): Promise<boolean>
  /** Refused when the number belongs to another organization in an overlapping time. */
  createNumberRight(
    right: NumberRight,
  ): Promise<Outcome<NumberRight, { readonly code: 'number-taken'; readonly number: E164 }>>
}
