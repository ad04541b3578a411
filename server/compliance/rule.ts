import type { LicenceKind, Path } from './licence.ts'

/**
 * One row of a jurisdiction's table. A call must satisfy *every* row that it matches. Rows are our reading of public
 * texts, not advice: ask counsel.
 */
export type Rule = {
  /** Stable: refusals, decisions and translations name it. */
  readonly id: string
  readonly paths: readonly Path[]
  /** Distinct people invited, both ends inclusive; `null` = no upper end. */
  readonly parties: { readonly from: number; readonly to: number | null }
  readonly reach: Reach
  /** Any one of these suffices. */
  readonly licences: readonly LicenceKind[]
  readonly whose: Whose
  readonly source: string
}

/** `international`: a telephone leg leaves the country. */
export type Reach = 'domestic' | 'international' | 'any'

/**
 * Whose licence suffices. `provider`: of whoever offers the service, i.e. the operator of this installation. `carrier`:
 * of the carrier behind the trunk. `provider-with-agreement`: that carrier's, and the provider has a written agreement
 * with it whose document is on file.
 */
export type Whose = 'provider' | 'carrier' | 'provider-with-agreement'

export type RuleTable = {
  readonly rules: readonly Rule[]
  /** What holds for a call that no row matches. */
  readonly unruled: 'lawful' | 'unlawful'
  readonly note: string
}
