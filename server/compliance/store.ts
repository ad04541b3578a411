import type { Outcome } from '#kernel'
import type { Licence } from './licence.ts'

export type LicenceStore = {
  licences(): Promise<readonly Licence[]>
  createLicence(licence: Licence): Promise<Outcome<Licence, { readonly code: 'carrier-unknown' }>>
}
