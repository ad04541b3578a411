import type { CarrierId, LicenceId } from '#kernel'

/** MIIT catalogue of 2015 (`cn`), by the field's names. */
export type LicenceKind = 'voice' | 'ip-telephony' | 'multi-party' | 'information' | 'international-voice'

/** Days are calendar days `YYYY-MM-DD` in the organization's zone, both inclusive. */
export type Licence = {
  readonly id: LicenceId
  readonly kind: LicenceKind
  readonly number: string
  readonly holder: { readonly kind: 'operator' } | { readonly kind: 'carrier'; readonly carrierId: CarrierId }
  readonly jurisdiction: 'cn'
  readonly validFrom: string
  readonly validUntil: string
  /** Reference of the written agreement on file with the carrier; `null` = none. */
  readonly agreement: string | null
}

/** The way that speech takes, computed from the legs. */
export type Path = 'telephone' | 'ip-telephony' | 'internet'
